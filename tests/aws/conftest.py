"""A fake AWS for one test, checked at its end; and a server of others, for all."""

from __future__ import annotations

from collections.abc import Iterator

import ministack_server
import pytest
from loopback import Loopback, serving
from ministack_server import Ministack


@pytest.fixture
def aws() -> Iterator[Loopback]:
    """Give a server without fakes."""
    with serving() as loopback:
        yield loopback


@pytest.fixture(scope="session")
def ministack() -> Iterator[Ministack]:
    """Run ministack; tests take an account each, so that they do not meet."""
    if reason := ministack_server.why_not():
        pytest.skip(reason)
    with ministack_server.running() as server:
        yield server
