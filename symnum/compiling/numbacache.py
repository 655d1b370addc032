"""Numba's function cache, kept in our own folder (for helpers that are called from Python).

The folder's name already stands for all sources, so the stamp that Numba compares is constant.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator


def folder_cache(function: Callable[..., Any], folder: Path) -> FunctionCache:
    """Return a Numba cache for one function that lies in `folder`, whatever Numba's own settings say."""

    class Locator(_CacheLocator):
        _py_file = inspect.getfile(function)

        def ensure_cache_path(self) -> None:
            pass

        def get_cache_path(self) -> str:
            return str(folder)

        def get_source_stamp(self) -> str:
            return folder.name

        def get_disambiguator(self) -> str:
            return f"{function.__module__}-{function.__code__.co_firstlineno}"

        @classmethod
        def from_function(cls, py_func: Any, py_file: str) -> "Locator":
            return cls()

    class Implementation(CompileResultCacheImpl):
        def __init__(self, py_func: Any) -> None:
            self._lineno = py_func.__code__.co_firstlineno
            self._locator = Locator()
            self._filename_base = self.get_filename_base(py_func.__qualname__, "")

    class Cache(FunctionCache):
        _impl_class = Implementation

    return Cache(function)
