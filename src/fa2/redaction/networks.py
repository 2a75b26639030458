"""Recognises names of things in AWS and in networks: ARNs and IP addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from fa2.redaction.readings import Reading
from fa2.redaction.sightings import Sighting

_ARN = re.compile(
    r"arn:aws[a-z-]{0,16}:([a-z0-9-]{1,40}):([a-z0-9-]{0,24}):([0-9]{12}|\*|)(?![a-z]):?([^\s\"'`<>,;)\]}\\|]{0,1024})"
)
_V4 = re.compile(r"(?a)(?<![\w.])[0-9]{1,3}+\.[0-9]{1,3}+\.[0-9]{1,3}+\.[0-9]{1,3}+(?![\w]|\.[0-9])")
_V6 = re.compile(r"(?a)(?<![\w.])(?<![0-9A-Fa-f]:)(?<!::)[0-9A-Fa-f]{0,4}+:[0-9A-Fa-f]{0,4}+:[0-9A-Fa-f:.]*+(?![\w:])")
_VERSION = re.compile(
    r"(?:version|release|build|revision)\\{0,8}[\"']?[\s:=]{0,3}[\"']?\Z|[A-Za-z][A-Za-z0-9_.]*[/-]\Z", re.IGNORECASE
)


def arns(reading: Reading) -> Iterator[Sighting]:
    """Yield ARNs, labelled with service and type of resource; what AWS itself owns stays."""
    text = reading.text
    start = text.find("arn:aws")
    while start >= 0:
        match = _ARN.match(text, start)
        if match and (named := match[4].rstrip(".:,!?")):
            end = match.end(4) - (len(match[4]) - len(named))
            kind, _, name = named.partition("/" if "/" in named.partition(":")[0] else ":")
            yield Sighting(start, end, "arn", label=":".join((match[1], kind if name and match[3] else "")).rstrip(":"))
        start = text.find("arn:aws", start + 7)


def ips(reading: Reading) -> Iterator[Sighting]:
    """Yield IP addresses of a host, labelled private or public; those that mean the same everywhere stay."""
    text = reading.text
    for match in _V4.finditer(text):
        if not _is_version(text, match):
            yield from _address(match.start(), match[0])
    if text.count(":") > 1:
        for match in _V6.finditer(text):
            if sum(c.isdigit() for c in match[0]) >= 2:
                text_of = match[0].rstrip(".")
                skipped = text_of.find(":") + 1  # a name before it may look hexadecimal: face:2001:db8::1
                yield from _address(match.start(), text_of) or _address(match.start() + skipped, text_of[skipped:])


def _is_version(text: str, match: re.Match[str]) -> bool:
    """Tell whether four numbers are a version: after the word, or NAME/1.2.0.0 without a port."""
    before = _VERSION.search(text, max(0, match.start() - 32), match.start())
    if before is None:
        return False
    if before[0].endswith(("/", "-")):
        return match[0].endswith(".0") and not text.startswith(":", match.end())
    return True


def _address(start: int, text: str) -> list[Sighting]:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return []
    same_everywhere = address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local
    if same_everywhere or text.startswith("255."):
        return []
    return [Sighting(start, start + len(text), "ip", str(address), "private" if address.is_private else "public")]
