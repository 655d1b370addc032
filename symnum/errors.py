"""The exception tree. Every error that symnum raises on purpose is one of these.

A message names what the user wrote, says why it cannot be taken, and shows the fix.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # pathlib takes a while to load, and is needed for annotations only
    from pathlib import Path


class SymnumError(Exception):
    """Base of all errors raised on purpose by symnum."""


class SymnumWarning(UserWarning):
    """Base of all warnings issued by symnum."""


class InputError(SymnumError, ValueError):
    """Something the user wrote or passed cannot be taken as it is."""


class ParseError(InputError):
    """Text that cannot be read as mathematics or as a model.

    Parameters
    ----------
    message : str
        What is wrong and how to put it right.
    text : str, optional
        The offending line.
    file : str or Path, optional
        File the text came from.
    line, column : int, optional
        One-based line and zero-based column of the fault.
    """

    def __init__(
        self,
        message: str,
        *,
        text: str | None = None,
        file: "str | Path | None" = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        self.reason = message
        self.text = text
        self.file = None if file is None else str(file)
        self.line = line
        self.column = column
        super().__init__(self._compose())

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the keyword arguments, which the default reduction would lose."""
        place = {"text": self.text, "file": self.file, "line": self.line, "column": self.column}
        return (_rebuild_parse_error, (type(self), self.reason, place))

    def _compose(self) -> str:
        place = ", ".join(
            part
            for part in (
                self.file or "",
                f"line {self.line}" if self.line is not None else "",
                f"column {self.column + 1}" if self.column is not None else "",
            )
            if part
        )
        message = f"{place}: {self.reason}" if place else self.reason
        if self.text is not None:
            message += "\n    " + _excerpt(self.text, self.column)
        return message


def _rebuild_parse_error(cls: type[ParseError], reason: str, place: dict[str, object]) -> ParseError:
    return cls(reason, **place)  # type: ignore[arg-type]


def _excerpt(text: str, column: int | None, width: int = 100) -> str:
    """Return a printable excerpt of one line with a caret under the fault."""
    start = 0 if column is None else max(0, column - width // 2)
    visible = text[start : start + width]
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in visible)
    if column is None:
        return shown
    return f"{shown}\n    {' ' * (column - start)}^"


class BudgetError(ParseError):
    """Text that exceeds a stated limit (characters, nesting, digits, exponents)."""


class UnknownNameError(InputError, KeyError):
    """A name that the model does not have; the message suggests close ones."""

    def __str__(self) -> str:
        """Show the message itself: `KeyError` would show its representation."""
        return str(self.args[0]) if self.args else ""


class DuplicateNameError(InputError):
    """One name given to two different things."""


class MissingValueError(InputError):
    """A parameter or an initial value that was never given.

    Attributes
    ----------
    names : tuple of str
        What has no value, where that is known.
    """

    names: tuple[str, ...] = ()


class ShapeError(InputError):
    """An array whose shape or type does not fit."""


class GridError(InputError):
    """A grid that does not suit what lives on it: too few cells for a stencil, or axes of another kind."""


class BoundaryError(InputError):
    """Boundary conditions that are none, or do not go together."""


class DivisionByZeroError(InputError, ZeroDivisionError):
    """A division by an exact zero."""


class NonlinearError(InputError):
    """Equations that should be linear in some symbols and are not."""


class SingularMatrixError(InputError, ArithmeticError):
    """A matrix without inverse, or equations without a single solution."""


class StructureError(InputError):
    """Equations that cannot determine their unknowns, whatever the numbers are.

    Attributes
    ----------
    equations, unknowns : tuple of str
        Those that are too many or left over, as far as they are known.
    """

    equations: tuple[str, ...] = ()
    unknowns: tuple[str, ...] = ()


class HigherIndexError(StructureError):
    """A differential-algebraic system of index two or more: hidden constraints must be made explicit first.

    Attributes
    ----------
    index : int
        The structural index.
    """

    index: int = 0


class ConditionError(SymnumError, TypeError):
    """A symbolic condition was used where Python needs True or False."""


class TracingError(ConditionError):
    """A function that cannot be called on symbols; the message names the line and the fix."""


class UnsupportedError(SymnumError):
    """A request that is understood and cannot be met; the message says why."""


class RuleError(ParseError):
    """A rewrite rule, or a file of them, that cannot be taken as it is written; gives the column."""


class RewriteError(SymnumError):
    """A rule or a predicate that failed on a term, or a strategy that does not come to an end.

    Parameters
    ----------
    message : str
    rule : str, optional
        Name of the rule.
    term : object, optional
        The term it was tried on.
    """

    def __init__(self, message: str, rule: str | None = None, term: object = None) -> None:
        self.rule, self.term = rule, term
        super().__init__(message)


class TimeLimitError(SymnumError, TimeoutError):
    """A computation on terms passed the time that it was given."""


class CompilationError(SymnumError):
    """Code generation or machine-code compilation failed."""


class CacheError(SymnumError):
    """The cache folder cannot be used safely."""


class IntegrationError(SymnumError):
    """A simulation could not even be started."""


class InitialValueError(IntegrationError):
    """Initial values that do not satisfy the algebraic equations, and cannot be made to, or should not.

    Attributes
    ----------
    equation : str
        The equation that is worst off.
    residual : float
        What is left of it.
    """

    equation: str = ""
    residual: float = 0.0


class EventError(IntegrationError):
    """Events that bring one another about at one time, without end."""


class CheckpointError(InputError):
    """A checkpoint that is damaged, or belongs to another model, other parameters or other options."""


class MissingDependencyError(SymnumError, ImportError):
    """An optional package is needed for this; the message names the extra that installs it."""


class needs:
    """Import an optional package within this context; where it is missing, `MissingDependencyError` says what to do.

    Parameters
    ----------
    message : str
        What needs the package, and which extra installs it.

    Examples
    --------
    >>> with needs('Plots need matplotlib; install the extra "plot".'):
    ...     import decimal
    """

    def __init__(self, message: str) -> None:
        self._message = message

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ImportError):
            raise MissingDependencyError(self._message) from error


class DeviceError(SymnumError, RuntimeError):
    """A device, or its driver, failed; the message says in what, and with which code."""


class MissingDeviceError(DeviceError):
    """A computation was asked of a device that this machine does not have, or that cannot be used."""


class DeviceMemoryError(DeviceError, MemoryError):
    """A computation needs more memory than a device has free; the message says how much."""


class ShadowedPackageError(SymnumError, ImportError):
    """Another package has taken the name of one of symnum's own.

    Parameters
    ----------
    package : str
        The name that is taken.
    found : str or None
        File of the foreign package; None when the package is missing altogether.
    expected : str
        Folder in which symnum's own package lies.
    """

    def __init__(self, package: str, found: str | None, expected: str) -> None:
        self.package, self.found, self.expected = package, found, expected
        if found is None:
            what = f"symnum needs its own package `{package}`, which is not beside it in {expected}"
            fix = "install symnum-modeling again"
        else:
            what = f"symnum needs its own package `{package}` in {expected}, but Python finds {found}"
            fix = f"rename or move that one, or put {expected} before it on sys.path"
        super().__init__(f"{what}: {fix}.")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the three facts that the message is made of."""
        return (type(self), (self.package, self.found, self.expected))


def suggest(name: str, known: list[str] | tuple[str, ...]) -> str:
    """Return a "did you mean" clause for a name that is not among the known ones.

    Examples
    --------
    >>> suggest("sigm", ["sigma", "rho"])
    ' Did you mean "sigma"?'
    """
    import difflib

    close = difflib.get_close_matches(name, known[:20_000], n=3, cutoff=0.6)
    if not close:
        return ""
    return " Did you mean " + " or ".join(f'"{c}"' for c in close) + "?"
