"""The compiled kernels of a model, made when first needed."""

import ctypes
import functools
import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from codegen.kernel import Context, Kernel
from codegen.rewriting import CLASSICAL, Rewriting
from codegen.system_tape import KERNEL_NAMES, compile_system, planned_tape
from symnum.errors import MissingDependencyError, ShapeError
from symnum.simulators.named_kernels import NamedKernels
from symnum.simulators.values import parameter_values
from symnum.systems.ode import ODESystem

__all__ = ["BoundKernel", "KernelHandle", "Kernels"]


class _OwningCall(functools.partial[int]):
    """A C call that keeps the buffers behind its addresses alive."""


class BoundKernel:
    """A kernel on fixed buffers: calling it is one C call.

    Parameters
    ----------
    kernel : Kernel
        The machine code.
    context : Context
        Its memory, the parameter stage evaluated.
    t : float
        Time.
    y, p : ndarray of float64
        The buffers that it reads; change them in place.

    Attributes
    ----------
    output : ndarray of float64
        The buffer that it writes.
    """

    def __init__(
        self, kernel: Kernel, context: Context, t: float, y: NDArray[np.float64], p: NDArray[np.float64]
    ) -> None:
        self.y, self.p, self.context = y, p, context
        self.output = np.zeros(kernel.n_outputs)
        self._record = np.zeros(5, np.int64)
        self._record[:1].view(np.float64)[0] = t
        self._record[1:] = [y.ctypes.data, p.ctypes.data, context.address, self.output.ctypes.data]
        self.call: Callable[[], int] = _OwningCall(
            kernel.bound_call, ctypes.c_void_p(self._record.ctypes.data)
        )
        self.call.owner = (y, p, context, self.output, self._record, kernel)  # type: ignore[attr-defined]

    def __call__(self) -> int:
        """Evaluate into `output`; return the kernel's status, 0 if fine."""
        return self.call()


class KernelHandle:
    """One named kernel of a model, compiled at first use."""

    def __init__(self, system: ODESystem, name: str, rewriting: Rewriting = CLASSICAL) -> None:
        self.name = name
        self._system = system
        self.rewriting = rewriting
        self._lock = threading.Lock()
        self._kernel: Kernel | None = None

    @property
    def compiled(self) -> Kernel:
        """The machine code, from the cache or compiled now."""
        with self._lock:
            if self._kernel is None:
                self._kernel = compile_system(self._system, self.name, self.rewriting)
        return self._kernel

    @property
    def is_compiled(self) -> bool:
        """Whether the code is there already."""
        return self._kernel is not None

    @property
    def source(self) -> str:
        """Readable code of what is compiled."""
        return _source(self._system, self.name, self.compiled, self.rewriting)

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the model's states."""
        return self._system.state_names

    def bind(
        self, t: float, y: ArrayLike, params: ArrayLike | Mapping[Any, Any] | None = None
    ) -> tuple[Callable[[], int], NDArray[np.float64]]:
        """Return a call without arguments on fixed buffers, and the array that it writes.

        Parameters
        ----------
        t : float
            Time.
        y : array_like, shape (n_states,)
            State; an array of float64 is used as it is, not copied.
        params : array_like, mapping or None
            Parameters; None takes the defaults.

        Returns
        -------
        call : callable
            One C call.
        output : ndarray of float64
            Right-hand side, Jacobian values in compressed-column order, or observables.
        """
        state = np.ascontiguousarray(y, dtype=np.float64)
        if state.shape != (len(self._system.states),):
            raise ShapeError(f"y has shape {state.shape}; the model has {len(self._system.states)} states.")
        p = parameter_values(self._system, params)
        bound = BoundKernel(self.compiled, self.context(p), t, state, p)
        return bound.call, bound.output

    def context(self, p: NDArray[np.float64]) -> Context:
        """Return memory for one thread, with the parameter stage evaluated."""
        context = Context()
        context.reserve(self.compiled)
        self.compiled.evaluate_stage(p, context)
        return context

    def __getstate__(self) -> dict[str, Any]:
        kept = {"name": self.name, "_system": self._system, "_kernel": self._kernel}
        return {**kept, "rewriting": self.rewriting.given}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock(), rewriting=_plan_again(state["rewriting"]))
        if self._kernel is not None and not self._kernel.runs_here:
            self._kernel = None  # made on another processor: compiled again when needed

    def __repr__(self) -> str:
        state = f"{len(self.compiled.code)} bytes" if self.is_compiled else "not compiled yet"
        return f"<kernel {self.name}: {state}>"


def _plan_again(given: Any) -> Rewriting:
    """Return the plan of an unpickled kernel; where egglog is missing, a kernel compiled again does without it."""
    from symnum.simulators.rewriting import rewriting_for

    try:
        return rewriting_for(given)
    except MissingDependencyError:
        return CLASSICAL


# Kernels that some methods need; generated simulators have none of them.
_MORE = ("jacobian_vector", "time_derivative")


class Kernels(NamedKernels[KernelHandle]):
    """The kernels of a model by name: "rhs", "jacobian", "observables", "jacobian_vector", "time_derivative"."""

    def __init__(self, system: ODESystem, rewriting: Rewriting = CLASSICAL) -> None:
        super().__init__({name: KernelHandle(system, name, rewriting) for name in (*KERNEL_NAMES, *_MORE)})


def _source(system: ODESystem, name: str, kernel: Kernel, rewriting: Rewriting) -> str:
    from codegen.readable import readable

    kept = kernel.facts.get("rewriting", {}).get("kept")
    tape = planned_tape(system, name, rewriting if kept else rewriting.without_steps).tape
    states = system.state_names
    if name == "rhs":
        outputs = [f"d({s})/d{system.independent.name}" for s in states]
    elif name == "jacobian":
        columns = np.repeat(np.arange(len(states)), np.diff(kernel.facts["indptr"]))
        outputs = [
            f"J[{states[i]}, {states[j]}]" for i, j in zip(kernel.facts["indices"], columns, strict=True)
        ]
    elif name == "time_derivative":
        outputs = [f"d(f[{s}])/d{system.independent.name}" for s in states]
    elif name == "jacobian_vector":
        outputs = [f"(J v)[{s}]" for s in states]
        states = (*states, *(f"v[{s}]" for s in states))
    else:
        outputs = list(system.observables)
    return readable(tape, states, system.parameter_names, outputs, system.independent.name)
