"""The operators of Python on canonical terms, and how these show themselves.

Operators make terms, and the functions that do so need the classes of terms, which have the operators: so `provide`
hands those functions in once all modules are there.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from symnum.errors import InputError
from symnum.terms.array_operand import ArrayOperand

renderers: dict[str, Callable[[Any], str]] = {}
"""How terms show themselves ("plain", "latex", "html"); filled by `symnum.terms.printing`."""


def _not_there(*_arguments: Any) -> Any:
    raise RuntimeError("symnum.terms.canonical is not imported as a whole")


operand: Callable[[Any], Any] = _not_there
add: Callable[[Iterable[Any]], Any] = _not_there
multiply: Callable[[Iterable[Any]], Any] = _not_there
power: Callable[[Any, Any], Any] = _not_there
call: Callable[[str, Sequence[Any]], Any] = _not_there
negate: Callable[[Any], Any] = _not_there


def provide(**functions: Callable[..., Any]) -> None:
    """Set the functions by which operators make terms."""
    globals().update(functions)


class Operators(ArrayOperand):
    """The operators of Python on canonical terms, and how these show themselves."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else add((self, other))

    def __radd__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else add((other, self))

    def __sub__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else add((self, negate(other)))

    def __rsub__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else add((other, negate(self)))

    def __mul__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else multiply((self, other))

    def __rmul__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else multiply((other, self))

    def __truediv__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else multiply((self, power(other, -1)))

    def __rtruediv__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else multiply((other, power(self, -1)))

    def __pow__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else power(self, other)

    def __rpow__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else power(other, self)

    def __mod__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else call("mod", (self, other))

    def __rmod__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else call("mod", (other, self))

    def __neg__(self) -> Any:
        return negate(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return call("abs", (self,))

    def __lt__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else call("<", (self, other))

    def __le__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else call("<=", (self, other))

    def __gt__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else call(">", (self, other))

    def __ge__(self, other: Any) -> Any:
        other = operand(other)
        return other if other is NotImplemented else call(">=", (self, other))

    def __and__(self, other: Any) -> Any:
        return call("and", (self, other))

    def __rand__(self, other: Any) -> Any:
        return call("and", (other, self))

    def __or__(self, other: Any) -> Any:
        return call("or", (self, other))

    def __ror__(self, other: Any) -> Any:
        return call("or", (other, self))

    def __invert__(self) -> Any:
        return call("not", (self,))

    def __float__(self) -> float:
        raise InputError(
            f"{self} is symbolic and has no float value. Give its symbols values: evaluate(expr, {{symbol: value}})."
        )

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self

    def __repr__(self) -> str:
        return renderers["short"](self)

    def __str__(self) -> str:
        return renderers["plain"](self)

    def _repr_latex_(self) -> str:
        return renderers["latex"](self)

    def _repr_html_(self) -> str:
        return renderers["html"](self)
