"""The table in which equal terms find each other, and which lets go of terms that nobody uses.

Keys hold strong references to the children, values are weak references to the term. Entries of dead
terms are swept when the table has doubled; the sweep runs from the newest entry to the oldest, so a
parent goes before its children and one pass frees a whole chain, however deep, without recursion.
"""

import gc
import threading
from _weakref import _remove_dead_weakref  # type: ignore[attr-defined] # as weakref.WeakValueDictionary: atomic
from collections.abc import Hashable
from typing import Any
from weakref import ref

table: dict[Hashable, Any] = {}
SMALLEST_LIMIT = 200_000
_limit = SMALLEST_LIMIT
_sweeping = threading.Lock()


def lookup(key: Hashable) -> Any:
    """Return the living term under a key, or None."""
    reference = table.get(key)
    return None if reference is None else reference()


def register(key: Hashable, term: Any) -> Any:
    """Enter a term under its key and return it, or the living one that was entered before."""
    mine = ref(term)
    while True:
        found = table.setdefault(key, mine)
        if found is mine:
            break
        living = found()
        if living is not None:
            return living
        _remove_dead_weakref(table, key)
    if len(table) > _limit:
        sweep()
    return term


def sweep() -> int:
    """Remove the entries of dead terms now; returns how many entries are left."""
    global _limit
    if not _sweeping.acquire(blocking=False):
        return len(table)
    try:
        keys, references = list(table), list(table.values())
        del references[len(keys) :]  # another thread may have entered a term in between
        for reference in reversed(references):
            key = keys.pop()
            if reference() is None:
                _remove_dead_weakref(table, key)  # looks again: whatever the key stands for, it is dead
            del key
        _limit = max(SMALLEST_LIMIT, 2 * len(table))
        return len(table)
    finally:
        _sweeping.release()


class _Paused:
    """What `bulk` returns."""

    __slots__ = ("_was_on",)
    _was_on: bool

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        if self._was_on:
            gc.disable()

    def __exit__(self, *_error: object) -> None:
        if self._was_on:
            if gc.get_count()[0] > _MANY:
                _skip_collection()
            gc.enable()


_MANY = 50_000
_TURNS = 8
_turns = 0


def _skip_collection() -> None:
    """Let the collector take the many terms that were just made for old: reading them all finds nothing to free.

    One time in eight it reads them, so that cycles made by others in between are found in the end.
    """
    global _turns
    _turns = (_turns + 1) % _TURNS
    if _turns and not gc.get_freeze_count():
        gc.freeze()
        gc.unfreeze()


def bulk() -> _Paused:
    """Pause the cyclic garbage collector while many terms are made.

    Terms contain no cycles, so reference counting frees them all; a collector that runs every few
    hundred allocations only costs time (about half of a large assembly).

    Examples
    --------
    >>> from symnum.terms.interning import bulk
    >>> with bulk():
    ...     pass
    """
    return _Paused()
