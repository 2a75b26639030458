"""A fake AWS for one test, checked at its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loopback import Loopback, serving


@pytest.fixture
def aws() -> Iterator[Loopback]:
    """Give a server without fakes."""
    with serving() as loopback:
        yield loopback
