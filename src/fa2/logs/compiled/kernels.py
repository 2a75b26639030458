"""The kernels as Python calls them: functions of integers that load in some hundredths of a second.

numba takes half a second to load, even where everything has been compiled before. So what it compiles is kept as an
object file, and the next process hands that to LLVM without numba. A kernel is a function of integers alone,
which takes arrays by their addresses, raises nothing and allocates nothing; Python's lock is not held while it runs.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import os
import re
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fa2.logs.compiled.compiling import kernel_folder

_DEFINED = re.compile(r"^define (?!linkonce)[^@\n]*@\"?([\w.]+)\"?\(", re.M)
_NO_DESTRUCTOR = "define linkonce_odr void @NRT_MemInfo_call_dtor(ptr %0) {\n  ret void\n}\n"
"""Stands for numba's destructor of arrays, of which kernels own none."""

Native = Callable[..., int]


class Kernel:
    """A compiled function of integers. Loaded when first called; compiled then, unless an earlier process did so."""

    def __init__(self, module: str, name: str, arguments: int) -> None:
        self._module = module
        self._name = name
        self._arguments = arguments
        self._native: Native | None = None
        self._lock = threading.Lock()

    def __call__(self, *arguments: int) -> int:
        """Run it."""
        return (self._native or self.load())(*arguments)

    def load(self) -> Native:
        """Load it, compiled if need be, and return it."""
        with self._lock:
            self._native = self._native or self._load()
            return self._native

    @property
    def is_compiled(self) -> bool:
        """Whether an earlier process has compiled it, as far as can be told without loading anything."""
        folder = kernel_folder()
        return self._native is not None or (folder is not None and any(folder.glob(f"{self._name}-*.o")))

    def _load(self) -> Native:
        from llvmlite import binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        cpu = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
        machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
            cpu=cpu[0], features=cpu[1], opt=3, reloc="default", codemodel="jitdefault"
        )
        built_for = hashlib.sha256(repr((cpu, llvm.llvm_version_info)).encode()).hexdigest()[:12]
        folder = kernel_folder()
        file = folder / f"{self._name}-{built_for}.o" if folder else None
        found = _read(file) if file else None
        if found is None:
            found = self._built(machine)
            if file:
                _write(file, found)
        symbol, _, code = found.partition(b"\n")
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
        engine.finalize_object()
        return self._callable(engine.get_function_address(symbol.decode()), engine)

    def _built(self, machine: Any) -> bytes:
        """Return the name of the function and the object file that holds it."""
        import numba
        from llvmlite import binding as llvm

        made = getattr(importlib.import_module(self._module), self._name)
        taken = (numba.types.int64,) * self._arguments
        made.compile(taken)
        text = made.inspect_llvm(taken)
        module = llvm.parse_assembly(text)
        if "declare void @NRT_MemInfo_call_dtor" in text:
            module.link_in(llvm.parse_assembly(_NO_DESTRUCTOR))
        defined = _DEFINED.search(text)
        assert defined is not None  # noqa: S101  # it was compiled
        return str(defined[1]).encode() + b"\n" + bytes(machine.emit_object(module))

    def _callable(self, address: int, engine: object) -> Native:
        """Return the function at an address: numba's own convention, with pointers to result and exception first."""
        typed = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * self._arguments)
        function = typed(address)

        def call(*arguments: int) -> int:
            result, raised = ctypes.c_int64(), ctypes.c_void_p()
            function(ctypes.addressof(result), ctypes.addressof(raised), *arguments)
            return result.value

        call.engine = engine  # type: ignore[attr-defined]  # it owns the code
        return call


def _read(file: Path) -> bytes | None:
    """Return what a file was given to hold; null when there is none, or it is damaged."""
    try:
        digest, _, data = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    return data if digest == hashlib.sha256(data).hexdigest().encode() else None


def _write(file: Path, data: bytes) -> None:
    """Write a file as a whole or not at all. One that cannot be written is made anew the next time."""
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as out:
            out.write(hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
        os.replace(out.name, file)
    except OSError:
        return


find_lines = Kernel("fa2.logs.shapes.shape_kernel", "find_lines", 4)
scan_lines = Kernel("fa2.logs.scans.scan_kernel", "scan_lines", 1)
fill_slots = Kernel("fa2.logs.scans.scan_kernel", "fill_slots", 4)
carry_times = Kernel("fa2.logs.scans.scan_kernel", "carry_times", 3)
read_headers = Kernel("fa2.logs.headers.head_kernel", "read_headers", 1)
read_json = Kernel("fa2.logs.headers.json_kernel", "read_json", 1)
count_values = Kernel("fa2.logs.patterns.value_kernel", "count_values", 1)
fill_value_slots = Kernel("fa2.logs.patterns.value_kernel", "fill_value_slots", 4)
