"""Kernels by name."""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from symnum.errors import UnknownNameError

__all__ = ["NamedKernels"]

Handle = TypeVar("Handle")


class NamedKernels(Mapping[str, Handle], Generic[Handle]):
    """A mapping of names to handles of kernels, which are compiled when first used.

    Raises
    ------
    UnknownNameError
        If there is no kernel of a name.
    """

    def __init__(self, handles: dict[str, Handle]) -> None:
        self._handles = handles

    def __getitem__(self, name: str) -> Handle:
        try:
            return self._handles[name]
        except KeyError:
            raise UnknownNameError(f'There is no kernel "{name}"; there are {", ".join(self)}.') from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._handles)

    def __len__(self) -> int:
        return len(self._handles)
