"""What a plan of a simulation is: kernels, and the order in which the host queues them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from codegen.cuda.cells import Tapes
from codegen.cuda.control_kernel import ControlKernel
from codegen.cuda.kernel import DeviceKernel, Guard, Row, Scale, Update
from codegen.cuda.layout import Layout
from codegen.cuda.reduction import ReductionKernel, SumKernel
from codegen.cuda.stencil_kernel import StencilKernel
from symnum.simulators.cuda.device import Item

__all__ = ["NOW", "Plan", "PlanBuilder"]

#: The time of the control block.
NOW = (Scale(1.0, ("t",)),)
# Sums that one kernel adds: a block has 48 KiB of shared memory, and each sum takes 2.
_SUMS = 16


@dataclass(eq=False)
class Plan:
    """A method on a device.

    Attributes
    ----------
    kernels : list of DeviceKernel
    begin : sequence of str or Fourier
        Launches after the state has been written, which leave everything ready for the first step.
    step : sequence of str or Fourier
        Launches of a step, or of a part of it where a step has many; nothing happens where the slot "run" is zero.
    resume : sequence of str or Fourier
        Launches that go on with outputs after these have been read; of steps of a given size, launches that look
        whether all is finite.
    rows : int
        Rows of "work".
    start_rows : tuple of int
        Rows that hold the initial state.
    many, many_steps : sequence, int
        Launches of several steps at once, where there are any, and of how many.
    modes : int
        Elements of the buffer "modes".
    direction : int or None
        A row that begins as the first slope, and must not be zero.
    numbers : tuple of float
        A table of the method, in the buffer of that name.
    transform : (shape, count) or None
        Grids whose Fourier transforms are among the launches.
    """

    kernels: list[DeviceKernel] = field(default_factory=list)
    begin: Sequence[Item] = ()
    step: Sequence[Item] = ()
    resume: Sequence[Item] = ()
    rows: int = 2
    start_rows: tuple[int, ...] = (0,)
    modes: int = 0
    many: Sequence[Item] = ()
    many_steps: int = 1
    direction: int | None = None
    numbers: Sequence[float] = ()
    transform: tuple[tuple[int, ...], int] | None = None


class PlanBuilder:
    """Makes kernels of a plan and gives them names.

    Parameters
    ----------
    layout : Layout
    tapes : Tapes
    rows : int
        Cells per thread; 0 for a choice by size.
    """

    def __init__(self, layout: Layout, tapes: Tapes, rows: int = 0) -> None:
        self.layout, self.tapes, self.rows = layout, tapes, rows
        self.kernels: list[DeviceKernel] = []

    def add(self, kernel: DeviceKernel) -> str:
        """Add a kernel and return its name."""
        kernel.name = f"{kernel.name}_{len(self.kernels)}"
        self.kernels.append(kernel)
        return kernel.name

    def evaluation(
        self, source: Row, updates: Sequence[Update], time: tuple[Scale, ...] = NOW, guard: Guard = "run"
    ) -> list[str]:
        """Return launches that evaluate the right-hand side at a row, sums over the domain first."""
        system, names = self.layout.system, []
        partial: list[tuple[str, int]] = []
        for number, total in enumerate(system.sums):
            slot = self.layout.sum_slot(number)
            kernel = SumKernel("domain_sum", self.tapes, total, slot, source, time, guard)
            partial.append((slot, kernel.launch(self.layout)[0]))
            names.append(self.add(kernel))
        groups = [tuple(partial[first : first + _SUMS]) for first in range(0, len(partial), _SUMS)]
        names += [self.add(ControlKernel("add_sums", group, guard=guard)) for group in groups]
        stencil = StencilKernel("rates", self.tapes, system.regions, source, tuple(updates), time, guard, self.rows)
        return [*names, self.add(stencil)]

    def reduction(self, kernel: ReductionKernel) -> tuple[str, tuple[tuple[str, int], ...]]:
        """Add a reduction; return its name, and what a `ControlKernel` must add."""
        blocks = kernel.launch(self.layout)[0]
        return self.add(kernel), tuple((r.slot, blocks) for r in kernel.reductions)
