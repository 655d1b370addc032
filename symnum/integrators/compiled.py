"""The one way in which solver code is compiled, and where the machine code is kept.

Two decorators, neither of which imports Numba when the machine code is already on disk:

`compiled`
    for helpers that are called by other compiled code (and, at a cost, from Python);
`compiled_callback`
    for entry points: functions with a C signature, used through their address.

Machine code of entry points lies in a folder named by a hash of *every* source file of this package, the
versions of Numba and llvmlite and the processor, so an edit of a helper in any file never meets old code.
(Numba's own cache looks only at the file of the decorated function.)  It is loaded with llvmlite alone: importing
Numba and starting its compiler costs over a second, loading an object file a few milliseconds.
"""

import ctypes
import functools
import importlib.util
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from symnum.errors import CompilationError
from symnum.integrators.codestore import CodeStore, Entry, default_store

__all__ = [
    "CompiledCallback",
    "CompiledFunction",
    "CompiledIntrinsic",
    "announce",
    "compiled",
    "compiled_callback",
    "compiled_intrinsic",
    "source_key",
]

#: Options of every compilation. Only contraction (fused multiply-add) is allowed to change rounding.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True, "fastmath": {"contract"}}

_PACKAGE = "symnum.integrators."

_lock = threading.RLock()
_registered = False
_keep_alive: list[Any] = []


def announce(seconds: float) -> None:
    """Tell the user, on standard error, that a solver or a large part of one is being compiled.

    Replace this function (``symnum.integrators.compiled.announce = ...``) to show the message elsewhere.

    Parameters
    ----------
    seconds : float
        Rough duration of the compilation.
    """
    sys.stderr.write(f"symnum: compiling the solver once, about {seconds:.0f} s\n")
    sys.stderr.flush()


@functools.cache
def source_key() -> str:
    """Return the hash that names the cache folder: all sources, compiler versions, processor.

    Returns
    -------
    str
        24 hexadecimal digits.
    """
    import hashlib

    import llvmlite.binding as llvm

    digest = hashlib.sha256()
    root = Path(__file__).resolve().parent
    for path in sorted(root.rglob("*.py")):
        text = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(text)}\n".encode())
        digest.update(text)
    for package in ("numba", "llvmlite"):
        digest.update(_version_text(package))
    digest.update(f"{sys.version_info[:2]} {sys.platform} {llvm.get_default_triple()}".encode())
    digest.update(f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}".encode())
    return digest.hexdigest()[:24]


def _version_text(package: str) -> bytes:
    """Return what identifies an installed package's version, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return b"absent"
    return (Path(spec.origin).parent / "_version.py").read_bytes()


def _file_stamp(file: str) -> str:
    """Return a short hash of a source file outside this package (its edits do not change `source_key`)."""
    import hashlib

    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]
    except OSError:
        return f"{time.time_ns():x}"


class CompiledFunction:
    """A helper that compiled code may call; made by `compiled`.

    Called from Python it is compiled by Numba for the types of its arguments.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.py_func = function
        functools.update_wrapper(self, function)

    @functools.cached_property
    def dispatcher(self) -> Any:
        """Numba's dispatcher of this function (imports Numba)."""
        import numba

        from symnum.integrators.numbalight import LinkedCompiler

        _register_types()
        options: dict[str, Any] = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        return numba.njit(pipeline_class=LinkedCompiler, **options)(self.py_func)

    @functools.cached_property
    def _python_dispatcher(self) -> Any:
        import numba

        from symnum.integrators.numbacache import folder_cache

        _register_types()
        dispatcher = numba.njit(**OPTIONS)(self.py_func)
        folder = default_store(source_key()).folder
        if folder is not None:
            dispatcher._cache = folder_cache(self.py_func, folder)
        return dispatcher

    def __call__(self, *arguments: Any) -> Any:
        """Call the function from Python, compiling it if need be."""
        return self._python_dispatcher(*arguments)


class CompiledIntrinsic:
    """A code-generating function for compiled code, registered with Numba only when something is compiled."""

    def __init__(self, definition: Callable[..., Any]) -> None:
        self.definition = definition
        functools.update_wrapper(self, definition)

    @functools.cached_property
    def numba_type(self) -> Any:
        """Numba's type of this function."""
        from numba.core.registry import cpu_target
        from numba.extending import intrinsic

        function = intrinsic(self.definition)
        _keep_alive.append(function)
        cpu_target.typing_context.refresh()
        return cpu_target.typing_context.resolve_value_type(function)

    def __call__(self, *arguments: Any) -> Any:
        """Refuse: there is nothing to run outside compiled code."""
        raise TypeError(f"{self.definition.__name__} works only inside compiled functions")


def _register_types() -> None:
    """Let Numba see through our own wrapper classes (nothing else of Numba is touched)."""
    global _registered
    with _lock:
        if _registered:
            return
        from numba import types
        from numba.extending import typeof_impl

        typeof_impl.register(CompiledFunction)(lambda value, context: types.Dispatcher(value.dispatcher))
        typeof_impl.register(CompiledIntrinsic)(lambda value, context: value.numba_type)
        _registered = True


class CompiledCallback:
    """A compiled function with a C signature; made by `compiled_callback`.

    Attributes
    ----------
    signature : str
        Numba's text form, for example ``"int32(int64, CPointer(float64))"``.
    """

    def __init__(self, function: Callable[..., Any], signature: str, seconds: float) -> None:
        self.py_func = function
        self.signature = signature
        self.seconds = seconds
        self.compile_seconds = 0.0
        functools.update_wrapper(self, function)

    @property
    def name(self) -> str:
        """Name under which the machine code is stored."""
        name = f"{self.py_func.__module__}.{self.py_func.__qualname__}"
        return (
            name if name.startswith(_PACKAGE) else f"{name}-{_file_stamp(self.py_func.__code__.co_filename)}"
        )

    @functools.cached_property
    def address(self) -> int:
        """Address of the machine code (loaded, or compiled at the first use)."""
        with _lock:
            return self._load(default_store(source_key()))

    def _load(self, store: CodeStore) -> int:
        entry = store.read(self.name, self.signature)
        if entry is None:
            entry = self._compile()
            store.write(self.name, self.signature, entry)
        return _link(entry)

    def _compile(self) -> Entry:
        if self.seconds >= 2.0:
            announce(self.seconds)
        began = time.process_time()
        try:
            from symnum.integrators.machinecode import compile_entry

            _register_types()
            entry = compile_entry(self.py_func, self.signature, OPTIONS)
        except Exception as error:
            raise CompilationError(f"compiling {self.name} failed: {error}") from error
        self.compile_seconds = time.process_time() - began
        return entry

    @functools.cached_property
    def call(self) -> Any:
        """A ctypes function (releases the interpreter lock); pointers are passed as integer addresses."""
        address = self.address  # compiles, and so checks the signature
        result, arguments = _split_signature(self.signature)
        return ctypes.CFUNCTYPE(_C_TYPES[result], *[_C_TYPES[a] for a in arguments])(address)

    def __call__(self, *arguments: Any) -> Any:
        """Call the compiled function; pointers are integer addresses."""
        return self.call(*arguments)


_C_TYPES: dict[str, Any] = {
    "int32": ctypes.c_int32,
    "int64": ctypes.c_int64,
    "float64": ctypes.c_double,
    "pointer": ctypes.c_void_p,
    "void": None,
}


def _split_signature(signature: str) -> tuple[str, list[str]]:
    """Return the result and the argument kinds of a signature's text."""
    result, _, rest = signature.partition("(")
    arguments = [a.strip() for a in rest.rsplit(")", 1)[0].split(",") if a.strip()]
    return result.strip(), ["pointer" if a.startswith("CPointer") else a for a in arguments]


def _link(entry: Entry) -> int:
    """Put an object file into memory and return the address of its entry point."""
    import llvmlite.binding as llvm

    missing = [n for n in entry.outside if not llvm.address_of_symbol(n)]
    if missing:
        # Helpers of Numba's runtime are known to the linker only after its start.
        import numba.core.registry

        numba.core.registry.cpu_target.target_context.refresh()
        still = [n for n in missing if not llvm.address_of_symbol(n)]
        if still:
            raise CompilationError(f"compiled code needs unknown symbols: {', '.join(still)}")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(opt=0, jit=True, codemodel="jitdefault")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(entry.code))
    engine.finalize_object()
    _keep_alive.append(engine)
    address = int(engine.get_function_address(entry.symbol))
    if address == 0:
        raise CompilationError(f"the object file has no symbol {entry.symbol}")
    return address


def compiled(function: Callable[..., Any]) -> CompiledFunction:
    """Make a function callable by other compiled code (decorator).

    Examples
    --------
    >>> @compiled
    ... def twice(x):
    ...     return 2.0 * x
    """
    return CompiledFunction(function)


def compiled_intrinsic(definition: Callable[..., Any]) -> CompiledIntrinsic:
    """Make a code generator in the form of `numba.extending.intrinsic`, without importing Numba yet (decorator)."""
    return CompiledIntrinsic(definition)


def compiled_callback(
    signature: str, *, seconds: float = 0.0
) -> Callable[[Callable[..., Any]], CompiledCallback]:
    """Compile a function with a C signature, to be used through its `address` (decorator).

    Parameters
    ----------
    signature : str
        Result and arguments out of ``int32``, ``int64``, ``float64`` and ``CPointer(...)`` of these, as text.
        The compiled code must not raise, allocate or touch Python objects.
    seconds : float
        Rough compile time; from 1 s on the user is told by `announce`.

    Examples
    --------
    >>> @compiled_callback("float64(int64, CPointer(float64))")
    ... def total(n, x):
    ...     s = 0.0
    ...     for i in range(n):
    ...         s += x[i]
    ...     return s
    """
    return lambda function: CompiledCallback(function, signature, seconds)
