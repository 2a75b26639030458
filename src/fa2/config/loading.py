"""Reads the settings: defaults, then fa2.toml, then the environment, then flags; the later wins.

The environment writes SECTION.KEY as FA2_SECTION__KEY; lists as JSON. Errors name the key and the remedy.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from pydantic_settings import (
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsError,
    TomlConfigSettingsSource,
)

from fa2.config.sections import Configuration, configuration_type, sections
from fa2.core.errors import UnusableInput

Origin = Literal["default", "file", "environment", "flag"]

_WANTED = {
    "float_parsing": "number",
    "float_type": "number",
    "finite_number": "number",
    "int_parsing": "whole",
    "int_type": "whole",
    "int_from_float": "whole",
    "bool_parsing": "truth",
    "bool_type": "truth",
    "string_type": "text",
    "list_type": "list",
    "dict_type": "section",
    "model_type": "section",
    "model_attributes_type": "section",
    "greater_than": "above",
    "greater_than_equal": "at_least",
    "less_than": "below",
    "less_than_equal": "at_most",
    "literal_error": "one_of",
    "string_pattern_mismatch": "form",
}
"""Our message for each of pydantic's errors; for the others pydantic's own words are shown."""


@dataclass(frozen=True)
class Loaded:
    """The settings in force, and where each comes from."""

    configuration: Configuration
    file: Path | None
    """The fa2.toml that was read; null where there is none."""
    origins: Mapping[str, Origin]
    """By `section.key`; keys that are not there have their defaults."""


def load(file: Path | None = None, *, flags: Mapping[str, object] | None = None) -> Loaded:
    """Return the settings of a file, or of the fa2.toml that is found, of the environment and of flags.

    flags: by `section.key`. Raises UnusableInput, naming the key, for what is not valid or not there.
    """
    if file is not None and not file.is_file():
        raise UnusableInput("errors.config.no_file", path=str(file))
    found = file or found_file()
    kind = configuration_type()
    sources: dict[Origin, PydanticBaseSettingsSource] = {
        "flag": InitSettingsSource(kind, _nested(flags or {})),
        "environment": EnvSettingsSource(kind),
        "file": _of_file(kind, found) if found else InitSettingsSource(kind, {}),
    }
    return Loaded(_validated(kind, tuple(sources.values())), found, _origins(sources))


def found_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the fa2.toml to read: FA2_CONFIG, the one in this folder, or fa2/fa2.toml in XDG_CONFIG_HOME.

    Raises UnusableInput when FA2_CONFIG names a file that is not there.
    """
    if stated := environment.get("FA2_CONFIG"):
        if not Path(stated).is_file():
            raise UnusableInput("errors.config.no_file", path=stated)
        return Path(stated)
    home = environment.get("XDG_CONFIG_HOME", "")
    base = Path(home) if home.startswith("/") else Path("~/.config").expanduser()
    return next((path for path in (Path("fa2.toml"), base / "fa2" / "fa2.toml") if path.is_file()), None)


def _of_file(kind: type[Configuration], file: Path) -> PydanticBaseSettingsSource:
    try:
        return TomlConfigSettingsSource(kind, toml_file=file)
    except (ValueError, OSError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise UnusableInput("errors.config.toml", path=str(file), problem=str(error)[:200]) from error


def _validated(kind: type[Configuration], sources: tuple[PydanticBaseSettingsSource, ...]) -> Configuration:
    class Reading(kind):  # type: ignore[valid-type,misc]  # made at run time
        @classmethod
        def settings_customise_sources(cls, *_: object, **__: object) -> tuple[PydanticBaseSettingsSource, ...]:
            return sources

    try:
        read: Configuration = Reading()
    except ValidationError as error:
        raise _explained(error) from error
    except SettingsError as error:
        raise UnusableInput("errors.config.environment", problem=str(error)[:200]) from error
    return read


def _origins(sources: Mapping[Origin, PydanticBaseSettingsSource]) -> dict[str, Origin]:
    """Return who states each key; of several the first."""
    found: dict[str, Origin] = {}
    for origin, source in sources.items():
        for section, keys in source().items():
            for key in keys if isinstance(keys, Mapping) else ():
                found.setdefault(f"{section}.{key}", origin)
    return found


def _nested(flags: Mapping[str, object]) -> dict[str, Any]:
    found: dict[str, dict[str, object]] = {}
    for name, value in flags.items():
        section, _, key = name.partition(".")
        found.setdefault(section, {})[key] = value
    return found


def _explained(error: ValidationError) -> UnusableInput:
    """Return the first thing that is wrong, by its key, with what would be right."""
    first = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    key = ".".join(path)[:120]
    if first["type"] == "extra_forbidden":
        known: Iterable[str] = sections()[path[0]].model_fields if len(path) > 1 else sections()
        return UnusableInput("errors.config.unknown", key=key, close=_close(path[-1], known))
    kind = _WANTED.get(first["type"], "value")
    values = {"key": key, "given": str(first.get("input"))[:80], "problem": str(first["msg"])}
    if kind == "form" and "region" in key:
        kind = "region"
    elif kind == "value" and key.endswith("time_zone"):
        kind = "zone"
    return UnusableInput(f"errors.config.{kind}", **values, limit=_limit(first.get("ctx") or {}))


def _limit(context: Mapping[str, object]) -> int | float | str:
    """Return the bound, or the words with commas between them, that pydantic's error names; empty for none."""
    bound = next((context[name] for name in ("gt", "ge", "lt", "le") if name in context), None)
    return bound if isinstance(bound, int | float) else str(context.get("expected", "")).replace(" or ", ", ")


def _close(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    return ", ".join(difflib.get_close_matches(name, names, n=3, cutoff=0.5) or names)
