"""A question about changes as data: filters on known columns, groups, months, order, limit. Never SQL."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from fa2.core.errors import UnusableInput
from fa2.core.months import Month, months_through

Column = Literal["resource_type", "resource_id", "resource_name", "account", "region", "action"]
"""What can be filtered by."""
Group = Literal["month", "day", "hour", "action", "account", "region", "resource_type", "resource"]
"""What can be counted by. `resource` is account, region, type and id together; day and hour are in UTC."""
Action = Literal["discovered", "updated", "deleted", "unrecorded"]
"""What an item says of its resource. `discovered`: created, or seen for the first time."""
Operator = Literal["is", "is_not", "begins", "contains"]
Order = Literal["count", "latest", "earliest", "name"]

COLUMNS: tuple[Column, ...] = get_args(Column)
GROUPS: tuple[Group, ...] = get_args(Group)
ACTIONS: tuple[Action, ...] = get_args(Action)
MOST_MONTHS = 36
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_REGION = re.compile(r"global|[a-z]{2}(-[a-z]+)+-\d", re.ASCII)
_TYPE = re.compile(r"[A-Za-z0-9]+(::[A-Za-z0-9]+)+")

Text = Annotated[str, Field(min_length=1, max_length=512)]


class _Asked(BaseModel):
    """What comes from outside, a model included: frozen, and nothing in it that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Filter(_Asked):
    """A condition on one column; several values are alternatives."""

    column: Column
    operator: Operator = "is"
    values: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _fits(self) -> Filter:
        if self.operator in ("is", "is_not"):
            for value in self.values:
                check_value(self.column, value)
        return self


class ChangeQuery(_Asked):
    """What to count."""

    last: str
    """The month asked about, as 2024-11."""
    months: Annotated[int, Field(ge=1, le=MOST_MONTHS)] = 1
    """How many months up to and including `last`."""
    filters: Annotated[tuple[Filter, ...], Field(max_length=20)] = ()
    """All of them have to hold."""
    groups: Annotated[tuple[Group, ...], Field(max_length=4)] = ("resource_type",)
    """Counted by these together; empty: everything in one row."""
    order: Order = "count"
    """`count`: the most first, over all the months; `latest`, `earliest`: by the time of the change; `name`: by the groups."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 20

    @field_validator("last", mode="after")
    @classmethod
    def _month(cls, text: str) -> str:
        try:
            return str(Month.parse(text))
        except UnusableInput as error:
            raise ValueError(str(error)) from error

    @field_validator("groups", mode="after")
    @classmethod
    def _once(cls, groups: tuple[Group, ...]) -> tuple[Group, ...]:
        return tuple(dict.fromkeys(groups))

    @property
    def period(self) -> tuple[Month, ...]:
        """The months, the earliest first."""
        return months_through(Month.parse(self.last), self.months)


def check_value(column: Column, value: str) -> None:
    """Raise ValueError when the value cannot stand in the column at all, which is a slip of whoever asks."""
    shape = {"account": _ACCOUNT, "region": _REGION, "resource_type": _TYPE}.get(column)
    if (shape and not shape.fullmatch(value)) or (column == "action" and value not in ACTIONS) or "\0" in value:
        raise ValueError(f"{value[:80]!r} is no {column.replace('_', ' ')}")


def asked_query(fields: dict[str, Any]) -> ChangeQuery:
    """Return the query of fields from outside. Raises UnusableInput that names the field that is wrong."""
    try:
        return ChangeQuery.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "query"
        raise UnusableInput("changes.error.query", field=field, problem=first["msg"]) from error
