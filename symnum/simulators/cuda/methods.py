"""Which methods there are on devices, and how each comes to its plan."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from codegen.cuda.cells import Tapes
from codegen.cuda.kernel import Row
from codegen.cuda.layout import Layout
from codegen.cuda.module import KernelModule
from codegen.cuda.precision import Precision
from symnum.errors import UnknownNameError, UnsupportedError, suggest
from symnum.integrators.registry import METHODS as ALL
from symnum.integrators.registry import find_method
from symnum.integrators.tableaus import RungeKuttaTableau, StabilisedFormulas
from symnum.simulators.cuda.device import Device
from symnum.simulators.cuda.explicit_plan import ROW_SLOTS, explicit_plan
from symnum.simulators.cuda.plan import Plan, PlanBuilder
from symnum.simulators.cuda.run import DeviceRun, Request, Settings, compile_plan
from symnum.simulators.cuda.stabilised_plan import START_SLOTS, stabilised_plan
from symnum.simulators.cuda.stepping import Control
from symnum.systems.stencils.system import StencilSystem

__all__ = ["METHODS", "MadePlan", "default_method", "make_plan"]

#: Methods on devices.
METHODS = ("euler", "ssprk33", "rk4", "bs3", "dp5", "tsit5", "rkc2")


@dataclass(eq=False)
class MadePlan:
    """A plan with its compiled text, for any number of runs."""

    plan: Plan
    module: KernelModule
    layout: Layout
    tapes: Tapes
    slots: dict[str, float] = field(default_factory=dict)
    tolerance: int | None = None
    prepare: Callable[[Request, Settings], None] | None = None

    def run(self, device: Device, request: Request, system: StencilSystem) -> DeviceRun:
        """Return a run of it."""
        settings = Settings(dict(self.slots))
        if self.tolerance is not None:
            settings.rows[self.tolerance] = np.asarray(request.atol, np.float64)
        if self.prepare is not None:
            self.prepare(request, settings)
        return DeviceRun(device, self.module, self.plan, self.layout, self.tapes, request, settings)


def default_method(system: StencilSystem, name: str, fixed: bool) -> tuple[str, str]:
    """Return a method and the reason for it.

    Raises
    ------
    UnsupportedError
        For a method that is none of those on devices.
    UnknownNameError
        For a method that does not exist.
    """
    lower = name.lower()
    if lower == "auto":
        if fixed:
            return "rk4", "steps of a given size, on a device"
        return "rkc2", "on a device; stable for diffusion of any strength, without linear algebra"
    if lower in METHODS:
        return lower, "asked for"
    if lower not in ALL:
        raise UnknownNameError(
            f'There is no method "{name}"; on devices there are {", ".join(METHODS)}.{suggest(name, METHODS)}'
        )
    raise UnsupportedError(
        f'method="{name}" does not run on a device; there are {", ".join(METHODS)}. With target="cpu" it does.'
    )


def make_plan(
    system: StencilSystem, real: Precision, name: str, fixed: bool, by_element: bool, controller: str | None, rows: int
) -> MadePlan:
    """Return the plan of a method.

    Parameters
    ----------
    system : StencilSystem
    real : Precision
    name : str
    fixed : bool
        Whether steps have a given size.
    by_element : bool
        Whether each element has an absolute tolerance of its own.
    controller : str or None
    rows : int
        Cells per thread; 0 for a choice by size.
    """
    layout, tapes = Layout(system, real), Tapes(system)
    builder = PlanBuilder(layout, tapes, rows)
    numbers = find_method(name).numbers
    tolerance: Row | None = None
    extra = 0
    if by_element and not fixed:
        extra = 9 if isinstance(numbers, StabilisedFormulas) else 6 + numbers.stages
        tolerance = extra
    assert isinstance(numbers, RungeKuttaTableau | StabilisedFormulas)
    control = Control(system.size, numbers.order, numbers.control_order, controller or "pi", fixed)
    slots = dict(ROW_SLOTS)
    if isinstance(numbers, StabilisedFormulas):
        plan = stabilised_plan(builder, numbers, control, tolerance)
        slots |= START_SLOTS
    else:
        plan = explicit_plan(builder, numbers, control, tolerance)
    plan.rows = max(plan.rows, extra + 1)
    return MadePlan(plan, compile_plan(plan, layout, tapes), layout, tapes, slots, None if tolerance is None else extra)
