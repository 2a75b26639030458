"""Settings to the store of past reports: a folder, or a table and a bucket of AWS."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from fa2.config.environment import from_environment
from fa2.config.sections import Configuration, Past
from fa2.core.deadlines import Deadline
from fa2.core.past import Feedback, PastReports, Shelf
from fa2.core.report import Report
from fa2.sources.aws.accounts import Account, Calls, open_accounts
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.problems import needed
from fa2.sources.aws.settings import AwsSettings
from fa2.stores.past_folder import PastInFolder

_WAIT_S = 20.0
"""For all that is asked of AWS at once; a report is not held up longer by its past."""


def past_reports(configuration: Configuration, clock: Callable[[], datetime]) -> PastReports:
    """Return the store that is configured. Asks nobody: whoever uses it does."""
    settings = configuration.past
    if settings.table:
        return _InAws(configuration.aws, settings, clock)
    return PastInFolder(folder_of(settings), days=settings.days)


def folder_of(settings: Past) -> Path:
    """Return the folder for past reports; where nobody named one, it lies where state belongs."""
    unnamed = settings.folder == Past().folder
    return (from_environment().past if unnamed else Path(settings.folder)).expanduser()


def permissions_of(settings: Past) -> list[Permission]:
    """Return what keeping reports in AWS needs; nothing where they are kept in a folder."""
    if not settings.table:
        return []
    table = f"arn:{{partition}}:dynamodb:{{region}}:{{account}}:table/{settings.table}"
    on_table = ("Scan", "GetItem", "UpdateItem", "DeleteItem")
    found = [Permission(f"dynamodb:{action}", (table,)) for action in on_table]
    if settings.bucket:
        texts = f"arn:{{partition}}:s3:::{settings.bucket}/reports/*"
        found += [Permission(f"s3:{action}", (texts,)) for action in ("GetObject", "PutObject", "DeleteObject")]
    return found


class _InAws:
    """The store in AWS, opened by the first who uses it and anew for each piece of work, each with its own deadline."""

    def __init__(self, aws: AwsSettings, settings: Past, clock: Callable[[], datetime]) -> None:
        self._aws = aws.model_copy(update={"roles": []})  # reports are ours, not of the accounts looked at
        self._settings = settings
        self._clock = clock

    def keep(self, report: Report, at: datetime, /) -> str:
        return self._open().keep(report, at)

    def kept(self) -> Shelf:
        return self._open().kept()

    def report(self, id: str, /) -> Report:
        return self._open().report(id)

    def judge(self, id: str, feedback: Feedback, /) -> None:
        self._open().judge(id, feedback)

    def forget(self, id: str, /) -> None:
        self._open().forget(id)

    def _open(self) -> PastReports:
        from fa2.stores.past_aws import PastInAws, Shelves

        account = next(
            found
            for found in open_accounts(self._aws, deadline=Deadline(_WAIT_S), calls=Calls())
            if isinstance(found, Account)
        )
        shelves = Shelves(self._settings.table, self._settings.bucket, self._settings.days)
        return PastInAws(shelves, client=account.client, told=self._told(account), clock=self._clock)

    def _told(self, account: Account) -> Callable[[str], AbstractContextManager[Any]]:
        permissions = permissions_of(self._settings)
        return partial(needed, ground=account.ground, permissions=permissions)
