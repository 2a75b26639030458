"""Settings from the environment; together with wiring the only reader of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fa2.core.messages import LANGUAGES, Language


@dataclass(frozen=True)
class Settings:
    """What the environment says."""

    language: Language | None
    """FA2_LANGUAGE, or Japanese where LC_ALL, LC_MESSAGES or LANG ask for it; null when they say nothing."""
    color: bool
    """False when NO_COLOR is set (no-color.org)."""
    store: Path = Path("~/.local/state/fa2/detectors.sqlite3")
    """Where detectors are kept: FA2_STORE, or fa2/detectors.sqlite3 in XDG_STATE_HOME; `~` is the home folder."""
    runs: Path = Path("~/.local/state/fa2/runs")
    """Where records of models at work are kept: fa2/runs in XDG_STATE_HOME; `~` is the home folder."""
    past: Path = Path("~/.local/state/fa2/past")
    """Where finished reports are kept, unless fa2.toml says so: fa2/past in XDG_STATE_HOME; `~` is the home folder."""
    user: str = ""
    """Who uses this machine, as it says itself; empty where it does not."""
    cache: Path = Path("~/.cache/fa2")
    """Where indexes are kept that can be made anew: fa2 in XDG_CACHE_HOME; `~` is the home folder."""


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of an environment."""
    return Settings(
        language=_language(environment),
        color=not environment.get("NO_COLOR"),
        store=_store(environment),
        runs=_runs(environment),
        past=_past(environment),
        user=next((name for key in ("LOGNAME", "USER", "USERNAME") if (name := environment.get(key))), ""),
        cache=_cache(environment),
    )


def _cache(environment: Mapping[str, str]) -> Path:
    cache = environment.get("XDG_CACHE_HOME", "")
    return Path(cache) / "fa2" if cache.startswith("/") else Settings.cache


def _store(environment: Mapping[str, str]) -> Path:
    """Return the store's path; XDG_STATE_HOME counts only where it is absolute, as its specification has it."""
    if stated := environment.get("FA2_STORE"):
        return Path(stated)
    state = environment.get("XDG_STATE_HOME", "")
    return Path(state) / "fa2" / "detectors.sqlite3" if state.startswith("/") else Settings.store


def _runs(environment: Mapping[str, str]) -> Path:
    state = environment.get("XDG_STATE_HOME", "")
    return Path(state) / "fa2" / "runs" if state.startswith("/") else Settings.runs


def _past(environment: Mapping[str, str]) -> Path:
    state = environment.get("XDG_STATE_HOME", "")
    return Path(state) / "fa2" / "past" if state.startswith("/") else Settings.past


def _language(environment: Mapping[str, str]) -> Language | None:
    stated = environment.get("FA2_LANGUAGE", "").lower()[:2]
    named = next((language for language in LANGUAGES if language == stated), None)
    locale = next((v for n in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := environment.get(n))), "")
    return named or ("ja" if locale.lower().startswith("ja") else None)
