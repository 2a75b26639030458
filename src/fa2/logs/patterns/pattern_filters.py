r"""What --filter means: a CloudWatch filter pattern, or a regular expression between slashes.

`/time.?out/i` matches anywhere in a line, `i` for either case. Everything else is as in
`detectors.filters`: words, "phrases", -without, ?either, %regex%, { $.json = "conditions" }; so that a filter found
here by trying does the same in a detector.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from fa2.core.errors import UnusableInput
from fa2.logs.detectors.filters import parse_filter

_SLASHED = re.compile(r"/(.+)/(i?)", re.DOTALL)


def line_filter(text: str) -> Callable[[str], bool]:
    """Return the test that a filter means. Raises UnusableInput where it means none."""
    slashed = _SLASHED.fullmatch(text.strip())
    if slashed is None:
        return parse_filter(text)
    try:
        found = re.compile(slashed[1], re.IGNORECASE if slashed[2] else 0)
    except re.error as error:
        raise UnusableInput("patterns.error.regex", text=text[:200], problem=str(error)) from error
    return lambda line: found.search(line) is not None
