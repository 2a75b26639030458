"""Reports for the renderers' tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fa2.core.messages import LANGUAGES, Language
from fa2.core.report import Report

sys.path.insert(0, str(Path(__file__).parent / "fixtures"))

import checkout_reports
import investigated_reports

SNAPSHOTS = Path(__file__).parent / "snapshots"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "end_to_end: needs a program from outside, such as a browser")


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def outage(language: Language) -> Report:
    return checkout_reports.checkout_outage(language)


@pytest.fixture(params=["checkout_outage", "calm_report", "empty_report", "agreed", "differing", "worthless"])
def any_report(request: pytest.FixtureRequest, language: Language) -> Report:
    module = checkout_reports if hasattr(checkout_reports, request.param) else investigated_reports
    return getattr(module, request.param)(language)  # type: ignore[no-any-return]


@pytest.fixture
def investigated(language: Language) -> Report:
    return investigated_reports.agreed(language)


@pytest.fixture
def differing(language: Language) -> Report:
    return investigated_reports.differing(language)


@pytest.fixture
def worthless(language: Language) -> Report:
    return investigated_reports.worthless(language)


@pytest.fixture
def english() -> Report:
    return checkout_reports.checkout_outage("en")


@pytest.fixture
def hostile() -> str:
    return checkout_reports.HOSTILE


@pytest.fixture
def matches_snapshot() -> Callable[[str, str], None]:
    """Compare with a stored file; FA2_UPDATE_SNAPSHOTS=1 stores it anew."""

    def check(name: str, text: str) -> None:
        stored = SNAPSHOTS / name
        if os.environ.get("FA2_UPDATE_SNAPSHOTS"):
            stored.write_text(text, encoding="utf-8")
        assert stored.read_text(encoding="utf-8") == text, (
            f"{name} changed: look at it, then run with FA2_UPDATE_SNAPSHOTS=1"
        )

    return check
