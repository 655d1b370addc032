"""The steps from what a user wrote about fields to a model: names, terms, conditions, values."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import DuplicateNameError, InputError, UnknownNameError, suggest
from symnum.models.names import as_symbol, first_cycle
from symnum.models.reaction_diffusion import operators
from symnum.models.reaction_diffusion.diffusivity import check_number, read_diffusion
from symnum.models.reaction_diffusion.field_scope import FieldScope
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.make_problem import inlined, inlined_boundary, make_problem
from symnum.models.reaction_diffusion.model import ReactionDiffusionModel
from symnum.models.reaction_diffusion.parameter_values import known_numbers, sort_parameters
from symnum.models.reaction_diffusion.read_boundary import read_boundary
from symnum.models.reaction_diffusion.read_equations import Rows, read_side, solve_row
from symnum.models.reaction_diffusion.read_initial import initial_functions, read_initial_fields
from symnum.models.values import read_values
from symnum.terms.canonical import Symbol, add
from symnum.terms.traverse import free_symbols

__all__ = ["ModelBuilder"]

_SAMPLES = 9


class ModelBuilder:
    """Makes a model of what was written; the arguments are those of `symnum.reaction_diffusion`, sorted."""

    def __init__(
        self,
        *,
        grid: Grid,
        time: Any,
        rows: Rows,
        definitions: Mapping[str, Any],
        parameters: Mapping[str, Any],
        is_open: bool,
        observables: Mapping[str, Any],
        diffusion: Any,
        boundary: Any,
        initial: Any,
        order: int,
        units: dict[str, str],
        name: str,
    ) -> None:
        operators.register_operators()
        self.grid, self.time, self.rows, self.order, self.units, self.name = grid, time, rows, order, units, name
        self.fields = tuple(rows.fields)
        self.given_diffusion, self.given_boundary, self.given_initial = diffusion, boundary, initial
        self.given_observables = dict(observables)
        self._check_units()
        self.is_open = is_open
        for key in definitions:
            if key in rows.definitions:
                raise DuplicateNameError(f'The name "{key}" is defined by an equation and in definitions=. Remove one.')
        changing = [*(f.name for f in self.fields), *grid.axis_names, time.name, *rows.definitions, *definitions]
        self._check_distinct(parameters, [*rows.definitions, *definitions])
        self.sorted = sort_parameters(parameters, grid, changing)
        self.written = {**rows.definitions, **definitions, **self.sorted.varying}
        self.found: dict[str, Any] = {}

    def model(self) -> ReactionDiffusionModel:
        """Return the model."""
        scope = self._scope(fields=True)
        sides = {f: self._right_hand_side(f, scope) for f in self.fields}
        terms = {as_symbol(k): read_side(v, scope, f'the definition of "{k}"') for k, v in self.written.items()}
        made = {as_symbol(k): read_side(v, scope, f'the observable "{k}"') for k, v in self.given_observables.items()}
        self._check_definitions({**terms, **made})
        diffusion = read_diffusion(self.given_diffusion, self.fields, self.grid, scope, self._is_constant(terms))
        sides = {f: add([f_, diffusion.terms[f]]) if f in diffusion.terms else f_ for f, f_ in sides.items()}
        arrays = {**self.sorted.arrays, **diffusion.arrays}
        boundary = self._boundary(terms, arrays)
        initial = self._initial(terms)
        parameters, values = self._parameters()
        entries = self._diffusivities(diffusion.coefficients, terms)
        self._check_signs(entries, parameters, values)
        problem = make_problem(
            grid=self.grid,
            time=self.time,
            order=self.order,
            sides=sides,
            definitions=terms,
            observables=made,
            boundary=inlined_boundary(boundary, terms, self.fields),
            arrays=arrays,
            parameters=parameters,
        )
        return ReactionDiffusionModel(
            name=self.name,
            grid=self.grid,
            fields=self.fields,
            right_hand_sides=tuple(sides.values()),
            definitions=terms,
            boundary=boundary,
            order=self.order,
            units=self.units,
            arrays=arrays,
            parameters=parameters,
            parameter_values=tuple(values),
            observables={s.name: term for s, term in made.items()},
            independent=self.time,
            initial_terms=initial.terms,
            initial_arrays=initial.arrays,
            initial_written=initial.written,
            diffusivities=tuple((f'The diffusivity of "{field}"', term) for field, _, term in entries),
            problem=problem,
        )

    # Names ------------------------------------------------------------------------------------

    def _check_distinct(self, parameters: Iterable[str], definitions: Iterable[str]) -> None:
        """Refuse one name for two things."""
        meanings: dict[str, str] = {self.time.name: "the independent variable"}
        groups: list[tuple[str, Iterable[str]]] = [
            ("an axis of the grid", self.grid.axis_names),
            ("a field", (f.name for f in self.fields)),
            ("a definition", definitions),
            ("a parameter", parameters),
            ("an observable", self.given_observables),
        ]
        for what, names in groups:
            for name in names:
                if name in meanings:
                    fix = (
                        "give the axis another name: Grid(X=...)" if "axis" in meanings[name] else "rename one of them"
                    )
                    raise DuplicateNameError(f'"{name}" is {meanings[name]} and also {what}; {fix}.')
                meanings[name] = what

    def _check_units(self) -> None:
        names = [f.name for f in self.fields]
        for key in self.units:
            if key not in names:
                raise UnknownNameError(
                    f'units= names "{key}", which is no field; there are {", ".join(names)}.{suggest(key, names)} '
                    "Units of axes belong to the grid: Grid(x=(0, 1, 100), units={...})."
                )

    def _known(self, fields: bool) -> dict[str, Any]:
        names = [*self.grid.axis_names, self.time.name, *self.sorted.plain, *self.sorted.arrays, *self.found]
        names += self.written
        if fields:
            names += [*(f.name for f in self.fields), *self.given_observables]
        return {name: Symbol(name) for name in names}

    def _scope(self, *, fields: bool, refused: str = "", functions: Any = None, free: Iterable[Any] = ()) -> FieldScope:
        more = {f.name: f for f in free}
        own = [] if fields else [*(f.name for f in self.fields), *self.given_observables]
        scope = FieldScope(
            {**self._known(fields), **more},
            self.grid,
            {f.name: f for f in self.fields},
            refused={n: refused.format(name=n) for n in own if n not in more},
            functions=functions,
            what="a field, coordinate, parameter or definition" if fields else "a coordinate or parameter",
            is_open=self.is_open,
            fix='If it is a parameter, declare it: parameters={{"{name}": 1.0, ...}}.',
        )
        scope.found = self.found
        return scope

    def _parameters(self) -> tuple[tuple[Any, ...], list[Any]]:
        """Return the parameters that are numbers, those that were only used among them, and their values."""
        names = dict.fromkeys([*self.sorted.plain, *self.found])
        symbols = tuple(Symbol(name) for name in names)
        return symbols, read_values(symbols, self.sorted.plain)

    # Terms ------------------------------------------------------------------------------------

    def _right_hand_side(self, field: Any, scope: FieldScope) -> Any:
        row = self.rows.fields[field]
        right = read_side(row.right, scope, f"the equation for {field.name}")
        if row.left is None:
            return right
        left = read_side(scope.with_derivatives(row.left), scope, f"the equation for {field.name}")
        return solve_row(left, right, field, self.time.name)

    def _check_definitions(self, terms: Mapping[Any, Any]) -> None:
        cycle = first_cycle({s.name: s for s in terms}, {s.name: term for s, term in terms.items()})
        if cycle is not None:
            raise InputError(
                "The definitions go round in a circle: " + " needs ".join(f'"{n}"' for n in cycle) + ". Write one of "
                "them in fields and parameters."
            )

    def _is_constant(self, terms: Mapping[Any, Any]) -> Any:
        """Return a test whether a term is the same in all cells."""
        moving = {*self.fields, *self.grid.coordinates, *(Symbol(name) for name in self.sorted.arrays)}

        def is_constant(term: Any) -> bool:
            return moving.isdisjoint(free_symbols(inlined(term, terms)))

        return is_constant

    # Conditions and values --------------------------------------------------------------------

    def _boundary(self, terms: Mapping[Any, Any], arrays: dict[str, NDArray[np.float64]]) -> Any:
        refused = '"{name}", an integral, stands in a boundary condition; these hold at one place.'
        scope = self._scope(fields=False, refused=refused, free=self.fields)
        return read_boundary(
            self.given_boundary,
            grid=self.grid,
            fields=[f.name for f in self.fields],
            definitions=[s.name for s in terms],
            scope=scope,
            arrays=arrays,
        )

    def _initial(self, terms: Mapping[Any, Any]) -> Any:
        refused = '"{name}" stands in an initial value, which depends on coordinates, parameters and other fields.'
        scope = self._scope(fields=False, refused=refused, functions=initial_functions(), free=self.fields)
        return read_initial_fields(self.given_initial, self.fields, self.grid, scope, self.time, terms)

    def _diffusivities(self, coefficients: Mapping[Any, Any], terms: Mapping[Any, Any]) -> list[tuple[Any, Any, Any]]:
        """Return fields, diffusivities that are no plain numbers, as written, and in parameters and coordinates."""
        out: list[tuple[Any, Any, Any]] = []
        for field, entries in coefficients.items():
            square = len(entries) == self.grid.dimensions**2
            chosen = entries[:: self.grid.dimensions + 1] if square else entries
            out += [(field, entry, inlined(entry, terms)) for entry in chosen if free_symbols(entry)]
        return out

    def _check_signs(self, entries: list[tuple[Any, Any, Any]], parameters: Any, values: Any) -> None:
        """Refuse diffusivities that are negative for the default values, at some points of the grid."""
        from symnum.terms.evaluate import evaluate

        known: dict[Any, Any] = {**known_numbers(parameters, values, {}), self.time: 0.0}
        chosen = [np.linspace(0, n - 1, min(_SAMPLES, n)).round().astype(int) for n in self.grid.shape]
        varying = dict(zip(self.grid.axis_names, self.grid.mesh(), strict=True)) | self.sorted.arrays
        for name, numbers in varying.items():
            places = [c if n > 1 else [0] for c, n in zip(chosen, numbers.shape, strict=True)]
            known[Symbol(name)] = numbers[np.ix_(*places)]
        for field, entry, term in entries:
            if all(s in known for s in free_symbols(term)):
                check_number(field.name, float(np.min(np.real(evaluate(term, known)))), of=entry)
