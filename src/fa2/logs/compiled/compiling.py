"""Compiles kernels with numba, and keeps what was compiled where this user may write and nobody else.

Kernels run without Python's lock. What is compiled depends on the sources of all kernels and on the processor;
numba looks after the processor, the folder's name after the sources, since kernels are made of each other.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])
_SOURCES = (
    "*/*kernel*.py",
    "*/*_layout.py",
    "headers/header_*.py",
    "compiled/machine_words.py",
    "compiled/compiling.py",
    "scans/results.py",
    "shapes/definition.py",
)


def compiled(function: Function) -> Function:
    """Return a function as machine code, compiled when it is first called unless an earlier process did so."""
    import numba
    from numba.core import config

    folder = kernel_folder()
    asked = config.CACHE_DIR  # type: ignore[attr-defined]  # read from the environment
    config.CACHE_DIR = str(folder or asked)  # type: ignore[attr-defined]
    try:
        return cast(Function, numba.njit(nogil=True, cache=folder is not None, error_model="numpy")(function))
    finally:
        config.CACHE_DIR = asked  # type: ignore[attr-defined]


def part(function: Function) -> Function:
    """Return a function that only compiled ones call: it costs half the time to compile, and is kept with its callers."""
    import numba

    njit: Any = numba.njit  # its stub lacks these options
    made = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return cast(Function, made)


@cache
def kernel_folder() -> Path | None:
    """Return where compiled kernels are kept; null when there is no place to write to.

    NUMBA_CACHE_DIR, the user's cache folder or, where there is no home (as in AWS Lambda), a folder of the user's own
    among the temporary files: it is code that will be run, so nobody else may have a hand in it.
    """
    name = f"kernels-{_digest()}"
    asked = os.environ.get("NUMBA_CACHE_DIR")
    if asked:
        return _made(Path(asked) / name)
    for place in (_user_cache() / "fa2", _temporary()):
        if _made(place) and _is_private(place):
            return _made(place / name)
    return None


def _digest() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for source in sorted({path for glob in _SOURCES for path in Path(__file__).parents[1].glob(glob)}):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local").expanduser()
    if sys.platform == "darwin":
        return _home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache")


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")


def _temporary() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"fa2-{user}"


def _made(folder: Path) -> Path | None:
    """Return a folder, made unless it is there; null when it cannot be written to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def _is_private(folder: Path) -> bool:
    """Tell whether nobody but we and root may put anything into a folder. Windows' own rights see to that there."""
    if not hasattr(os, "getuid"):
        return True
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid in (os.getuid(), 0) and not found.st_mode & 0o022
