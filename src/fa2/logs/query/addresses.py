"""IP addresses in SQL: whether text is one, and whether it lies in a subnet."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_V4 = rf"^(?:{_BYTE}\.){{3}}{_BYTE}$"
_GROUP = "[0-9A-Fa-f]{1,4}"
_V6 = (
    "^(?:"
    + "|".join(
        (
            f"(?:{_GROUP}:){{7}}{_GROUP}",
            f"(?:{_GROUP}:){{1,7}}:",
            *(f"(?:{_GROUP}:){{1,{7 - n}}}(?::{_GROUP}){{1,{n}}}" for n in range(1, 7)),
            f":(?:(?::{_GROUP}){{1,7}}|:)",
        )
    )
    + ")$"
)

_V4_HEX = (
    "array_to_string(list_transform(string_split(ip, '.'), "
    "lambda part: lpad(lower(to_hex(CAST(part AS INTEGER))), 2, '0')), '')"
)
_LEFT = "list_filter(string_split(split_part(ip, '::', 1), ':'), lambda part: part <> '')"
_RIGHT = "list_filter(string_split(split_part(ip, '::', 2), ':'), lambda part: part <> '')"
_ZEROS = f"list_transform(range(8 - len({_LEFT}) - len({_RIGHT})), lambda n: '0')"
_V6_HEX = (
    f"array_to_string(list_transform(list_concat(list_concat({_LEFT}, {_ZEROS}), {_RIGHT}), "
    "lambda part: lpad(lower(part), 4, '0')), '')"
)
"""An address, named `ip`, as hex digits: as many for each address, so that their text orders as they do."""


@dataclass(frozen=True)
class Subnet:
    """A range of addresses of one version, as text that orders as the addresses do."""

    version: int
    first: str
    last: str


def subnet_of(written: str) -> Subnet | None:
    """Return the subnet of CIDR notation; null when it is none."""
    try:
        network = ipaddress.ip_network(written.strip(), strict=False)
    except ValueError:
        return None
    return Subnet(network.version, network[0].packed.hex(), network[-1].packed.hex())


def is_address(sql: str, version: int) -> str:
    """Return the SQL that tells whether text is an address of a version; false for null."""
    return f"coalesce(regexp_matches({sql}, '{_V4 if version == 4 else _V6}'), false)"


def in_range(sql: str, version: int, first: str, last: str) -> str:
    """Return the SQL that tells whether text is an address from `first` to `last`, both in hex.

    The text is computed once: a list of one element stands for it.
    """
    digits = _V4_HEX if version == 4 else _V6_HEX
    check = f"CASE WHEN {is_address('ip', version)} THEN {digits} BETWEEN {first} AND {last} ELSE false END"
    return f"list_transform([{sql}], lambda ip: {check})[1]"
