"""The state of a run as plain numbers, and back: what an engine needs to go on as if it had never stopped.

Addresses are never kept. The factorisation of an implicit method is made again from the values that it was made from,
which gives the same numbers.
"""

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from symnum.errors import CheckpointError
from symnum.integrators import layout as at
from symnum.integrators.problem import LinearSolver
from symnum.integrators.record import Block, Record
from symnum.integrators.run import Run, address_of

__all__ = ["restore_run", "save_run", "save_solver"]

Array = npt.NDArray[Any]

#: Integers that are state; all others are settings and addresses, made anew.
STATE = np.array(
    [i for i in range(at.I_STARTED, at.I_LAST_ORDER + 1) if i not in (at.I_ROW, at.I_SLICE)]
    + [at.I_CURRENT, at.I_CONTROL_ORDER]
)
#: Reals that belong to the new run.
_OWN_REALS = [at.R_END, at.R_MAX_STEP, at.R_FIRST_STEP]
#: Arrays of matrix values, by the place of their address.
_MATRICES = {"values": at.I_VALUES, "scratch": at.I_SCRATCH, "pair": at.I_PAIR_VALUES}
_COUNTED = ("iterations", "failures", "replaced_pivots", "pivoted_factorisations", "products")


def save_run(run: Run, solver: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the state of a run as a tree of arrays, which are those of the run itself.

    Parameters
    ----------
    run : Run
        Between two slices.
    solver : dict, optional
        What `save_solver` gave when the run ended; by default it is asked now.
    """
    return {
        "integers": run.integers[STATE],
        "reals": run.reals,
        "work": run.work,
        "matrices": {name: a for name, place in _MATRICES.items() if (a := _array_at(run, place)) is not None},
        "solver": save_solver(run) if solver is None else solver,
        "records": [_save_record(r) for r in run.records],
    }


def save_solver(run: Run) -> dict[str, Any]:
    """Return what the linear solver has counted for a run, and where it takes products without entries."""
    if run.solver is None or not run.counted_before:
        return {"counted": {}, "point": None}
    now, before = run.solver.statistics(), run.counted_before
    counted = {key: int(str(now[key])) - int(str(before.get(key, 0))) for key in _COUNTED if key in now}
    numbers = getattr(run.solver, "point_numbers", None)
    return {"counted": counted, "point": None if numbers is None else np.array(numbers)}


def _array_at(run: Run, place: int) -> Array | None:
    address = int(run.integers[place])
    for array in run.kept:
        if address and isinstance(array, np.ndarray) and address_of(array) == address:
            return array
    return None


def _save_record(record: Record) -> dict[str, Any]:
    return {
        "released": record.released,
        "begins_with_jump": record.begins_with_jump,
        "blocks": [
            {
                "times": b.times[: b.used], "orders": b.orders[: b.used], "states": b.states[: b.used],
                "segments": b.segments[: b.used], "first": b.first,
            }
            for b in record.blocks
        ],
    }  # fmt: skip


def restore_run(run: Run, saved: dict[str, Any], *, goes_on: bool) -> None:
    """Bring a run that has not begun to the state that was saved.

    Parameters
    ----------
    run : Run
        Of the same method, problem and tolerances; its limits are set.
    saved : dict
        From `save_run`.
    goes_on : bool
        Whether this run takes further steps; otherwise only its record and its counts matter.

    Raises
    ------
    CheckpointError
        If the state is none of this run.
    """
    try:
        _restore(run, saved, goes_on)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise CheckpointError(f"the checkpoint lacks a part of the state: {error!r}.") from None


def _restore(run: Run, saved: dict[str, Any], goes_on: bool) -> None:
    records = [_restored_record(run.record, r) for r in saved["records"]]
    if not records:
        raise CheckpointError("the checkpoint holds no steps.")
    run.earlier, run.record = records[:-1], records[-1]
    order = int(run.integers[at.I_ORDER])
    _fill(run.integers, STATE, saved["integers"])
    highest = max(order, int(run.integers[at.I_MAX_ORDER]))
    if not 0 <= run.integers[at.I_ORDER] <= highest:
        raise CheckpointError("the checkpoint has an order that the method does not know.")
    own = run.reals[_OWN_REALS]
    _fill(run.reals, slice(None), saved["reals"])
    run.reals[_OWN_REALS] = own
    if goes_on:
        run.go_on_from(run.record)
        _fill(run.work, slice(None), saved["work"])
        for name, place in _MATRICES.items():
            array = _array_at(run, place)
            if array is not None:
                _fill(array, slice(None), saved["matrices"][name])
        _factorise_again(run)
        _set_point(run, saved["solver"]["point"])
    _restore_counts(run, dict(saved["solver"]["counted"]))


def _restore_counts(run: Run, counted: dict[str, int]) -> None:
    """Let what the solver counts from now on be added to what it had counted before."""
    if run.solver is not None and run.counted_before:
        now = run.solver.statistics()
        for key, value in counted.items():
            run.counted_before[key] = int(str(now.get(key, 0))) - int(value)


def _fill(array: Array, places: Any, values: Any) -> None:
    if not isinstance(values, np.ndarray) or values.shape != array[places].shape or values.dtype != array.dtype:
        raise CheckpointError("the checkpoint was made with a method or a model of another size.")
    array[places] = values


def _restored_record(like: Record, saved: dict[str, Any]) -> Record:
    record = Record(like.size, like.coefficients, like.overlap, like.interpolant)
    record.released, record.begins_with_jump = bool(saved["released"]), bool(saved["begins_with_jump"])
    for part in saved["blocks"]:
        used = len(part["times"])
        block = Block(used + 2 * like.overlap + 8, like.size, like.coefficients)
        for name in ("times", "orders", "states", "segments"):
            _fill(getattr(block, name), slice(0, used), part[name])
        block.first, block.used = int(part["first"]), used
        if not 0 <= block.first < used:
            raise CheckpointError("the checkpoint holds an empty record.")
        record.blocks.append(block)
    if not record.blocks:
        raise CheckpointError("the checkpoint holds an empty record.")
    return record


def _factorise_again(run: Run) -> None:
    """Factorise what was factorised last; a matrix that was singular is so again, and is of no use."""
    i = run.integers
    if run.solver is None or i[at.I_FACTORED] == 0:
        return
    pair = _array_at(run, at.I_PAIR_VALUES)
    if pair is not None:
        for _, solver in run.lent:
            _factor(solver, 0.0, 1.0, pair)
    scratch, values = _array_at(run, at.I_SCRATCH), _array_at(run, at.I_VALUES)
    if scratch is not None:
        _factor(run.solver, 0.0, 1.0, scratch)
    elif values is not None:
        _factor(run.solver, 1.0, run.scale_of_matrix(), values)


def _factor(solver: LinearSolver, c_mass: float, c_jac: float, values: Array) -> None:
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int64, ctypes.c_double, ctypes.c_double, ctypes.c_void_p)
    kind(solver.factor_address)(solver.context_address, c_mass, c_jac, address_of(values))


def _set_point(run: Run, saved: Array | None) -> None:
    numbers = getattr(run.solver, "point_numbers", None)
    if numbers is not None:
        _fill(numbers, slice(None), saved)
