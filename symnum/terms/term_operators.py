"""Python's operators for any term type that registers with the term interface."""

from typing import Any

from symnum.errors import ConditionError
from symnum.terms import interface, operations
from symnum.terms.array_operand import ArrayOperand
from symnum.terms.canonical import renderers
from symnum.terms.numbers import as_number


class TermOperators(ArrayOperand):
    """Base of a term type: arithmetic, comparisons, NumPy's functions, and how terms are shown.

    What the operators make goes through `make_term` of the type. Equality and hash are the type's own business.

    Notes
    -----
    ``a - b`` is ``a + (-1)*b`` and ``a/b`` is ``a*b^(-1)``: there are no other operations.
    """

    __slots__ = ()

    def _write(self, operation: str, *arguments: Any) -> Any:
        return interface.make_term(self, operation, arguments)

    def _binary(self, operation: str, left: Any, right: Any) -> Any:
        other = right if left is self else left
        if not isinstance(other, TermOperators) and not _is_scalar(other):
            return NotImplemented
        return self._write(operation, left, right)

    def __add__(self, other: Any) -> Any:
        return self._binary("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return self._binary("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return self._binary("+", self, _negated(other))

    def __rsub__(self, other: Any) -> Any:
        return (-self).__radd__(other)

    def __mul__(self, other: Any) -> Any:
        return self._binary("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._binary("*", other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._binary("*", self, self._inverse(other))

    def __rtruediv__(self, other: Any) -> Any:
        return self._inverse(self).__rmul__(other)

    def __pow__(self, other: Any) -> Any:
        return self._binary("^", self, other)

    def __rpow__(self, other: Any) -> Any:
        return self._binary("^", other, self)

    def __mod__(self, other: Any) -> Any:
        return self._binary("mod", self, other)

    def __rmod__(self, other: Any) -> Any:
        return self._binary("mod", other, self)

    def __neg__(self) -> Any:
        return self._write("*", -1, self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return self._write("abs", self)

    def __lt__(self, other: Any) -> Any:
        return self._binary("<", self, other)

    def __le__(self, other: Any) -> Any:
        return self._binary("<=", self, other)

    def __gt__(self, other: Any) -> Any:
        return self._binary(">", self, other)

    def __ge__(self, other: Any) -> Any:
        return self._binary(">=", self, other)

    def __and__(self, other: Any) -> Any:
        return self._binary("and", self, other)

    def __or__(self, other: Any) -> Any:
        return self._binary("or", self, other)

    def __invert__(self) -> Any:
        return self._write("not", self)

    def __bool__(self) -> bool:
        if not interface.is_call(self) or not operations.get_operation(interface.operation(self)).is_condition:
            return True
        raise ConditionError(
            f"whether {self} holds is not known before its symbols have values. Write piecewise(value, condition, "
            "otherwise) for a choice, and (a < b) & (b < c) to combine conditions."
        )

    def __repr__(self) -> str:
        return renderers["short"](self)

    def __str__(self) -> str:
        return renderers["plain"](self)

    def _repr_latex_(self) -> str:
        return renderers["latex"](self)

    def _repr_html_(self) -> str:
        return renderers["html"](self)

    def _inverse(self, value: Any) -> Any:
        is_operand = isinstance(value, TermOperators) or _is_scalar(value)
        return self._write("^", value, -1) if is_operand else value


def _is_scalar(value: Any) -> bool:
    return not hasattr(value, "__len__") and as_number(value) is not None


def _negated(value: Any) -> Any:
    return -value if isinstance(value, TermOperators) or _is_scalar(value) else value
