"""Compiled kernels are kept where only their user may write, and load without numba."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import fa2.logs
from fa2.logs.compiled.compiling import kernel_folder

RUN = """import sys
import numpy as np
from fa2.logs.compiled import kernels
times = np.array([kernels.NO_TIME, 5, kernels.NO_TIME], np.int64)
last = kernels.carry_times(times.ctypes.data, 3, 1)
print(last, times.tolist(), "numba" in sys.modules, kernels.carry_times.is_compiled)
""".replace("kernels.NO_TIME", "-(2**63)")


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    kernel_folder.cache_clear()
    yield
    kernel_folder.cache_clear()


def run(cache: Path) -> str:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    return subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder is named by XDG_CACHE_HOME there")
def test_what_one_process_compiled_the_next_one_loads_without_numba(tmp_path: Path) -> None:
    assert run(tmp_path) == "5 [1, 5, 5] True True\n"
    assert run(tmp_path) == "5 [1, 5, 5] False True\n"
    (kept,) = tmp_path.glob("fa2/kernels-*/carry_times-*.o")
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(kept.read_bytes()[:-9])
    assert run(tmp_path) == "5 [1, 5, 5] True True\n", "a damaged file is made anew"


def test_kernels_lie_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa2.logs.compiled.compiling._user_cache", lambda: tmp_path / "cache")
    folder = kernel_folder()
    assert folder is not None
    assert folder.parent == tmp_path / "cache" / "fa2"
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="rights are kept otherwise there")
def test_a_folder_that_others_may_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache" / "fa2").mkdir(parents=True)
    (tmp_path / "cache" / "fa2").chmod(0o777)
    monkeypatch.setattr("fa2.logs.compiled.compiling._user_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr("fa2.logs.compiled.compiling._temporary", lambda: tmp_path / "own")
    folder = kernel_folder()
    assert folder is not None
    assert folder.parent == tmp_path / "own"


def test_without_a_home_a_folder_among_the_temporary_files_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr("fa2.logs.compiled.compiling._user_cache", lambda: tmp_path / "file")
    monkeypatch.setattr("fa2.logs.compiled.compiling._temporary", lambda: tmp_path / "own")
    assert str(kernel_folder()).startswith(str(tmp_path / "own"))
    kernel_folder.cache_clear()
    monkeypatch.setattr("fa2.logs.compiled.compiling._temporary", lambda: tmp_path / "file")
    assert kernel_folder() is None


def test_the_folder_asked_for_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert kernel_folder() in list(tmp_path.iterdir())


def test_no_kernel_takes_the_address_of_what_it_made_itself() -> None:
    # numba gives an array back after its last mention, and an address is none.
    found = {
        f"{path.name}: {function.name}: {name}"
        for path in Path(fa2.logs.__file__).parent.rglob("*kernel*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef) and any("compiled" in ast.unparse(d) for d in function.decorator_list)
        for name in _addressed(function) & _assigned(function)
    }
    assert found == set()


def _addressed(function: ast.FunctionDef) -> set[str]:
    """Return whose `ctypes.data` is asked for."""
    return {
        ast.unparse(node.value.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr == "data" and isinstance(node.value, ast.Attribute)
    }


def _assigned(function: ast.FunctionDef) -> set[str]:
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
