"""Where the machine code of the arena's kernels is kept between runs."""

import functools
import hashlib
import importlib.metadata
import os
import stat
import sys
from pathlib import Path

from symnum.errors import CacheError

_TRUSTED = (0,)  # the administrator can replace anything anyway


@functools.cache
def source_key() -> str:
    """Return a hash of every source file of the arena and of the compiler's version.

    Numba's own cache looks at the file of the compiled function only, and would run stale code after an edit of
    a constant or helper elsewhere. The processor is part of the names of its files.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).resolve().parent.glob("*.py")):
        text = path.read_bytes()
        digest.update(f"{path.name} {len(text)}\n".encode())
        digest.update(text)
    versions = [importlib.metadata.version(package) for package in ("numba", "llvmlite", "numpy")]
    digest.update(f"{versions} {sys.version_info[:2]} {sys.platform}".encode())
    return digest.hexdigest()[:24]


def code_folder() -> Path | None:
    """Return the folder for the kernels' machine code, or None where none can be written.

    It lies under the environment variable ``SYMNUM_CACHE_DIR``, else ``symnum`` in the user's cache folder.

    Raises
    ------
    CacheError
        If the folder belongs to somebody else, or others may write to it.
    """
    chosen = os.environ.get("SYMNUM_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME")
    root = (
        Path(chosen).expanduser() if chosen else (Path(base) if base else Path.home() / ".cache") / "symnum"
    )
    folder = root / f"arena-{source_key()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    for path in (root, folder):
        _check_private(path)
    return folder if os.access(folder, os.W_OK) else None


def _check_private(path: Path) -> None:
    facts = path.stat()
    if not hasattr(os, "getuid"):
        return
    if facts.st_uid not in (os.getuid(), *_TRUSTED) or facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise CacheError(
            f"the cache folder {path} belongs to another user or can be written by others, so machine code in it "
            f"is not trusted; run: chmod go-w {path}   or set SYMNUM_CACHE_DIR to a private folder"
        )
