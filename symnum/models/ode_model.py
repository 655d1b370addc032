"""Ordinary differential equations as a model."""

from functools import cached_property
from typing import Any

from symnum.models.equations import Equations
from symnum.models.implicit_equations import Written
from symnum.models.model import LONGEST_ENTRY, Model
from symnum.systems.ode import ODESystem

__all__ = ["ODEModel"]


class ODEModel(Model):
    """Ordinary differential equations: an immutable model.

    Made by `symnum.ode_system`, `symnum.read_model` and the functions of `symnum.models.library`.

    Parameters
    ----------
    system : ODESystem
        The equations with all that belongs to them.
    """

    def __init__(self, system: ODESystem, written: Written | None = None) -> None:
        self._set(
            _ode=system,
            _written=written,
            name=system.name,
            parameters=system.parameters,
            parameter_values=system.parameter_values,
            initial_values=system.initial_values,
            independent=system.independent,
            observables=system.observables,
        )

    _ode: ODESystem
    _written: Written | None = None

    @property
    def states(self) -> tuple[Any, ...]:
        """The states, in declaration order; of the algebraic unknowns those that no equation gives explicitly."""
        return self._ode.states

    @property
    def algebraic_states(self) -> tuple[Any, ...]:
        """The states that algebraic equations determine."""
        return self._ode.algebraic_states

    @property
    def eliminated(self) -> dict[str, Any]:
        """Algebraic unknowns that became expressions in the states, by name; solutions have them as observables."""
        return dict(self._ode.eliminated)

    @cached_property
    def _summary_text(self) -> str:
        algebraic, eliminated = len(self.algebraic_states), len(self._ode.eliminated)
        states = f"{len(self.states):,} states" + (f" ({algebraic:,} algebraic)" if algebraic else "")
        gone = f"{eliminated:,} eliminated, " if eliminated else ""
        return f"{states}, {gone}{len(self.parameters):,} parameters"

    def _add_events(self, events: tuple[Any, ...]) -> None:
        self._set(events=events, _ode=self._ode.replace_events(events))

    def system(self) -> ODESystem:
        """Return the model as a system of symbols, which is what simulators compile."""
        return self._ode

    @property
    def equations(self) -> Equations:
        """The equations as written, a sequence of ``D(x) = ...`` and, with algebraic ones, others."""
        return Equations(self._ode, None if self._written is None else self._written.equations)

    def to_text(self, *, limit: int | None = None, width: int = LONGEST_ENTRY) -> str:
        """Write the equations in the text form that `sn.ode_system` and `sn.read_model` read.

        Parameters
        ----------
        limit : int, optional
            Greatest number of entries in each section; a comment says what was left out.
        width : int
            Greatest length of an entry where `limit` is given; longer ones are cut.
        """
        from symnum.models.reaction_network.write_text import event_comments, write_definitions, write_section

        lines = write_definitions(_AsWritten(self) if self._written else self, limit, width)
        if self.independent.name != "t":
            lines.insert(0, f"independent: {self.independent}")
        equations = self.equations
        entries = (equations.line(i, width) for i in range(len(equations)))
        lines += write_section("equations", entries, len(equations), limit, width=width)
        lines += event_comments(self.events, width)
        return "\n".join(lines) + "\n"

    def _summary(self) -> str:
        return self._summary_text

    def _rows(self) -> Any:
        return _Lines(self.equations)

    def __eq__(self, other: object) -> bool:
        """Whether two models are written alike; the name does not count."""
        if not isinstance(other, ODEModel):
            return NotImplemented
        return self is other or (
            self._content() == other._content()
            and self._ode.rhs == other._ode.rhs
            and self._ode.mass == other._ode.mass
            and self._ode.parts == other._ode.parts
            and self._ode.eliminated_initial == other._ode.eliminated_initial
        )

    def __hash__(self) -> int:
        return hash((self.states, self.parameters))


class _AsWritten:
    """A differential-algebraic model with all its unknowns, for writing it down."""

    def __init__(self, model: ODEModel) -> None:
        written = model._written
        assert written is not None
        self.parameters, self.parameter_values = model.parameters, model.parameter_values
        self.states = written.unknowns
        self.initial_values = tuple(written.initial.get(s.name) for s in written.unknowns)
        self.observables = written.observables


class _Lines:
    """Equations as lines of text, made when looked at."""

    def __init__(self, equations: Equations) -> None:
        self._equations = equations

    def __len__(self) -> int:
        return len(self._equations)

    def __getitem__(self, index: int) -> str:
        return self._equations.line(index)
