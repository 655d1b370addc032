"""A folder of object files that is private to the user and never trusted when damaged."""

import contextlib
import functools
import hashlib
import json
import os
import stat
import tempfile
import uuid
import warnings
from dataclasses import dataclass
from pathlib import Path

from symnum.errors import CacheError, SymnumWarning

_MAGIC = b"symnum-integrator-1\n"
_TRUSTED = (0,)  # the administrator can replace anything anyway


@dataclass(frozen=True)
class Entry:
    """Machine code of one entry point.

    Attributes
    ----------
    symbol : str
        Name of the function inside the object file.
    outside : list of str
        Functions that the object file expects from the process.
    code : bytes
        The object file.
    """

    symbol: str
    outside: list[str]
    code: bytes


@dataclass(frozen=True)
class CodeStore:
    """Entries of one folder; `folder` is None when nothing may be kept."""

    folder: Path | None

    def read(self, name: str, signature: str) -> Entry | None:
        """Return a stored entry, or None when it is absent, damaged or foreign."""
        if self.folder is None:
            return None
        try:
            data = self._path(name, signature).read_bytes()
        except OSError:
            return None
        return _decode(data)

    def write(self, name: str, signature: str, entry: Entry) -> None:
        """Store an entry atomically; a folder that cannot be written is not an error."""
        if self.folder is None:
            return
        path = self._path(name, signature)
        temporary = path.with_suffix(f".{uuid.uuid4().hex}")
        try:
            temporary.write_bytes(_encode(entry))
            temporary.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()

    def _path(self, name: str, signature: str) -> Path:
        assert self.folder is not None
        tag = hashlib.sha256(signature.encode()).hexdigest()[:8]
        return self.folder / f"{name.replace('<', '').replace('>', '')}-{tag}.bin"


def _encode(entry: Entry) -> bytes:
    head = json.dumps({"symbol": entry.symbol, "outside": entry.outside}).encode() + b"\n"
    body = head + entry.code
    return _MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _decode(data: bytes) -> Entry | None:
    if not data.startswith(_MAGIC):
        return None
    stamp, _, body = data[len(_MAGIC) :].partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != stamp:
        return None
    head, _, code = body.partition(b"\n")
    values = json.loads(head)
    return Entry(values["symbol"], values["outside"], code)


def cache_root() -> Path:
    """Return the folder under which everything compiled is kept.

    The environment variable ``SYMNUM_CACHE_DIR``, else ``symnum`` in the user's cache folder.
    """
    chosen = os.environ.get("SYMNUM_CACHE_DIR")
    if chosen:
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "symnum"


def default_store(name: str) -> CodeStore:
    """Return the store of the current settings in the folder of this name.

    Raises
    ------
    CacheError
        The folder belongs to somebody else.
    """
    return _open_store(cache_root(), name)


@functools.cache
def _open_store(root: Path, name: str) -> CodeStore:
    folder = root / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return CodeStore(_temporary_folder(root, error))
    _make_private(folder)
    if not os.access(folder, os.W_OK):
        return CodeStore(_temporary_folder(root, PermissionError("not writable")))
    return CodeStore(folder)


def _make_private(path: Path) -> None:
    """Close a folder of the user's own to others; refuse one of another user, who could put machine code there."""
    facts = path.stat()
    if not hasattr(os, "getuid"):
        return
    if facts.st_uid not in (os.getuid(), *_TRUSTED):
        raise CacheError(
            f"the cache folder {path} belongs to another user (id {facts.st_uid}), so machine code in it is not "
            "trusted; set SYMNUM_CACHE_DIR to a folder of your own"
        )
    if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        _forget_and_close(path)


def _forget_and_close(path: Path) -> None:
    """Close a folder that was open to others, and remove what they may have put into it."""
    try:
        path.chmod(0o700)
    except OSError as error:
        raise CacheError(
            f"the cache folder {path} can be written by other users and cannot be closed to them ({error.strerror}), "
            "so machine code in it is not trusted; set SYMNUM_CACHE_DIR to a folder of your own"
        ) from error
    for entry in path.glob("*.bin"):
        with contextlib.suppress(OSError):
            entry.unlink()


def _temporary_folder(root: Path, error: OSError) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="symnum-"))
    warnings.warn(
        f"the cache folder {root} cannot be used ({error}); compiled code goes to {folder} and is lost after this run. "
        "Set SYMNUM_CACHE_DIR to a writable folder.",
        SymnumWarning,
        stacklevel=4,
    )
    return folder
