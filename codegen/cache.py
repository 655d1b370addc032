"""The kernel cache: content-addressed object files on disk.

An entry is trusted only if its checksum and its key are right, its folder belongs to the user and
nobody else can write there. Anything else is compiled again.
"""

import hashlib
import json
import os
import stat
import struct
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

from symnum.errors import CacheError, SymnumWarning

__all__ = ["cache_directory", "cache_key", "code_version", "load_entry", "store_entry"]

_MAGIC = b"symnum-kernel-1\n"
_HEADER = struct.Struct("<32s32sQ")


def cache_directory(kind: str = "kernels") -> Path:
    """Return the folder for cached entries, made with mode 0700 if missing.

    `SYMNUM_CACHE_DIR` moves it; otherwise it is the user's cache folder.

    Raises
    ------
    CacheError
        If the folder belongs to somebody else or others may write to it.
    """
    root = os.environ.get("SYMNUM_CACHE_DIR")
    base = Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "symnum"
    folder = base / kind
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _check_owner(folder)
    return folder


def _check_owner(folder: Path) -> None:
    if not hasattr(os, "getuid"):
        return
    info = folder.stat()
    if info.st_uid != os.getuid():
        raise CacheError(f"The cache folder {folder} belongs to another user; set SYMNUM_CACHE_DIR elsewhere.")
    if info.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        folder.chmod(0o700)


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return a digest of the generator's own sources: new code never meets old entries."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.relative_to(Path(__file__).parent).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cache_key(*parts: bytes | str) -> bytes:
    """Return the digest of parts, each delimited by its length."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.digest()


def store_entry(key: bytes, facts: dict[str, Any], code: bytes) -> bool:
    """Write an entry atomically; return whether it could be written."""
    payload = json.dumps(facts, sort_keys=True).encode() + b"\0" + code
    header = _HEADER.pack(key, hashlib.sha256(payload).digest(), len(payload))
    try:
        folder = cache_directory()
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + header + payload)
            Path(temporary).replace(folder / key.hex())
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except (OSError, CacheError) as error:
        warnings.warn(f"The kernel cache is not used: {error}", SymnumWarning, stacklevel=2)
        return False
    return True


def load_entry(key: bytes) -> tuple[dict[str, Any], bytes] | None:
    """Return the facts and object code of an entry, or None if there is no sound one."""
    try:
        data = (cache_directory() / key.hex()).read_bytes()
    except (OSError, CacheError):
        return None
    start = len(_MAGIC) + _HEADER.size
    if len(data) < start or not data.startswith(_MAGIC):
        return None
    own_key, checksum, size = _HEADER.unpack(data[len(_MAGIC) : start])
    payload = data[start:]
    if own_key != key or len(payload) != size or hashlib.sha256(payload).digest() != checksum:
        return None
    facts, _, code = payload.partition(b"\0")
    loaded = json.loads(facts)
    return (loaded, code) if isinstance(loaded, dict) else None
