"""The file of a checkpoint: a NumPy archive of plain arrays and one text, checked before anything is believed.

Nothing in the file is ever executed: arrays are read without pickled objects, and all else is JSON.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from symnum.errors import CheckpointError, InputError

__all__ = ["VERSION", "checkpoint_path", "read_checkpoint", "write_checkpoint"]

#: Of the layout of the file and of the engines' state in it.
VERSION = 1
_KIND = "symnum checkpoint"


def checkpoint_path(path: Any) -> Path:
    """Return where a checkpoint is to be written.

    Raises
    ------
    InputError
        If nothing can be written there.
    """
    try:
        chosen = Path(path)
    except TypeError:
        raise InputError(f'checkpoint is {path!r}; give a path, such as "run.npz".') from None
    if chosen.suffix != ".npz":
        raise InputError(f'checkpoints are NumPy archives; call the file "{chosen.stem or "run"}.npz".')
    if not chosen.absolute().parent.is_dir():
        raise InputError(f'there is no folder "{chosen.parent}" for the checkpoint; make it first.')
    if not os.access(chosen.absolute().parent, os.W_OK):
        raise InputError(f'the folder "{chosen.parent}" for the checkpoint cannot be written to.')
    return chosen


def write_checkpoint(path: Path, tree: dict[str, Any]) -> None:
    """Write a tree of dicts, lists, numbers, text and arrays; the old file stays whole until the new one is.

    Parameters
    ----------
    path : Path
    tree : dict
        Keys are text; arrays of any numeric type.
    """
    arrays: list[npt.NDArray[Any]] = []
    text = json.dumps({"kind": _KIND, "version": VERSION, "content": _without_arrays(tree, arrays)})
    header = np.frombuffer(text.encode(), np.uint8)
    members = {"header": header, **{f"array_{i}": a for i, a in enumerate(arrays)}}
    members["digest"] = np.frombuffer(_digest(header, arrays), np.uint8)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **members)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - one name for both ends
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def read_checkpoint(path: Any) -> dict[str, Any]:
    """Return the tree that was written.

    Raises
    ------
    CheckpointError
        If there is no such file, or it is damaged, cut off, of another version or no checkpoint at all.
    """
    try:
        with np.load(Path(path), allow_pickle=False) as archive:
            names = set(archive.files)
            header = archive["header"]
            arrays = [archive[f"array_{i}"] for i in range(len(names) - 2)]
            digest = archive["digest"].tobytes()
        if header.dtype != np.uint8 or _digest(header, arrays) != digest:
            raise ValueError("its checksum is wrong")
        document = json.loads(header.tobytes().decode())
        kind, version, content = document["kind"], document["version"], document["content"]
    except FileNotFoundError:
        raise CheckpointError(f'there is no checkpoint "{path}".') from None
    except (
        OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, MemoryError, RecursionError,
        NotImplementedError, zipfile.BadZipFile,
    ) as error:  # fmt: skip
        raise CheckpointError(f'"{path}" is no checkpoint, or it is damaged: {error}.') from None
    if kind != _KIND or version != VERSION:
        raise CheckpointError(
            f'the checkpoint "{path}" has version {version!r}; this symnum reads version {VERSION}. Go on with the '
            "symnum that wrote it."
        )
    tree: dict[str, Any] = _with_arrays(content, arrays)
    return tree


def _digest(header: npt.NDArray[np.uint8], arrays: list[npt.NDArray[Any]]) -> bytes:
    digest = hashlib.sha256(header.tobytes())
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.digest()


def _without_arrays(node: Any, arrays: list[npt.NDArray[Any]]) -> Any:
    """Return the tree with numbers in the places of arrays, which are appended to a list."""
    if isinstance(node, np.ndarray):
        arrays.append(node)
        return {"array": len(arrays) - 1}
    if isinstance(node, dict):
        return {"dict": {str(key): _without_arrays(value, arrays) for key, value in node.items()}}
    if isinstance(node, list | tuple):
        return [_without_arrays(value, arrays) for value in node]
    return node.item() if isinstance(node, np.generic) else node


def _with_arrays(node: Any, arrays: list[npt.NDArray[Any]]) -> Any:
    if isinstance(node, dict):
        if "array" in node:
            return arrays[int(node["array"])]
        return {key: _with_arrays(value, arrays) for key, value in node["dict"].items()}
    return [_with_arrays(value, arrays) for value in node] if isinstance(node, list) else node
