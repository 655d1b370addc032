"""The one way in which Python functions become machine code, and where that is kept.

A `CodePackage` stands for some source files that are compiled together, and has two decorators:

`compiled`
    for helpers that are called by other compiled code (and, at a cost, from Python);
`compiled_callback`
    for entry points: functions with a C signature, used through their address.

What compiled functions may contain is told in `symnum.compiling.plain`.

Machine code of entry points lies in a folder named by a hash of *every* source file of the package, the version of
llvmlite and the processor, so an edit of a helper in any file never meets old code.  Loading an object file costs a few
milliseconds; the translator is not even imported for that.
"""

import ctypes
import functools
import importlib.util
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from symnum.compiling.codestore import CodeStore, Entry, default_store
from symnum.compiling.plain.kinds import Kind
from symnum.errors import CompilationError

__all__ = ["CodePackage", "CompiledCallback", "CompiledFunction", "CompiledIntrinsic", "compiled_intrinsic"]

_lock = threading.RLock()
_keep_alive: list[Any] = []


class CodePackage:
    """Source files that are compiled together, and the decorators for their functions.

    Parameters
    ----------
    label : str
        Begins the name of the folder in which the machine code is kept.
    prefix : str
        How the names of the package's modules begin; functions of other modules get a stamp of their file.
    paths : iterable of Path
        The source files and folders of source files on which the machine code depends.
    announce : callable
        ``announce(seconds)`` tells the user that something is being compiled, and about how long that takes.
    """

    def __init__(
        self,
        label: str,
        prefix: str,
        paths: Iterable[Path],
        announce: Callable[[float], None],
    ) -> None:
        self.label = label
        self.prefix = prefix
        self.paths = tuple(paths)
        self.announce = announce

    @functools.cached_property
    def source_key(self) -> str:
        """The hash that names the cache folder (24 hexadecimal digits): sources, compiler version, processor."""
        import hashlib

        import llvmlite.binding as llvm

        digest = hashlib.sha256()
        for root in (Path(__file__).resolve().parent, *self.paths):
            for path in [root] if root.is_file() else sorted(root.rglob("*.py")):
                text = path.read_bytes()
                digest.update(f"{path.relative_to(root.parent).as_posix()} {len(text)}\n".encode())
                digest.update(text)
        digest.update(_version_text("llvmlite"))
        digest.update(f"{sys.version_info[:2]} {sys.platform} {llvm.get_default_triple()}".encode())
        digest.update(f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}".encode())
        return digest.hexdigest()[:24]

    def store(self) -> CodeStore:
        """Return the folder of the package's machine code under the present settings."""
        return default_store(f"{self.label}-{self.source_key}")

    def compiled(self, function: Callable[..., Any]) -> "CompiledFunction":
        """Make a function callable by other compiled code (decorator)."""
        return CompiledFunction(function, self)

    def compiled_callback(
        self, signature: str, *, seconds: float = 0.0, optimise: int = 3
    ) -> Callable[[Callable[..., Any]], "CompiledCallback"]:
        """Compile a function with a C signature, to be used through its `address` (decorator).

        Parameters
        ----------
        signature : str
            Result and arguments out of ``int32``, ``int64``, ``float64`` and ``CPointer(...)`` of these, as text.
            The compiled code must not raise, allocate or touch Python objects.
        seconds : float
            Rough compile time; from 2 s on the user is told by `announce`.
        optimise : int
            Level of the optimiser, 1 to 3; below 3 no loop is made into vector instructions.
        """
        return lambda function: CompiledCallback(function, signature, seconds, self, optimise)


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
    """A helper that compiled code may call; made by `CodePackage.compiled`.

    Called from Python, with numbers and arrays, it is compiled for the kinds of its arguments.
    """

    def __init__(self, function: Callable[..., Any], package: CodePackage) -> None:
        self.py_func = function
        self.package = package
        self._callbacks: dict[tuple[str, ...], CompiledCallback] = {}
        functools.update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> Any:
        """Call the function from Python, compiling it if need be; an array is passed as a pointer to its data."""
        kinds = tuple(_kind_of(argument) for argument in arguments)
        callback = self._callbacks.get(kinds)
        if callback is None:
            from symnum.compiling.plain.entries import result_kind

            signature = f"{result_kind(self, kinds)}({', '.join(kinds)})"
            callback = self._callbacks[kinds] = CompiledCallback(self.py_func, signature, 0.0, self.package)
        return callback(*(getattr(getattr(a, "ctypes", None), "data", a) for a in arguments))


def _kind_of(argument: Any) -> str:
    """Return how a signature spells the kind of a number or an array."""
    kind = getattr(argument, "dtype", type(argument))
    name = {int: "int64", bool: "int64", float: "float64"}.get(kind, str(kind))
    return f"CPointer({name})" if getattr(argument, "ndim", 0) else name


class CompiledIntrinsic:
    """A generator of instructions for compiled code; made by `compiled_intrinsic`."""

    def __init__(self, definition: Callable[..., Any], result: Kind, arguments: tuple[Kind, ...]) -> None:
        self.definition = definition
        self.result = result
        self.arguments = arguments
        functools.update_wrapper(self, definition)

    def signature(self, kinds: tuple[Kind, ...]) -> tuple[Kind, tuple[Kind, ...]]:
        """Return the kinds of result and arguments in a call with arguments of some kinds."""
        if len(kinds) != len(self.arguments):
            raise CompilationError(
                f"{self.definition.__name__} takes {len(self.arguments)} arguments, not {len(kinds)}"
            )
        pointers = [kind for kind, wanted in zip(kinds, self.arguments, strict=True) if wanted == "pointer"]
        found = [pointers[0] if kind == "pointer" else kind for kind in (self.result, *self.arguments)]
        return found[0], tuple(found[1:])

    def __call__(self, *arguments: Any) -> Any:
        """Refuse: there is nothing to run outside compiled code."""
        raise TypeError(f"{self.definition.__name__} works only inside compiled functions")


class CompiledCallback:
    """A compiled function with a C signature; made by `CodePackage.compiled_callback`.

    Attributes
    ----------
    signature : str
        For example ``"int32(int64, CPointer(float64))"``.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        signature: str,
        seconds: float,
        package: CodePackage,
        optimise: int = 3,
    ) -> None:
        self.py_func = function
        self.signature = signature
        self.seconds = seconds
        self.package = package
        self.optimise = optimise
        self.compile_seconds = 0.0
        functools.update_wrapper(self, function)

    @property
    def name(self) -> str:
        """Name under which the machine code is stored."""
        name = f"{self.py_func.__module__}.{self.py_func.__qualname__}"
        if name.startswith(self.package.prefix):
            return name
        return f"{name}-{_file_stamp(self.py_func.__code__.co_filename)}"

    @functools.cached_property
    def address(self) -> int:
        """Address of the machine code (loaded, or compiled at the first use)."""
        with _lock:
            return self._load(self.package.store())

    def _load(self, store: CodeStore) -> int:
        entry = store.read(self.name, self.signature)
        if entry is None:
            entry = self._compile()
            store.write(self.name, self.signature, entry)
        return _link(entry)

    def _compile(self) -> Entry:
        if self.seconds >= 2.0:
            self.package.announce(self.seconds)
        began = time.process_time()
        try:
            from symnum.compiling.plain.entries import compile_entry

            entry = compile_entry(self.py_func, self.signature, self.optimise)
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

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    missing = [name for name in entry.outside if not llvm.address_of_symbol(name)]
    if missing:
        raise CompilationError(f"compiled code needs unknown symbols: {', '.join(missing)}")
    machine = llvm.Target.from_default_triple().create_target_machine(opt=0, jit=True, codemodel="jitdefault")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(entry.code))
    engine.finalize_object()
    _keep_alive.append(engine)
    address = int(engine.get_function_address(entry.symbol))
    if address == 0:
        raise CompilationError(f"the object file has no symbol {entry.symbol}")
    return address


def compiled_intrinsic(result: Kind, *arguments: Kind) -> Callable[[Callable[..., Any]], CompiledIntrinsic]:
    """Make a generator of instructions callable by compiled code (decorator).

    The function gets LLVM's instruction builder and the values of the arguments, and returns the value of the result.

    Parameters
    ----------
    result, *arguments : str or tuple
        Kinds: ``"int32"``, ``"int64"``, ``"float64"``, with a star for a pointer, ``"void"``, a tuple of kinds, or
        ``"pointer"`` for that of the first pointer given.
    """
    return lambda definition: CompiledIntrinsic(definition, result, arguments)
