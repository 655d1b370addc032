"""Carries out a plan: writes the state, queues launches, looks at the control block now and then, reads outputs."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codegen.cuda.cells import Tapes
from codegen.cuda.control_kernel import EarlyKernel
from codegen.cuda.layout import Layout
from codegen.cuda.module import KernelModule, write_module
from symnum.integrators.interrupts import HeldInterrupts
from symnum.integrators.status import Status
from symnum.simulators.cuda.device import Device, Memory
from symnum.simulators.cuda.plan import Plan

__all__ = ["DeviceRun", "Request", "Settings", "compile_plan", "counts"]

Array = NDArray[np.float64]

# Seconds between two looks at the control block, and bytes of outputs that stay on the device until they are read.
LOOK, OUTPUTS = 0.05, 1 << 28
FIRST_BATCH, LARGEST_BATCH = 4, 4096

# What the control block says where a run begins anew; the flags are those of the stabilised methods.
_FORGOTTEN = {
    "status": 0.0, "run": 1.0, "cause": 0.0, "grow": 10.0, "accepted": 0.0, "last error": 1.0, "earlier error": 1.0,
    "current": 0.0, "age": 0.0, "forming": 0.0, "evaluating": 0.0, "take error": 0.0,
}  # fmt: skip


@dataclass
class Request:
    """What is to be computed.

    Attributes
    ----------
    start, end : float
    state, parameters : ndarray
    times : ndarray
        Of the output.
    rtol : float
    atol : float or ndarray
    max_steps : int
    first_step, max_step : float
        Sizes; the first is 0 for the device's own choice.
    breaks : list of float
        Times at which the right-hand side switches, in the order of the run: a step ends just before, and what it has
        learnt is forgotten.
    """

    start: float
    end: float
    state: Array
    parameters: Array
    times: Array
    rtol: float = 1e-6
    atol: float | Array = 1e-9
    max_steps: int = 10_000_000
    first_step: float = 0.0
    max_step: float = 1e300
    breaks: list[float] = field(default_factory=list)


@dataclass
class Settings:
    """What a run begins with: control slots beside those of every run, rows, and parts of "modes" by their place."""

    slots: dict[str, float] = field(default_factory=dict)
    rows: dict[int, Array] = field(default_factory=dict)
    modes: dict[int, Array] = field(default_factory=dict)


def compile_plan(plan: Plan, layout: Layout, tapes: Tapes) -> KernelModule:
    """Write all kernels of a plan; the values that depend on parameters only come last, when all are known."""
    return write_module([*plan.kernels, EarlyKernel(tapes)], layout)


class DeviceRun:
    """One simulation on a device.

    Parameters
    ----------
    device : Device
    module : KernelModule
    plan : Plan
    layout : Layout
    tapes : Tapes
    request : Request
    settings : Settings

    Attributes
    ----------
    status : Status
    frames : list of ndarray
        Outputs that have been read, one for each time reached.
    observer : callable, optional
        Given the control block whenever the host looks at it; a status ends the run.
    """

    def __init__(
        self, device: Device, module: KernelModule, plan: Plan, layout: Layout, tapes: Tapes, request: Request,
        settings: Settings,
    ) -> None:  # fmt: skip
        self.plan, self.layout, self.request, self.settings = plan, layout, request, settings
        self.frames: list[Array] = []
        self.status = Status.RUNNING
        self.observer: Callable[[dict[str, float]], Status | None] | None = None
        self.sign = 1.0 if request.end >= request.start else -1.0
        wanted = len(request.times)
        self.room = max(1, min(wanted, OUTPUTS // (layout.size * layout.real.size)))
        real = layout.real.dtype
        # Slots and partial sums are known now that the module has been written.
        self.memory: Memory = device.load(
            module,
            {
                "control": (len(layout.slots), np.float64),
                "work": (plan.rows * layout.stride, real),
                "p": (len(request.parameters), real),
                "k": (len(tapes.early), real),
                "tables": (layout.table_size, real),
                "partials": (layout.partial_size, np.float64),
                "outputs": (self.room * layout.size, real),
                "times": (wanted, np.float64),
                "modes": (plan.modes, real),
                "numbers": (len(plan.numbers), np.float64),
            },
        )

    # Memory ---------------------------------------------------------------------------------

    def upload(self) -> None:
        """Write everything that a run begins with."""
        layout, request, real = self.layout, self.request, self.layout.real.dtype
        for row in self.plan.start_rows:
            self.memory.write("work", request.state.astype(real), row * layout.stride)
        for row, values in self.settings.rows.items():
            self.memory.write("work", values.astype(real), row * layout.stride)
        for place, numbers in self.settings.modes.items():
            self.memory.write("modes", numbers.astype(real), place)
        self.memory.write("p", request.parameters.astype(real))
        if self.layout.tables:
            tables = [np.ravel(layout.system.arrays[name].values) for name in layout.tables]  # type: ignore[arg-type]
            self.memory.write("tables", np.concatenate(tables).astype(real))
        self.memory.write("times", request.times)
        self.memory.write("numbers", np.asarray(self.plan.numbers, np.float64))
        if self.plan.transform is not None:
            self.memory.prepare_transform(*self.plan.transform)
        self._begin_control()

    def _begin_control(self) -> None:
        r = self.request
        due = int(np.searchsorted(self.sign * r.times, self.sign * r.start, side="right"))
        self.frames = [r.state.copy() for _ in range(due)]
        values = {
            "t": r.start, "t old": r.start, "end": r.end, "direction": self.sign, "rtol": r.rtol,
            "max step": r.max_step, "first step": self.sign * r.first_step, "step": self.sign * r.first_step,
            "max attempts": float(r.max_steps), "grow": 10.0, "last error": 1.0, "earlier error": 1.0,
            "run": 1.0, "output count": float(len(r.times)), "output room": float(self.room),
            "output next": float(due), "output first": float(due), "output drained": float(due),
            **({"atol": float(r.atol)} if np.ndim(r.atol) == 0 else {}), **self.settings.slots,
        }  # fmt: skip
        control = np.zeros(len(self.layout.slots))
        for name, value in values.items():
            if name in self.layout.slots:
                control[self.layout.slots[name]] = value
        self.memory.write("control", control)

    def look(self) -> dict[str, float]:
        """Wait for all that is queued, and return the control block."""
        values = self.memory.read("control", 0, len(self.layout.slots)).tolist()
        return {name: values[place] for name, place in self.layout.slots.items()}

    def set(self, slot: str, value: float) -> None:
        """Write one slot of the control block."""
        self.memory.write("control", np.array([value]), self.layout.slots[slot])

    def row(self, number: int) -> Array:
        """Return a row of the state's size."""
        found = self.memory.read("work", number * self.layout.stride, self.layout.size)
        return np.asarray(found, np.float64)

    # Course ---------------------------------------------------------------------------------

    def go(self, deadline: float | None, report: Callable[[float], None] | None = None) -> dict[str, float]:
        """Run to the end, the time limit or Ctrl-C; return the control block there."""
        self.upload()
        self.memory.queue(["early"])
        now: dict[str, float] = {}
        self._batch = FIRST_BATCH
        with HeldInterrupts() as interrupts:
            try:
                for start, end in itertools.pairwise([self.request.start, *self.request.breaks, self.request.end]):
                    self._begin_piece(start, end)
                    now = self._piece(interrupts, deadline, report)
                    if self.status is not Status.RUNNING or now["status"] != float(Status.SUCCESS):
                        break
            except KeyboardInterrupt:
                self.status = Status.INTERRUPTED
                return self._drained(self.look())
        if self.status is Status.RUNNING:
            self.status = Status(int(now["status"]))
        return now

    def _begin_piece(self, start: float, end: float) -> None:
        """Choose the first step of a piece between two times at which something switches."""
        last = end == self.request.end
        # Stages at the end of a step must not see what begins there.
        self.set("end", end if last else float(np.nextafter(end, start)))
        if start != self.request.start:
            values = {**_FORGOTTEN, "t": start, "t old": start}
            values |= {slot: v for slot, v in self.settings.slots.items() if not slot.startswith("row ")}
            for slot, value in values.items():
                if slot in self.layout.slots:
                    self.set(slot, value)
        self.memory.queue(self.plan.begin)
        self.after_begin(self.look())

    def _piece(
        self, interrupts: HeldInterrupts, deadline: float | None, report: Callable[[float], None] | None
    ) -> dict[str, float]:
        """Run until the device says how it ended, or somebody stops it."""
        now = self.look()
        while now["status"] == 0.0 or now["paused"]:
            began = time.perf_counter()
            self.memory.queue(self.plan.step, self._batch)
            now = self._drained(self.look())
            if report is not None:
                report(now["t"])
            self._stop(now, interrupts.pending, deadline)
            if self.status is not Status.RUNNING:
                return now
            took = max(time.perf_counter() - began, 1e-4)
            self._batch = int(min(max(self._batch * min(LOOK / took, 8.0), 1), LARGEST_BATCH))
        return now

    def after_begin(self, now: dict[str, float]) -> None:
        """Give a plan that wants a direction one where the first slope is zero: what each element tolerates."""
        if self.plan.direction is not None and now["speed"] == 0.0:
            allowed = self.request.rtol * np.abs(self.request.state) + self.request.atol
            self.memory.write("work", allowed.astype(self.layout.real.dtype), self.plan.direction * self.layout.stride)

    def _stop(self, now: dict[str, float], interrupted: bool, deadline: float | None) -> None:
        if now["status"] != 0.0 and not now["paused"]:
            return
        seen = self.observer(now) if self.observer is not None else None
        if seen is not None:
            self.status = seen
        elif interrupted:
            self.status = Status.INTERRUPTED
        elif deadline is not None and time.perf_counter() >= deadline:
            self.status = Status.TIMEOUT

    def _drained(self, now: dict[str, float]) -> dict[str, float]:
        """Read outputs; where the device waits for room, let it go on."""
        while now["paused"]:
            self.read_outputs(now)
            self.memory.queue(self.plan.resume)
            now = self.look()
        if now["status"] != 0.0 or now["output next"] - now["output drained"] > self.room // 2:
            self.read_outputs(now)
        return now

    def read_outputs(self, now: dict[str, float]) -> None:
        """Read the outputs that are there."""
        size = self.layout.size
        count = int(now["output next"] - now["output drained"])
        if count:
            values = self.memory.read("outputs", 0, count * size)
            self.frames += list(np.asarray(values, np.float64).reshape(count, size))
            # Outputs that are written from now on begin again at the start of their buffer.
            self.set("output drained", now["output next"])
            now["output drained"] = now["output next"]

    def __enter__(self) -> "DeviceRun":
        """Use the memory."""
        return self

    def __exit__(self, *arguments: object) -> None:
        """Give the memory back."""
        self.memory.close()

    def culprit(self, now: dict[str, float]) -> int | None:
        """Return the component that a failure is to be blamed on."""
        if not self.status.names_component:
            return None
        # Some methods change the value in place, or keep no slope.
        rows = {name: self.row(int(now[name])) for name in ("row new", "row y", "row slope") if name in now}
        for name in ("row new", "row y"):
            bad = np.flatnonzero(~np.isfinite(rows.get(name, 0.0)))
            if len(bad):
                return int(bad[0])
        y = rows["row y"]
        slope = rows["row slope"] if "row slope" in rows else rows.get("row new", y) - y
        atol = self.request.atol
        return int(np.argmax(np.abs(slope) / np.maximum(self.request.rtol * np.abs(y) + atol, 1e-300)))


def counts(now: dict[str, float]) -> dict[str, Any]:
    """Return the counts of a run as solutions show them."""
    tried, kept = int(now.get("attempts", 0)), int(now.get("accepted steps", 0))
    return {
        "steps": tried, "accepted": kept, "rejected": tried - kept,
        "rhs_evaluations": int(now.get("evaluations", 0)), "error_failures": int(now.get("error failures", 0)),
        "jacobian_evaluations": 0, "factorisations": 0, "solves": 0, "linear_solver": "",
        "last_step": now.get("last step", 0.0), "stiffness": now.get("radius", 0.0),
    }  # fmt: skip
