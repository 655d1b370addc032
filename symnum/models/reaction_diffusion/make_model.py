"""`sn.reaction_diffusion`: from equations, text or a reaction network to a model of fields on a grid."""

from collections.abc import Iterable, Mapping
from typing import Any

from symnum.errors import DuplicateNameError, InputError, UnsupportedError
from symnum.models.model import Model
from symnum.models.names import as_symbol
from symnum.models.reaction_diffusion.build_model import ModelBuilder
from symnum.models.reaction_diffusion.grid import Grid
from symnum.models.reaction_diffusion.model import ReactionDiffusionModel
from symnum.models.reaction_diffusion.read_equations import EquationRow, read_rows, sort_rows
from symnum.models.reaction_diffusion.read_text import FieldText
from symnum.models.values import merge_definitions

__all__ = ["reaction_diffusion"]

ORDERS = (2, 4, 6)

_SURE = 32
"""Cells of an axis beyond which hardly any operators reach."""


def reaction_diffusion(
    equations: Any,
    *,
    grid: Grid | Mapping[str, Any] | None = None,
    diffusion: Mapping[Any, Any] | None = None,
    boundary: Any = None,
    initial: Any = None,
    parameters: Mapping[Any, Any] | str | Iterable[Any] | None = None,
    definitions: Mapping[Any, Any] | None = None,
    observables: Mapping[str, Any] | None = None,
    independent: Any = None,
    order: int | None = None,
    units: Mapping[str, str] | None = None,
    initial_values: Any = None,
    name: str | None = None,
    file: str | None = None,
) -> ReactionDiffusionModel:
    """Make a model of fields on a grid.

    Parameters
    ----------
    equations : Eq, iterable of Eq or text, mapping, str, ReactionNetwork or ODEModel
        ``sn.Eq(D(u, t), Du*laplacian(u) + u*(1 - u))``, several of them, ``{"u": "Du*laplacian(u) + u*(1 - u)"}``, or
        text with an equation (or a reaction) on each line and, if wanted, sections: ``grid``, ``parameters``,
        ``diffusion``, ``boundary``, ``initial``, ``observables``, ``order``, as `ReactionDiffusionModel.to_text` writes
        them. In text ``u_xx`` is a derivative in space too. An equation with a name alone on its left, ``mu = u^3 -
        u``, says what the name stands for. A network or equations without space become the reactions of the same number
        of fields.
    grid : Grid, or mapping of axes as for `Grid`
    diffusion : mapping, optional
        Diffusivities by field, each adding ``divergence(D*gradient(u))``: a number, term or text (in coordinates,
        parameters, fields), one for each axis, a matrix, or an array with a number for each cell.
    boundary : condition or mapping, optional
        One condition for all fields and sides, or by field, side, or (field, side): `dirichlet`, `neumann`, `robin`,
        "periodic", "no-flux", or a number, the value at the side. Sides are ``"x-"``, ``"x+"``, ``"x"`` for both, or
        "left", "right", "bottom", "top", "back", "front". By default nothing flows through a side. Definitions may have
        conditions as well.
    initial, initial_values : mapping or array, optional
        Initial values by field: numbers, terms or text in coordinates and parameters, with `normal_noise` and
        `uniform_noise`; arrays of the grid's shape; functions of arrays of coordinates. Two names for the same.
    parameters : mapping, str or iterable, optional
        Default values by name, or names alone. A value may be a term in coordinates or time, or an array with a number
        for each cell. If left out, every name without another meaning is a parameter without a value.
    definitions : mapping, optional
        Names for terms in fields, ``{"mu": "u^3 - u - laplacian(u)"}``.
    observables : mapping of str to term or text, optional
        Integrals over the domain, ``{"mass": "integral(u)"}``, and means; times numbers and parameters, and added.
    independent : Symbol or str, optional
        Time; "t" if not given.
    order : {2, 4, 6}, optional
        Of the differences: 2, the default, is finite volumes, which conserve what the equations conserve.
    units : mapping of str to str, optional
        Units of fields, for displays.
    name : str, optional
        Shown in reports.
    file : str, optional
        Where a text came from, for messages.

    Raises
    ------
    UnknownNameError
        For names that the model does not have; the message suggests close ones.
    DuplicateNameError
        If a name has two meanings, or a side two conditions.
    BoundaryError
        For boundary conditions that are none, or do not go together.
    ShapeError
        For vectors where scalars belong, and for arrays that do not fit the grid.
    GridError
        If an axis has too few cells for the operators.
    InputError
        For negative diffusivities, numbers that are not finite, and text that cannot be read (`ParseError`).

    Examples
    --------
    >>> import symnum as sn
    >>> u, t, Du = sn.symbols("u t Du")
    >>> grid = sn.Grid(x=(0, 1, 64), y=(0, 1, 64))
    >>> fisher = sn.Eq(sn.D(u, t), Du * sn.laplacian(u) + u * (1 - u))
    >>> sn.reaction_diffusion(fisher, grid=grid, parameters={"Du": 1e-3}, initial={"u": "exp(-100*(x^2 + y^2))"})
    <ReactionDiffusionModel fields: 1 field on 64×64 cells, 1 parameter>
      D(u, t) = Du*laplacian(u) + u*(-u + 1)
    """
    arguments = dict(locals())
    if initial is not None and initial_values is not None:
        raise InputError("initial= and initial_values= are two names for the same; give one of them.")
    text = FieldText(equations, file) if isinstance(equations, str) else None
    base = _base(equations, text, file)
    time = _time(independent, text, base)
    space = _grid(grid, text)
    if base is not None:
        rows = _network_rows(base)
    else:
        rows = read_rows(equations if text is None else text.equations, time.name, space)
    sections: Any = text.definitions if text is not None else _no_section
    is_open = parameters is None and (text is None or "parameters" not in text.sections)
    if base is not None:
        parameters = _merged(base, parameters, sections("parameters"), space)
    start = initial if initial is not None else initial_values
    made = ModelBuilder(
        grid=space,
        time=time,
        rows=sort_rows(rows, time.name),
        definitions=merge_definitions(definitions, {}, "definition"),
        parameters=merge_definitions(parameters, sections("parameters"), "parameter"),
        is_open=is_open,
        observables=merge_definitions(observables or {}, sections("observables"), "observable"),
        diffusion=_both(diffusion, sections("diffusion") or None, "diffusion"),
        boundary=_both(boundary, text.boundary() if text is not None else None, "boundary"),
        initial=_initial(start, sections("initial"), base),
        order=_order(order, text),
        units={str(getattr(key, "name", key)): unit for key, unit in (units or {}).items()},
        name=name or (base.name if base is not None else "fields"),
    ).model()
    if min(space.shape) < _SURE:  # operators may reach over more cells than there are: better said now than later
        made.system()
    made._set(arguments=arguments)
    return made


def _time(independent: Any, text: FieldText | None, base: Model | None) -> Any:
    if independent is None and text is not None:
        independent = text.independent()
    if independent is None and base is not None:
        independent = base.independent
    return as_symbol("t" if independent is None else independent)


def _both(given: Any, written: Any, what: str) -> Any:
    if given is not None and written is not None:
        raise DuplicateNameError(f"{what}= is given, and the text has a section {what}: as well. Remove one of them.")
    return written if given is None else given


def _grid(grid: Any, text: FieldText | None) -> Grid:
    found = _both(grid, text.grid() if text is not None else None, "grid")
    if isinstance(found, Mapping):
        found = Grid(**found)
    if not isinstance(found, Grid):
        shown = "is missing" if found is None else f"is {found!r:.60}, which is no grid"
        raise InputError(f"grid= {shown}. Give the axes and their cells: grid=sn.Grid(x=(0, 1, 64), y=(0, 1, 64)).")
    return found


def _order(order: int | None, text: FieldText | None) -> int:
    found = _both(order, text.order() if text is not None else None, "order")
    if found is None:
        return 2
    if found not in ORDERS or isinstance(found, bool):
        raise InputError(f"order={found!r} is no order of differences; choose 2, 4 or 6.")
    return int(found)


def _initial(given: Any, written: Mapping[str, Any], base: Model | None) -> Any:
    """Join initial values from the arguments, the text and the network; what was passed wins."""
    own = {s: v for s, v in zip(base.states, base.initial_values) if v is not None} if base is not None else {}
    if not isinstance(given, Mapping):
        return given if given is not None else {**own, **{k: v for k, v in written.items() if v is not None}}
    passed = {str(getattr(key, "name", key)) for key in given}
    rest = {key: v for key, v in {**own, **written}.items() if str(key) not in passed and v is not None}
    return {**rest, **given}


def _base(equations: Any, text: FieldText | None, file: str | None) -> Model | None:
    """Return the model without space that gives the rates, if there is one."""
    if text is not None and text.is_network:
        from symnum.models.reaction_network import reaction_network

        return reaction_network(text.network(), file=file)
    if isinstance(equations, ReactionDiffusionModel):
        raise InputError(
            "This model is on a grid already. For another grid make it from its text: "
            "sn.reaction_diffusion(text, grid=...), with the text of model.to_text() but for its section grid."
        )
    return equations if isinstance(equations, Model) else None


def _network_rows(base: Model) -> list[EquationRow]:
    """Return the rates of change of a model without space."""
    if base.events:
        raise UnsupportedError(f'The model "{base.name}" has events, which fields cannot have yet. Make it without.')
    system: Any = base.system()
    if getattr(system, "mass", None) is not None:
        raise UnsupportedError(f'The model "{base.name}" has algebraic equations, which fields cannot have yet.')
    return [EquationRow(s, True, None, rate) for s, rate in zip(system.states, system.rhs, strict=True)]


def _merged(base: Model, parameters: Any, written: Mapping[str, Any], grid: Grid) -> dict[Any, Any]:
    """Return the parameters of a model without space, with other values for some, and more of them.

    What is called like an axis and has no value is the coordinate.
    """
    given = merge_definitions(parameters, written, "parameter")
    own = dict(zip(base.parameter_names, base.parameter_values, strict=True))
    return {**{k: v for k, v in own.items() if v is not None or k not in grid.axis_names}, **given}


def _no_section(_name: str) -> dict[str, Any]:
    return {}
