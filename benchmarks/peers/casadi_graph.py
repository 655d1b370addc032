"""CasADi: a network's equations as one scalar graph, their sparse Jacobian, virtual machine and gcc."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import casadi as ca
import numpy as np

from peers.arrays import Floats, ReactionArrays


def assemble(arrays: ReactionArrays) -> tuple[Any, Any, Any]:
    """States, parameters and right-hand side as SX vectors, parameters left symbolic."""
    states = ca.SX.sym("y", arrays.size)
    parameters = ca.SX.sym("p", arrays.parameter_values.size)
    extended = ca.vertcat(states, 1)
    rates = ca.DM(arrays.factor) * parameters[arrays.parameter.tolist()]
    rates = rates * extended[arrays.first.tolist()] * extended[arrays.second.tolist()]
    reactions = np.repeat(np.arange(arrays.first.size), np.diff(arrays.change_start))
    shape = (arrays.size, arrays.first.size)
    matrix = ca.DM.triplet(
        arrays.change_species.tolist(), reactions.tolist(), ca.DM(arrays.change_amount), *shape
    )
    return states, parameters, matrix @ rates


def jacobian(states: Any, equations: Any) -> Any:
    """The sparse symbolic Jacobian (an SX matrix with its own column-compressed pattern)."""
    return ca.jacobian(equations, states)


def function(name: str, states: Any, parameters: Any, output: Any, *, gcc: bool = False) -> Any:
    """A CasADi function of states and parameters, interpreted or compiled by gcc."""
    options: dict[str, Any] = {}
    if gcc:
        options = {"jit": True, "compiler": "shell", "jit_options": {"flags": ["-O1"], "verbose": False}}
    return ca.Function(name, [states, parameters], [output], options)


@dataclass(frozen=True)
class Bound:
    """A call without arguments on fixed buffers, and its output; the buffer must live as long as the call."""

    call: Callable[[], None]
    out: Floats
    buffer: Any
    arguments: tuple[Floats, Floats]


def bind(f: Any, y: Floats, p: Floats) -> Bound:
    """CasADi's fastest way in from Python: memory given once, then calls without conversion."""
    buffer, call = f.buffer()
    y, p = y.copy(), p.copy()
    out = np.empty(f.nnz_out(0))
    buffer.set_arg(0, memoryview(y))
    buffer.set_arg(1, memoryview(p))
    buffer.set_res(0, memoryview(out))
    return Bound(call, out, buffer, (y, p))
