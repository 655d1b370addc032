"""How a program is called: which of its arguments are the time, the state, its derivative, and parameters."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from symnum.errors import InputError
from symnum.models.names import as_symbol, split_names

__all__ = ["Conventions", "ParameterValues", "conventions"]

_TIME = frozenset("t time tau _t".split())
_DERIVATIVE = frozenset("dy du dydt dudt dx dxdt dz out result derivative ydot udot dstate".split())
_PARAMETERS = frozenset("p params parameters par pars args theta".split())
_ROLES = ("t", "y", "dy", "p")


class Conventions(NamedTuple):
    """What the arguments of a program are.

    Attributes
    ----------
    roles : tuple of str
        Of each argument in order: "t", "y", "dy", "p" (all parameters together), the name of a state array or that
        of a parameter, or "" for what the argument's own name says.
    names : tuple of str
        Of the arguments.
    parameters : dict
        Parameters by name: a number, an array, or None.
    constants : dict
        Arguments that are no numbers and have a default value, which they keep.
    by_name : bool
        Whether some arguments can only be given by name.
    """

    roles: tuple[str, ...]
    names: tuple[str, ...]
    parameters: dict[str, Any]
    constants: dict[str, Any]
    by_name: bool = False

    @property
    def state_name(self) -> str:
        """The name of the argument that is the state."""
        return next((n for r, n in zip(self.roles, self.names, strict=True) if r == "y"), "y")


def conventions(
    function: Callable[..., Any], arguments: Any, parameters: Any, state_names: Sequence[str]
) -> Conventions:
    """Return what the arguments of a program are, by their names or as told.

    Parameters
    ----------
    function : callable
    arguments : str, sequence of str, or None
        The roles, if the user gave them.
    parameters : mapping, str, sequence or None
    state_names : sequence of str
        Names of the arrays of the state, if they have any.

    Raises
    ------
    InputError
        If there is an argument for the state missing, or too many roles.
    """
    try:
        given = inspect.signature(function)
    except (TypeError, ValueError):
        raise InputError(
            f"{function!r} is no Python function whose arguments can be seen; give a right-hand side, def f(t, u): ..."
        ) from None
    signature = [p for p in given.parameters.values() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    names = [p.name for p in signature]
    defaults = {p.name: p.default for p in signature if p.default is not p.empty}
    single = {n for n, value in defaults.items() if _is_value(value)}
    if arguments is not None:
        roles = _given_roles(arguments, names)
    else:
        roles = _guessed(names, parameters, state_names, single)
    values, constants = _values(roles, names, parameters, defaults, state_names)
    if "y" not in roles and not set(state_names) & {r or n for r, n in zip(roles, names, strict=True)}:
        raise InputError(
            f"{getattr(function, '__name__', 'the function')}({', '.join(names)}) has no argument for the state; say "
            'which one is: arguments="t y p" in the order of its arguments ("dy" for a derivative to be filled in).'
        )
    by_name = any(p.kind is p.KEYWORD_ONLY for p in signature)
    return Conventions(tuple(roles), tuple(names), values, constants, by_name)


def _given_roles(arguments: Any, names: list[str]) -> list[str]:
    roles = arguments.replace(",", " ").split() if isinstance(arguments, str) else list(arguments)
    if len(roles) > len(names):
        raise InputError(
            f"arguments names {len(roles)} arguments ({', '.join(roles)}) of a function that takes {', '.join(names)}."
        )
    return [*roles, *names[len(roles) :]]


def _guessed(names: list[str], parameters: Any, state_names: Sequence[str], single: set[str]) -> list[str]:
    """Return what arguments are by their names; those in `single` have a number for default, so they hold one."""
    known = set(parameters) if isinstance(parameters, Mapping) else set()
    roles = ["t" if n in _TIME else "" for n in names]
    rest = [k for k, n in enumerate(names) if n not in _TIME and n not in state_names]
    if len(rest) > 1 - bool(state_names) and names[rest[0]] in _DERIVATIVE:
        roles[rest.pop(0)] = "dy"
    elif len(rest) == len(names) > 1 and names[1] not in _PARAMETERS and names[1] not in known:
        roles[rest.pop(0)] = "t"  # no argument is called a time: SciPy's order
    if rest and not set(state_names) & set(names):
        roles[rest.pop(0)] = "y"
    if len(rest) == 1 and names[rest[0]] not in known | single:
        is_one = parameters is None or isinstance(parameters, str)
        roles[rest[0]] = "" if is_one and names[rest[0]] not in _PARAMETERS else "p"
    return roles


def _values(
    roles: list[str], names: list[str], parameters: Any, defaults: dict[str, Any], state_names: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    constants = {}
    if isinstance(parameters, Mapping):
        values = {as_symbol(k).name: v for k, v in parameters.items()}
    elif parameters is None:
        together = [defaults.get(n) for r, n in zip(roles, names, strict=True) if r == "p"]
        values = {str(k): v for k, v in together[0].items()} if together and isinstance(together[0], Mapping) else {}
    elif isinstance(parameters, str) or not all(isinstance(v, int | float | np.number) for v in parameters):
        values = {s.name: None for s in split_names(parameters)}
    else:
        label = names[roles.index("p")] if "p" in roles else "p"
        values = {f"{label}{k}": v for k, v in enumerate(parameters)}
    for name, value in values.items():
        if value is not None and np.asarray(value).dtype.kind not in "biuf":
            raise InputError(f"the parameter {name} is {value!r}; give a number, or an array of numbers.")
    for role, name in zip(roles, names, strict=True):
        label = role or name
        if role in _ROLES or label in state_names or label in values:
            continue
        default = defaults.get(name)
        if name in defaults and not _is_value(default):
            constants[name] = default
        else:
            values[label] = default
    return values, constants


def _is_value(value: Any) -> bool:
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return is_number or (isinstance(value, np.ndarray) and value.dtype.kind in "iuf")


class ParameterValues:
    """All parameters together, in the form in which programs expect them: by position, name or attribute.

    Parameters
    ----------
    values : mapping of str to term or array
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key not in self._values:
                raise InputError(f'there is no parameter "{key}"; there are {", ".join(self._values)}.')
            return self._values[key]
        return list(self._values.values())[key]

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("_values", {})
        if name in values:
            return values[name]
        raise AttributeError(f"there is no parameter {name!r}; there are {', '.join(values) or 'none'}")

    def __array_ufunc__(self, *_: Any, **__: Any) -> Any:
        """Refuse to be computed with: these are several numbers, each with a name."""
        names = list(self._values)
        fix = f'take one of them, p["{names[0]}"] or p[0]' if names else 'give them: parameters={"k": 1.0}'
        raise InputError(
            f"the argument p holds all parameters together ({', '.join(names) or 'there are none'}), and the program "
            f'computes with it as with one number: {fix}; or say that it is one: arguments="t y k", parameters='
            '{"k": 1.0}'
        )

    def _refuse(self, *_: Any) -> Any:
        return self.__array_ufunc__()

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Any:
        return iter(self._values.values())

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter, or something else if there is none of that name."""
        return self._values.get(name, default)
