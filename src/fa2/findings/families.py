"""Which explanation of ours fits a finding: by the type of a threat, the id of a control, or the types of ASFF."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from fa2.core.findings_report import Nature, Origin

OTHER = "other"
CONTROL = "control"
"""A check of Security Hub that has no family of its own."""
_NATURES: tuple[Nature, ...] = ("threat", "exposure", "vulnerability")


def family_of(origin: Origin, kind: str, control: str, types: Sequence[str]) -> str:
    """Return the family of a finding; OTHER where nothing fits.

    kind: GuardDuty's type, also where Security Hub passes GuardDuty's finding on. control: `S3.8`, or empty.
    types: ASFF's, such as `TTPs/Execution/Execution:EC2-SuspiciousFile`.
    """
    threats = _table("threats")
    purpose = kind.partition(":")[0]
    if purpose in threats and ":" in kind:
        return threats[purpose]
    if control:
        return _controls().get(control, CONTROL)
    begins = _table("types")
    known = [begin for begin in begins for written in types if written.startswith(begin)]
    if known:
        return begins[max(known, key=len)]
    return "threat" if origin == "guardduty" else OTHER


def nature_of(family: str) -> Nature:
    """Return what findings of a family are."""
    listed = _table("natures")
    return next((nature for nature in _NATURES if family in listed[nature].split()), "posture")


def families() -> list[str]:
    """Return all families there are, sorted; each has its words in both languages."""
    return sorted(
        {*_table("threats").values(), *_table("controls"), *_table("types").values(), "threat", CONTROL, OTHER}
    )


@cache
def _controls() -> Mapping[str, str]:
    return {control: family for family, listed in _table("controls").items() for control in listed.split()}


@cache
def _table(name: str) -> Mapping[str, str]:
    text = (files("fa2.findings") / "families.toml").read_text(encoding="utf-8")
    found: Mapping[str, str] = tomllib.loads(text)[name]
    return found
