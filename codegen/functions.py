"""Operations of the tape beyond sums and products: codes, names in each target, arity.

One row here makes a function known to every emitter and to the interpreter.
"""

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["BOOLEAN", "COMPARISONS", "FUNCTIONS", "FUNCTION_BY_CODE", "LLVM_PREDICATES", "Function", "Op"]


class Op(IntEnum):
    """Codes of the structural operations. Functions follow from `Op.FUNCTION` on."""

    CONSTANT = 0
    TIME = 1
    STATE = 2
    PARAMETER = 3
    SUM = 4
    PRODUCT = 5
    POWER = 6
    SELECT = 7
    AND = 8
    OR = 9
    NOT = 10
    LESS = 11
    LESS_EQUAL = 12
    EQUAL = 13
    NOT_EQUAL = 14
    FUNCTION = 32


@dataclass(frozen=True)
class Function:
    """A function of one or two real arguments.

    Parameters
    ----------
    name : str
        Name in terms.
    code : int
        Code on the tape.
    arity : int
        Number of arguments.
    c : str
        Expression in C with ``{0}`` and ``{1}`` for the arguments.
    python : str
        Expression in Python over ``math``.
    llvm : str
        A libm symbol, or an LLVM intrinsic if it starts with "llvm.".
    cost : int
        Rough cycles, for reports.
    """

    name: str
    code: int
    arity: int
    c: str
    python: str
    llvm: str
    cost: int


def _table() -> dict[str, Function]:
    libm = (
        "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log expm1 log1p erf erfc cbrt".split()
    )
    rows = [(name, 1, f"{name}({{0}})", f"math.{name}({{0}})", name, 20) for name in libm]
    rows += [
        ("gamma", 1, "tgamma({0})", "math.gamma({0})", "tgamma", 60),
        ("loggamma", 1, "lgamma({0})", "math.lgamma({0})", "lgamma", 60),
        ("sqrt", 1, "sqrt({0})", "math.sqrt({0})", "llvm.sqrt.f64", 15),
        ("abs", 1, "fabs({0})", "abs({0})", "llvm.fabs.f64", 1),
        ("floor", 1, "floor({0})", "math.floor({0})", "llvm.floor.f64", 2),
        ("ceil", 1, "ceil({0})", "math.ceil({0})", "llvm.ceil.f64", 2),
        ("sign", 1, "symnum_sign({0})", "_sign({0})", "", 3),
        ("min", 2, "symnum_min({0}, {1})", "_min({0}, {1})", "", 2),
        ("max", 2, "symnum_max({0}, {1})", "_max({0}, {1})", "", 2),
        ("mod", 2, "symnum_mod({0}, {1})", "_mod({0}, {1})", "", 20),
        ("atan2", 2, "atan2({0}, {1})", "math.atan2({0}, {1})", "atan2", 40),
    ]
    return {
        name: Function(name, Op.FUNCTION + i, arity, c, python, llvm, cost)
        for i, (name, arity, c, python, llvm, cost) in enumerate(rows)
    }


FUNCTIONS = _table()
FUNCTION_BY_CODE = {f.code: f for f in FUNCTIONS.values()}

# Term operation -> (tape operation, arguments swapped): "a > b" is "b < a".
COMPARISONS: dict[str, tuple[Op, bool]] = {
    "<": (Op.LESS, False),
    "<=": (Op.LESS_EQUAL, False),
    ">": (Op.LESS, True),
    ">=": (Op.LESS_EQUAL, True),
    "==": (Op.EQUAL, False),
    "!=": (Op.NOT_EQUAL, False),
}

#: Predicates of LLVM's ``fcmp``; a comparison with NaN is false, but for "not equal".
LLVM_PREDICATES = {int(Op.LESS): "olt", int(Op.LESS_EQUAL): "ole", int(Op.EQUAL): "oeq", int(Op.NOT_EQUAL): "une"}

#: Operations whose results are truth values.
BOOLEAN = frozenset((*LLVM_PREDICATES, int(Op.AND), int(Op.OR), int(Op.NOT)))
