"""Functions of coordinates that users write, called on arrays of them."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from symnum.errors import InputError

__all__ = ["at_coordinates"]


def at_coordinates(function: Callable[..., Any], names: Sequence[str], values: Sequence[Any], where: str) -> Any:
    """Return what a function gives; its arguments are told by their names where all of them name axes, else by place.

    Parameters
    ----------
    function : callable
    names : sequence of str
        Of the axes.
    values : sequence of ndarray
        Coordinates, axis by axis.
    where : str
        What it is for, for messages.

    Raises
    ------
    InputError
        If it cannot be called on arrays.
    """
    known = dict(zip(names, values, strict=True))
    try:
        wanted = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # of compiled functions nobody knows the arguments
        wanted = []
    given = [known[name] for name in wanted] if wanted and set(wanted) <= set(known) else values
    try:
        return function(*given)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{where} is a function that cannot be called on the coordinates {', '.join(names)}, which are arrays: "
            f"{error}. Write it for arrays: np.where(x < 3, 1.0, 0.0) instead of if, np.exp instead of math.exp."
        ) from error
