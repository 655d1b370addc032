"""What all trajectories of a model share: tables, kernels of general rates, values of rate constants.

For whoever runs many trajectories::

    p, y0 = sim.model.start(params=None, y0=None, time=0.0)
    plan = sim.event_plans.plan(events)                  # None where nothing happens but reactions
    method, reason = sim.choose_method("auto", p, y0)
    batches = Batches(sim.model, method, p, seed, plan)  # one for each thread, see `batches`
    out, codes = np.zeros((count, len(grid), len(y0))), np.zeros(count, np.int32)
    events = batches.run(first, (0.0, 10.0), y0, grid, out, codes)

Trajectory i is the same whatever thread and batch it is part of. ``Status(code)`` says how one ended that failed;
`layout.STOPPED`, equal to ``Status.SUCCESS``, is the end.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codegen.kernel import Context, Kernel
from codegen.system_tape import compile_system
from symnum.errors import InputError
from symnum.simulators.start_values import start_values
from symnum.systems.jump import JumpSystem
from symnum.systems.ode import ODESystem

if TYPE_CHECKING:
    from symnum.integrators.stochastic.approximate_registry import ApproximateMethod
    from symnum.integrators.stochastic.tables import JumpTables
    from symnum.integrators.stochastic.trajectory import Trajectory

__all__ = ["JumpModel", "RateGroup"]

Values = ArrayLike | Mapping[Any, Any] | None
Array = NDArray[np.float64]

_MOST_GROUPS = 48
_LARGEST = 2.0**53 - 1.0


@dataclass(frozen=True, eq=False)
class RateGroup:
    """General rates of one kernel.

    Attributes
    ----------
    reactions : tuple of int
    kernel : Kernel
    is_timed : bool
        Whether time is in one of them.
    """

    reactions: tuple[int, ...]
    kernel: Kernel
    is_timed: bool

    @property
    def address(self) -> int:
        """Address of the kernel."""
        return self.kernel.address


class JumpModel:
    """The compiled form of a jump system.

    Parameters
    ----------
    system : JumpSystem
    """

    is_counting = True
    """Whether states are whole numbers."""

    def __init__(self, system: JumpSystem) -> None:
        self.system = system

    # ------------------------------------------------------------------------------ values

    def start(self, params: Values = None, y0: Values = None, time: float = 0.0) -> tuple[Array, Array]:
        """Return parameters and initial populations.

        Raises
        ------
        InputError
            For a population that is negative, no whole number, or beyond 2^53; and as for other simulators.
        """
        p, y = start_values(self.system.carrier, params, y0, time)
        return p, whole_populations(y, self.system.state_names)

    def constants(self, p: Array) -> Array:
        """Return the values of the rate constants for parameters."""
        kernel = self._constants
        if kernel is None:
            return np.zeros(0)
        context = context_of(kernel, p)
        out = np.zeros(max(kernel.n_outputs, 1))
        kernel.call(0.0, p.ctypes.data, p.ctypes.data, context.address, out.ctypes.data)
        return out

    @functools.cached_property
    def _constants(self) -> Kernel | None:
        constants = self.system.propensities.constants
        return self.compiled(constants) if constants else None

    @functools.cached_property
    def observables(self) -> Kernel:
        """The kernel of the observables."""
        return self.compiled(list(self.system.observables.values()))

    def compiled(self, terms: Sequence[Any]) -> Kernel:
        """Compile terms in states, parameters and time to a kernel that writes them all."""
        s = self.system
        like = ODESystem(
            states=s.states,
            parameters=s.parameters,
            independent=s.independent,
            rhs=(0,) * len(s.states),
            observables={str(i): term for i, term in enumerate(terms)},
        )
        return compile_system(like, "observables")

    # ------------------------------------------------------------------------------ tables

    @functools.cached_property
    def groups(self) -> tuple[RateGroup, ...]:
        """General rates, together where they read the same states: only what may have changed is evaluated."""
        p = self.system.propensities
        together: dict[Any, list[int]] = {}
        for r in sorted(p.rates):
            key = (bool(p.time_dependent[r]), *p.reads[r].tolist())
            together.setdefault(key, []).append(r)
        lists = list(together.values())
        while len(lists) > _MOST_GROUPS:  # neighbours share: a kernel for each would take long to compile
            lists = [[r for part in lists[k : k + 2] for r in part] for k in range(0, len(lists), 2)]
        return tuple(
            RateGroup(tuple(r), self.compiled([p.rates[k] for k in r]), bool(p.time_dependent[r].any()))
            for r in lists
        )

    @functools.cached_property
    def tables(self) -> "JumpTables":
        """Tables for rate constants that are positive numbers."""
        from symnum.integrators.stochastic.tables import make_tables

        return make_tables(self.system.propensities, self.groups)

    def tables_for(self, constants: Array) -> "JumpTables":
        """Return tables for values of the rate constants: some may be negative, or no numbers."""
        good = (constants >= 0.0) & (constants < np.inf)
        if bool(np.all(good[: len(self.system.propensities.constants)])):
            return self.tables
        from symnum.integrators.stochastic.tables import make_tables

        index = self.system.propensities.constant_index
        return make_tables(self.system.propensities, self.groups, good[index])

    def trajectory(self, method: str, p: Array, seed: int = 0) -> "Trajectory":
        """Return memory for trajectories of one thread.

        Parameters
        ----------
        method : str
            Name of an exact method, or of an approximate one with its options.
        p : ndarray of float64
            Parameters; events change a copy.
        seed : int
            Between 0 and 2^64.
        """
        from symnum.integrators.stochastic.approximate_registry import approximate_method, is_approximate
        from symnum.integrators.stochastic.registry import exact_method
        from symnum.integrators.stochastic.trajectory import Trajectory

        approximate = approximate_method(method) if is_approximate(method) else None
        parameters = np.array(p)
        constants = self.constants(parameters)
        contexts = [context_of(group.kernel, parameters) for group in self.groups]
        made = Trajectory(
            self.tables_for(constants),
            approximate or exact_method(method),
            constants,
            parameters,
            [context.address for context in contexts],
            seed,
            (contexts, self),
        )
        made.keep(np.arange(len(self.system.states), dtype=np.int32))
        if approximate is not None:
            approximate.prepare(made, self.system.propensities)
            if approximate.needs_jacobian:
                self._prepare_jacobian(made, approximate)
        return made

    def _prepare_jacobian(self, made: "Trajectory", method: "ApproximateMethod") -> None:
        kernel, which = self._derivatives
        if kernel is None:
            method.prepare_jacobian(made, self.system.propensities, (0, 0, None), which)
            return
        context = context_of(kernel, made.parameters)
        addresses = (kernel.address, context.address, (kernel, context))
        method.prepare_jacobian(made, self.system.propensities, addresses, which)
        made.derivatives = kernel, context

    @functools.cached_property
    def _derivatives(self) -> tuple[Kernel | None, list[tuple[int, int]]]:
        """The kernel of the derivatives of general rates, and of which rate by which state each is."""
        from symnum.terms.differentiate import differentiate

        p, states = self.system.propensities, self.system.states
        which = [(r, int(s)) for r in sorted(p.rates) for s in p.reads[r]]
        terms = [differentiate(p.rates[r], states[s]) for r, s in which]
        return (self.compiled(terms) if terms else None), which

    def refresh(self, trajectory: "Trajectory") -> None:
        """Evaluate anew what depends on the parameters of a trajectory, after they have changed."""
        trajectory.set_constants(self.constants(trajectory.parameters))
        for group, context in zip(self.groups, trajectory.keep_alive[0], strict=True):
            group.kernel.evaluate_stage(trajectory.parameters, context)
        if trajectory.derivatives is not None:
            kernel, context = trajectory.derivatives
            kernel.evaluate_stage(trajectory.parameters, context)

    def __getstate__(self) -> dict[str, Any]:
        return {"system": self.system}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def context_of(kernel: Kernel, p: Array) -> Context:
    """Return memory for one thread, with what depends on parameters only evaluated."""
    context = Context()
    context.reserve(kernel)
    kernel.evaluate_stage(p, context)
    return context


def whole_populations(y: Array, names: Sequence[str]) -> Array:
    """Return populations as whole numbers, where rounding is all that keeps them from it.

    Raises
    ------
    InputError
        For one that is negative, no whole number, or beyond 2^53.
    """
    whole = np.rint(y)
    near = np.abs(whole - y) <= 1e-9 * np.maximum(np.abs(y), 1.0)
    wrong = np.flatnonzero(~(near & (whole >= 0) & (whole <= _LARGEST)))
    if len(wrong):
        i = int(wrong[0])
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise InputError(
            f'The population of "{names[i]}" begins at {y[i]:.10g}{more}; a stochastic simulation counts molecules '
            f'from 0 to 2^53. Give whole numbers: y0={{"{names[i]}": {max(float(whole[i]), 0.0):.0f}}}.'
        )
    return whole + 0.0  # without negative zeros
