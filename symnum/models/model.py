"""What all models share: immutability, values by name, display of limited size."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Self

from symnum.display import elide, html_table
from symnum.errors import UnknownNameError, suggest
from symnum.systems.ode import ODESystem

__all__ = ["Model"]

SHOWN = 20
"""Entries of a list that displays show."""

_WIDTH = 160
_SMALL, _SMALL_TEXT = 200, 10_000
_SHORT, _SHORT_WIDTH = 3, 160

LONGEST_ENTRY = 50_000_000
"""Characters of one expression; far beyond what a person would write, and short of filling the memory."""


class Model:
    """Base of the model classes.

    Attributes
    ----------
    name : str
        Shown in reports.
    states, parameters : tuple of Symbol
        In declaration order.
    independent : Symbol
        The independent variable.
    parameter_values, initial_values : tuple
        A number, a term in parameters, or None, for each parameter and state.
    observables : mapping of str to term
        Named quantities computed from states, parameters and the independent variable.
    t_span : tuple of float or None
        A good interval to simulate, where the model's author gave one.
    events : tuple of Event
        What happens on the way.
    """

    name: str
    parameters: tuple[Any, ...]
    independent: Any
    parameter_values: tuple[Any, ...]
    initial_values: tuple[Any, ...]
    observables: Mapping[str, Any]
    t_span: tuple[float, float] | None = None
    events: tuple[Any, ...] = ()

    @property
    def states(self) -> tuple[Any, ...]:
        """The states, in declaration order."""
        raise NotImplementedError

    @property
    def equations(self) -> Any:
        """The equations, a sequence."""
        raise NotImplementedError

    def system(self) -> ODESystem:
        """Return the model as a system of symbols, which is what simulators compile."""
        raise NotImplementedError

    def to_ode_system(self) -> ODESystem:
        """Return the model as a system of ordinary differential equations; the same as `system`."""
        return self.system()

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the states, in order."""
        return tuple(s.name for s in self.states)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters, in order."""
        return tuple(s.name for s in self.parameters)

    def __getitem__(self, name: Any) -> Any:
        """Return the symbol of a state, parameter or the independent variable, or the term of an observable.

        Raises
        ------
        UnknownNameError
            If the model has nothing of that name; the message suggests close ones.
        """
        key = getattr(name, "name", name)
        for symbol in (*self.states, *self.parameters, self.independent):
            if symbol.name == key:
                return symbol
        if key in self.observables:
            return self.observables[key]
        raise UnknownNameError(
            f'The model has no state, parameter or observable "{key}".'
            f"{suggest(str(key), self._ipython_key_completions_())}"
        )

    __iter__ = None  # a model can be looked up by name and is no sequence

    def _ipython_key_completions_(self) -> list[str]:
        """Return what can stand in ``model[...]``, for tab completion in IPython and Jupyter."""
        return [*self.state_names, *self.parameter_names, *self.observables]

    def with_t_span(self, start: float, stop: float) -> Self:
        """Return the same model with a suggested interval of simulation."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._set(t_span=(float(start), float(stop)))
        return other

    def with_events(self, events: Any) -> Self:
        """Return the same model with more events, see `symnum.event`.

        Raises
        ------
        UnknownNameError, InputError
            For names that the model does not have, and for what cannot be assigned to.
        """
        added = self.system().bind_events(events)
        if not added:
            return self
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._add_events((*self.events, *added))
        return other

    def _add_events(self, events: tuple[Any, ...]) -> None:
        self.__dict__.pop("_system", None)
        self._set(events=events)

    def _set(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(
            f"Models do not change once made, so .{name} cannot be set. "
            "Make a new one, or pass values where you simulate: sim.solve(..., y0={...}, params={...})."
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is computed on demand."""
        computed = {"reactions", "fluxes", "stoichiometry", "_system", "_laws"}
        return {k: v for k, v in self.__dict__.items() if k not in computed}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def _content(self) -> tuple[Any, ...]:
        """What equality compares; values are told apart by type, so that 1 and 1.0 differ."""
        return (
            self.states,
            self.parameters,
            self.independent,
            [(type(v), v) for v in self.parameter_values],
            [(type(v), v) for v in self.initial_values],
            dict(self.observables),
            self.events,
        )

    # ------------------------------------------------------------------------------------------- display

    _what_rows_are = "equations"

    def _summary(self) -> str:
        raise NotImplementedError

    def _rows(self) -> Any:
        """What a display lists: reactions or equations, a sequence."""
        raise NotImplementedError

    def to_text(self, *, limit: int | None = None, width: int = LONGEST_ENTRY) -> str:
        """Write the model in the text form that reads back."""
        raise NotImplementedError

    def __str__(self) -> str:
        """Write a small model in its text form, which reads back, and the beginning of all parts of a large one."""
        parts = (self.states, self.parameters, self.observables, self._rows())
        if sum(map(len, parts)) <= _SMALL:
            text = self.to_text(limit=_SMALL, width=_SMALL_TEXT + 1)
            if len(text) <= _SMALL_TEXT:
                return text
        note = f"# {self.name}: {self._summary()}; this is shortened, to_text() writes everything\n"
        return elide(note, 2 * _SHORT_WIDTH) + self.to_text(limit=_SHORT, width=_SHORT_WIDTH)

    def __repr__(self) -> str:
        rows = self._rows()
        lines = [f"<{type(self).__name__} {self.name}: {self._summary()}>"]
        lines += ["  " + elide(str(rows[i]), _WIDTH) for i in range(min(len(rows), SHOWN))]
        if len(rows) > SHOWN:
            lines.append(f"  … and {len(rows) - SHOWN:,} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:

        rows = self._rows()
        shown = [[str(i + 1), elide(str(rows[i]), _WIDTH)] for i in range(min(len(rows), SHOWN))]
        out = f"<p><b>{escape(self.name)}</b>: {escape(self._summary())}</p>"
        out += html_table(["", self._what_rows_are], shown, left=True)
        if len(rows) > SHOWN:
            out += f"<p>… and {len(rows) - SHOWN:,} more</p>"
        if any(v is not None for v in self.parameter_values):
            out += html_table(["parameter", "value"], _values(self.parameters, self.parameter_values), limit=SHOWN)
        return out

    def latex(self, *, limit: int | None = None) -> str:
        """Write the equations in LaTeX, as an ``aligned`` block without dollar signs.

        Parameters
        ----------
        limit : int, optional
            Greatest number of equations written, each in full. If left out, as many as one would read:
            at most 20, fewer where they are long, and long ones cut.
        """
        return str(self.equations.latex(limit=limit))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


def _values(symbols: Iterable[Any], values: Iterable[Any]) -> Iterable[list[str]]:
    return ([s.name, "" if v is None else elide(str(v), 60)] for s, v in zip(symbols, values))
