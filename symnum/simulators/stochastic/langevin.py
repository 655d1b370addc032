"""Simulators of stochastic differential equations, the chemical Langevin equation among them."""

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symnum.errors import InputError, UnsupportedError
from symnum.simulators.start_values import start_values
from symnum.simulators.stochastic.model import JumpModel, RateGroup, Values, context_of
from symnum.simulators.stochastic.simulator import StochasticSimulator
from symnum.systems.sde import SDESystem

if TYPE_CHECKING:
    from symnum.integrators.stochastic.trajectory import Trajectory

__all__ = ["LangevinModel", "LangevinSimulator"]

Array = NDArray[np.float64]


class LangevinModel(JumpModel):
    """The compiled form of stochastic differential equations: the tables of a jump system, at real-valued states.

    Parameters
    ----------
    system : SDESystem
    """

    system: SDESystem
    is_counting = False

    def __init__(self, system: SDESystem) -> None:
        super().__init__(system)

    def start(self, params: Values = None, y0: Values = None, time: float = 0.0) -> tuple[Array, Array]:
        """Return parameters and initial states.

        Raises
        ------
        InputError
            For a negative population in a chemical Langevin equation; and as for other simulators.
        """
        p, y = start_values(self.system.carrier, params, y0, time)
        if self.system.is_chemical and np.any(y < 0.0):
            i = int(np.argmin(y))
            raise InputError(f'The population of "{self.system.state_names[i]}" begins at {y[i]:.10g}, below 0.')
        return p, y

    @functools.cached_property
    def groups(self) -> tuple[RateGroup, ...]:
        """General rates in one kernel: all of them are evaluated at every step."""
        p = self.system.propensities
        rates = sorted(p.rates)
        if not rates:
            return ()
        kernel = self.compiled([p.rates[r] for r in rates])
        return (RateGroup(tuple(rates), kernel, bool(p.time_dependent.any())),)

    def trajectory(self, method: str, p: Array, seed: int = 0) -> "Trajectory":
        """Return memory for trajectories of one thread; `method` is a name of `sde_registry`, with its options."""
        from symnum.integrators.stochastic.sde_registry import sde_method
        from symnum.integrators.stochastic.trajectory import Trajectory

        chosen, parameters = sde_method(method), np.array(p)
        constants = self.constants(parameters)
        contexts = [context_of(group.kernel, parameters) for group in self.groups]
        made = Trajectory(
            self.tables_for(constants),
            chosen,
            constants,
            parameters,
            [context.address for context in contexts],
            seed,
            (contexts, self),
        )
        s = self.system
        made.keep(np.arange(len(s.states), dtype=np.int32))
        chosen.prepare_equations(made, s.propensities, s.columns, s.roles, s.is_chemical)
        return made


class LangevinSimulator(StochasticSimulator):
    """Compiled stochastic differential equations.

    Trajectories and ensembles are asked for as those of a `StochasticSimulator`. Methods are "euler_maruyama",
    "milstein" (noise that commutes) and "platen" (of weak order 2), each with a step, ``"platen(step=0.01)"``. Without
    one, the step of a chemical Langevin equation is what ``epsilon`` (0.03) allows the propensities to change in it,
    that of others a thousandth of the time. A step never goes beyond a time of output.

    Attributes
    ----------
    system : SDESystem
        What was compiled.
    model : LangevinModel
    """

    system: SDESystem
    _states_are_whole = False

    def __init__(self, system: SDESystem) -> None:
        super().__init__(system)
        self.model = LangevinModel(system)

    def _ensemble_source(self, *arguments: Any) -> Any:
        source = super()._ensemble_source(*arguments)
        source.is_whole = False
        return source

    def choose_method(self, name: str, p: Array, y0: Array) -> tuple[str, str]:
        """Return the method that a name stands for, and why it was chosen.

        Raises
        ------
        UnknownNameError
            If there is no such method.
        UnsupportedError
            For "milstein" where the noise does not commute.
        """
        from symnum.integrators.stochastic.sde_registry import sde_method

        name = str(name).lower()
        if name == "auto":
            return "euler_maruyama", "the method for any number of noises"
        method = sde_method(name)
        if method.needs_commuting and not self.system.is_commutative:
            raise UnsupportedError(
                f'"{method.name}" needs noise that commutes, and that of {self.system.name} may not; choose '
                '"euler_maruyama" or "platen".'
            )
        return method.text, "as asked for"

    def __repr__(self) -> str:
        sizes = f"{len(self.state_names)} states, {len(self.system.noises)} noises"
        return f"<LangevinSimulator {self.system.name}: {sizes}>"
