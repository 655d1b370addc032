"""Which methods there are on devices, and how each comes to its plan."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from codegen.cuda.cells import Tapes
from codegen.cuda.layout import Layout
from codegen.cuda.module import KernelModule
from codegen.cuda.precision import PRECISIONS, Precision
from codegen.cuda.spectral_kernels import Spectrum
from symnum.errors import UnknownNameError, UnsupportedError, suggest
from symnum.integrators.differencing_run import SIZES_PER_OCTAVE, SIZES_PER_OCTAVE_OF_MATRICES
from symnum.integrators.registry import METHODS as ALL
from symnum.integrators.registry import find_method
from symnum.integrators.tableaus import (
    DifferencingTableau,
    OrthogonalFormulas,
    RungeKuttaTableau,
    StabilisedFormulas,
)
from symnum.simulators.cuda.device import Device
from symnum.simulators.cuda.differencing_plan import (
    ADAPTIVE_MODES,
    FIXED_MODES,
    TOLERANCE,
    differencing_plan,
    given_differencing_plan,
)
from symnum.simulators.cuda.differencing_stages import factor_rows
from symnum.simulators.cuda.explicit_plan import ROW_SLOTS, explicit_plan
from symnum.simulators.cuda.fixed_plan import FUSED, fused_plan
from symnum.simulators.cuda.linear_symbols import check_symbols, find_spectrum, mode_symbols
from symnum.simulators.cuda.orthogonal_stages import USABLE
from symnum.simulators.cuda.plan import Plan, PlanBuilder
from symnum.simulators.cuda.run import DeviceRun, Request, Settings, compile_plan
from symnum.simulators.cuda.scheduled import ScheduledRun
from symnum.simulators.cuda.stabilised_plan import START_SLOTS, stabilised_plan
from symnum.simulators.cuda.stepping import Control
from symnum.systems.stencils.system import StencilSystem

__all__ = ["METHODS", "MadePlan", "Wanted", "choose", "make_plan"]

#: Methods on devices.
METHODS = ("euler", "ssprk33", "rk4", "bs3", "dp5", "tsit5", "rkc2", "rock2", "etdrk4")

# How near to a multiple of the step an output must lie to be at the end of one.
_NEAR = 1e-9


@dataclass(frozen=True)
class Wanted:
    """What a plan depends on.

    Attributes
    ----------
    method : str
    kind : {"adaptive", "fixed", "fused", "differencing"}
        The device chooses the steps; they have a given size, with a continuous solution between them; steps of a given
        size that end at the times of output, in as few sweeps as possible; the same in Fourier modes.
    by_element : bool
        Whether each element has an absolute tolerance of its own.
    controller : str
    """

    method: str
    kind: str
    by_element: bool = False
    controller: str = "pi"


@dataclass(eq=False)
class MadePlan:
    """A plan with its compiled text, for any number of runs."""

    wanted: Wanted
    plan: Plan
    module: KernelModule
    layout: Layout
    tapes: Tapes
    slots: dict[str, float] = field(default_factory=dict)
    tolerance: int | None = None
    spectrum: Spectrum | None = None

    def run(self, device: Device, request: Request, system: StencilSystem) -> DeviceRun:
        """Return a run of it."""
        settings = Settings(dict(self.slots))
        numbers = find_method(self.wanted.method).numbers
        if isinstance(numbers, OrthogonalFormulas):
            usable = len(numbers.polynomials) if self.wanted.kind == "fixed" else numbers.usable(request.rtol)
            settings.slots[USABLE] = float(usable)
        if self.tolerance is not None:
            settings.rows[self.tolerance] = np.asarray(request.atol, np.float64)
        if self.spectrum is not None:
            symbols = mode_symbols(system, self.spectrum, request.parameters)
            check_symbols(system, self.spectrum, symbols, request.parameters)
            settings.modes[self.spectrum.factor(0)] = symbols.view(np.float64).ravel()
        kind = DeviceRun if self.wanted.kind in ("adaptive", "fixed") else ScheduledRun
        return kind(device, self.module, self.plan, self.layout, self.tapes, request, settings)


def choose(name: str, step: float | None, controller: str | None, by_element: bool, times: Any) -> tuple[Wanted, str]:
    """Return what is wanted of a plan, and the reason for the method.

    Parameters
    ----------
    name : str
        Of a method, or "auto".
    step : float or None
        The size of steps, where they have one.
    controller : str or None
    by_element : bool
    times : ndarray
        Times at which something is wanted, from the beginning, the end included.

    Raises
    ------
    UnsupportedError
        For a method that is none of those on devices.
    UnknownNameError
        For a method that does not exist.
    """
    method, reason = _method(name.lower(), step is not None)
    if method == "etdrk4" and step is not None:
        return Wanted(method, "differencing"), reason
    if step is None:
        return Wanted(method, "adaptive", by_element, controller or "pi"), reason
    counts = np.abs(np.asarray(times) - times[0]) / step
    on_grid = np.all(np.abs(counts - np.round(counts)) <= _NEAR * np.maximum(counts, 1.0))
    return Wanted(method, "fused" if on_grid and method in FUSED else "fixed"), reason


def _method(name: str, fixed: bool) -> tuple[str, str]:
    if name == "auto":
        if fixed:
            return "rk4", "steps of a given size, on a device"
        return "rkc2", "on a device; stable for diffusion of any strength, without linear algebra"
    if name in METHODS:
        return name, "asked for"
    if name not in ALL:
        raise UnknownNameError(
            f'There is no method "{name}"; on devices there are {", ".join(METHODS)}.{suggest(name, METHODS)}'
        )
    raise UnsupportedError(
        f'method="{name}" does not run on a device; there are {", ".join(METHODS)}. With target="cpu" it does.'
    )


def make_plan(system: StencilSystem, real: Precision, wanted: Wanted, rows: int = 0) -> MadePlan:
    """Return the plan of a method.

    Parameters
    ----------
    system : StencilSystem
    real : Precision
    wanted : Wanted
    rows : int
        Cells per thread; 0 for a choice by size.

    Raises
    ------
    UnsupportedError
        If the method cannot treat this system.
    """
    layout, tapes = Layout(system, real), Tapes(system)
    builder = PlanBuilder(layout, tapes, rows)
    slots, tolerance, spectrum = dict(ROW_SLOTS), None, None
    numbers = find_method(wanted.method).numbers
    if wanted.kind == "fused":
        plan = fused_plan(builder, wanted.method)
    elif isinstance(numbers, DifferencingTableau):
        modes = ADAPTIVE_MODES if wanted.kind == "adaptive" else FIXED_MODES
        spectrum = find_spectrum(system, modes, factor_rows(numbers, wanted.kind == "adaptive"))
        plan, tolerance = _differencing(builder, wanted, numbers, spectrum)
    else:
        plan, tolerance = _controlled(builder, wanted, slots)
    module = compile_plan(plan, layout, tapes)
    return MadePlan(wanted, plan, module, layout, tapes, slots, tolerance, spectrum)


def _differencing(
    builder: PlanBuilder, wanted: Wanted, numbers: DifferencingTableau, spectrum: Spectrum
) -> tuple[Plan, int | None]:
    """A plan of exponential time differencing; the row of absolute tolerances, where each element has its own."""
    if wanted.kind != "adaptive":
        return given_differencing_plan(builder, spectrum, numbers), None
    # The processor has blocks of real numbers where a mode has a complex one, and there fewer sizes of steps.
    per_octave = SIZES_PER_OCTAVE_OF_MATRICES if spectrum.complex_factors else SIZES_PER_OCTAVE
    control = Control(
        builder.layout.size, numbers.order, numbers.control_order, wanted.controller,
        epsilon=builder.layout.real.epsilon, growth=8.0, per_octave=per_octave,
    )  # fmt: skip
    tolerance = TOLERANCE if wanted.by_element else None
    plan = differencing_plan(builder, spectrum, numbers, control, tolerance)
    plan.rows += wanted.by_element
    return plan, tolerance


def _controlled(builder: PlanBuilder, wanted: Wanted, slots: dict[str, float]) -> tuple[Plan, int | None]:
    """A plan that the device controls; the row of absolute tolerances, where each element has its own."""
    numbers = find_method(wanted.method).numbers
    assert isinstance(numbers, RungeKuttaTableau | StabilisedFormulas | OrthogonalFormulas)
    if isinstance(numbers, OrthogonalFormulas) and builder.layout.real != PRECISIONS["float64"]:
        raise UnsupportedError(
            f"{numbers.name} amplifies rounding with the fourth power of the stages, too much for float32; "
            'method="rkc2" does not.'
        )
    fixed = wanted.kind == "fixed"
    size = builder.layout.size
    control = Control(size, numbers.order, numbers.control_order, wanted.controller, fixed, builder.layout.real.epsilon)
    stabilised = isinstance(numbers, StabilisedFormulas | OrthogonalFormulas)
    tolerance = (9 if stabilised else 6 + numbers.stages) if wanted.by_element else None
    if isinstance(numbers, StabilisedFormulas | OrthogonalFormulas):
        plan = stabilised_plan(builder, numbers, control, tolerance)
        slots |= START_SLOTS
    else:
        plan = explicit_plan(builder, numbers, control, tolerance)
    plan.rows = max(plan.rows, 0 if tolerance is None else tolerance + 1)
    return plan, tolerance
