"""The C compiler of the system, where there is one: it builds shared libraries."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from symnum.errors import CompilationError, UnsupportedError

__all__ = ["c_compiler", "library_suffix", "link_library"]


def library_suffix() -> str:
    """Return what file names of shared libraries end in here."""
    return {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")


def c_compiler() -> list[str]:
    """Return the command of a C compiler: `CC` if it is set, else the first of cc, gcc and clang.

    Raises
    ------
    UnsupportedError
        If there is none.
    """
    chosen = shlex.split(os.environ.get("CC", ""))
    if chosen:
        if shutil.which(chosen[0]):
            return chosen
        raise UnsupportedError(
            f'CC names "{chosen[0]}", which is not a program on PATH: set CC to a C compiler.'
        )
    for name in ("cc", "gcc", "clang"):
        path = shutil.which(name)
        if path:
            return [path]
    raise UnsupportedError(
        "A shared library needs a C compiler to link it, and there is no cc, gcc or clang on PATH. "
        'Install one (Debian: apt install gcc), set CC, or ask for the target "object", which needs none.'
    )


def link_library(object_code: bytes, sources: dict[str, str], main: str, seconds: float = 300.0) -> bytes:
    """Compile a C file, link it with an object, and return the library.

    Parameters
    ----------
    object_code : bytes
        Position-independent object.
    sources : dict of str to str
        C files and headers by name.
    main : str
        The one to compile.
    seconds : float
        Time limit.

    Raises
    ------
    UnsupportedError
        If there is no compiler.
    CompilationError
        If it fails; the message holds what it said.
    """
    compiler = c_compiler()
    with tempfile.TemporaryDirectory(prefix="symnum-") as name:
        folder = Path(name)
        (folder / "kernels.o").write_bytes(object_code)
        for file, text in sources.items():
            (folder / file).write_text(text, encoding="utf-8")
        command = [
            *compiler,
            "-std=c99",
            "-O1",
            "-fPIC",
            "-shared",
            "-o",
            "library",
            main,
            "kernels.o",
            "-lm",
        ]
        try:
            # The user's own compiler on files named by us; no shell.
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=seconds, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CompilationError(f"{compiler[0]} could not link the library: {error}") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace")[:2000]
            raise CompilationError(f"{shlex.join(command)} failed:\n{said}")
        return (folder / "library").read_bytes()
