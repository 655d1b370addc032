"""Preconditioners on grids as objects: multigrid, and sweeps along lines."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from symnum.errors import UnsupportedError
from symnum.integrators.grids import adi, couplings, levels, modal_preconditioner, multigrid
from symnum.integrators.grids.layout import GridField, fields_in_order
from symnum.integrators.grids.modal_solver import ModalSolver
from symnum.integrators.grids.spectral import GridModes
from symnum.integrators.problem import KernelProblem
from symnum.integrators.run import address_of

__all__ = ["ADI", "ModalPreconditioner", "Multigrid", "modal_preconditioner_of"]


class _GridPreconditioner:
    """What preconditioners that read couplings have in common.

    Parameters
    ----------
    problem : KernelProblem
        Gives products of the Jacobian with vectors, or the pattern of its entries.
    fields : sequence of GridField
        All on the same grid.
    reach : sequence of int
        How far neighbours lie that are read, along each axis.

    Raises
    ------
    UnsupportedError
        Where fields lie on different grids, or on one of more than three axes.
    """

    name = ""

    def __init__(self, problem: KernelProblem, fields: Sequence[GridField], reach: Sequence[int]) -> None:
        self._arguments = problem, tuple(fields), tuple(reach)
        ordered = fields_in_order(fields, problem.size)
        shapes = {field.shape for field in fields}
        if ordered is None or len(shapes) != 1 or len(fields[0].shape) > 3:
            raise UnsupportedError(
                f'preconditioner="{self.name}" is for fields on one grid of up to three axes; choose "ilu"'
            )
        self.fields = ordered
        self.shape = ordered[0].shape
        first = 3 - len(self.shape)
        count, cells = len(ordered), ordered[0].size
        periodic = [field.periodic for field in ordered]
        padded = (1,) * first + self.shape
        self._numbers: dict[str, Any] = {"fields": count, "cells": cells, "first": first}
        for axis in range(3):
            inside = axis >= first
            self._numbers[f"n{axis}"] = padded[axis]
            self._numbers[f"periodic{axis}"] = int(inside and all(p[axis - first] for p in periodic))
            self._numbers[f"reach{axis}"] = int(reach[axis - first]) if inside else 0
        sides = np.zeros((count, 3, 2), np.int64)
        for f, field in enumerate(ordered):
            for axis, pair in enumerate(field.sides):
                sides[f, first + axis] = [{"dirichlet": 2, "zero": 1}.get(side, 0) for side in pair]
        free = problem.jacobian == "free"
        self._counters = np.zeros(4, np.int64)
        self._arrays: dict[str, npt.NDArray[Any]] = {
            "sides": sides, "probe": np.empty(2 * problem.size), "image": np.empty(problem.size),
            "block": np.empty(2 * count**2), "counters": self._counters,
        }  # fmt: skip
        if free:
            self._arrays["parameters"] = problem.parameters
        else:
            self._arrays["indptr"], self._arrays["indices"] = problem.pattern()
        self._numbers |= {"context": problem.context_address, "product": problem.product_address if free else 0}

    def _pack(self, more: Sequence[str], numbers: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Make the context."""
        everything = self._numbers | numbers
        everything |= {name: address_of(array) for name, array in (self._arrays | arrays).items()}
        self._kept = self._arrays | arrays
        self._context = np.array([everything.get(slot, 0) for slot in (*couplings.SLOTS, *more)], np.int64)
        self.context_address = address_of(self._context)

    def clone(self) -> "_GridPreconditioner":
        """Return an independent one."""
        return type(self)(*self._arguments)


class Multigrid(_GridPreconditioner):
    """One V-cycle of geometric multigrid.

    Attributes
    ----------
    context_address, factor_address, solve_address : int
        See `symnum.integrators.linear.preconditioners.Preconditioner`.
    """

    name = "multigrid"

    def __init__(self, problem: KernelProblem, fields: Sequence[GridField], reach: Sequence[int]) -> None:
        super().__init__(problem, fields, reach)
        count, cells = len(self.fields), self.fields[0].size
        axes = len(self.shape)
        limit = 2 + sum(math.ceil(math.log2(n)) for n in self.shape if n > 1)
        # Each level has at most half the cells of the one before, and a cell more along every axis.
        each = (2 * axes + 2 * count + 3) * count
        extra = sum(math.prod(max(n >> k, 1) + 1 for n in self.shape) for k in range(limit))
        room = each * (2 * cells + extra)
        pool = np.empty(room)
        arrays: dict[str, npt.NDArray[Any]] = {
            "table": np.zeros(limit * levels.LEVEL, np.int64), "pool": pool,
            "row": np.empty(count * self.shape[-1]), "spare": np.empty(2 * cells),
            "inverse": np.empty(2 * levels.DENSE**2),
        }  # fmt: skip
        self._pack(levels.MORE, {"limit": limit, "room": room}, arrays)
        self.factor_address: int = multigrid.factor_multigrid.address
        self.solve_address: int = multigrid.solve_multigrid.address

    @property
    def levels(self) -> list[tuple[int, ...]]:
        """Cells along each axis, level by level, as they were last made."""
        used = int(self._context[len(couplings.SLOTS) + levels.MORE.index("levels")])
        table = self._kept["table"].reshape(-1, levels.LEVEL)
        return [tuple(row[3 - len(self.shape) : 3].tolist()) for row in table[:used]]

    def statistics(self) -> dict[str, object]:
        """Return how often couplings were read and cycles done, and the grids."""
        counts = self._counters.tolist()
        return {"factorisations": counts[0], "cycles": counts[1], "levels": len(self.levels)}


class ADI(_GridPreconditioner):
    """Sweeps along the lines of one axis after the other.

    Attributes
    ----------
    context_address, factor_address, solve_address : int
        See `symnum.integrators.linear.preconditioners.Preconditioner`.
    """

    name = "adi"

    def __init__(self, problem: KernelProblem, fields: Sequence[GridField], reach: Sequence[int]) -> None:
        super().__init__(problem, fields, reach)
        count, n = len(self.fields), problem.size
        axes = len(self.shape)
        arrays: dict[str, npt.NDArray[Any]] = {
            "couplings": np.empty(2 * axes * n), "blocks": np.empty(count * n), "closing": np.empty(2 * axes * n),
            "row": np.empty(max(*self.shape, self.fields[0].size // self.shape[0])), "vector": np.empty(n),
            "mass": np.empty(1),
        }  # fmt: skip
        self._pack(adi.MORE, {}, arrays)
        self.factor_address: int = adi.factor_adi.address
        self.solve_address: int = adi.solve_adi.address

    def statistics(self) -> dict[str, object]:
        """Return how often couplings were read and lines swept."""
        counts = self._counters.tolist()
        return {"factorisations": counts[0], "sweeps": counts[1]}


class ModalPreconditioner(_GridPreconditioner):
    """The linear part mode by mode, with the mean of what happens in the cells.

    Attributes
    ----------
    context_address, factor_address, solve_address : int
        See `symnum.integrators.linear.preconditioners.Preconditioner`.
    """

    name = "transform"

    def __init__(self, problem: KernelProblem, modes: GridModes, fields: Sequence[GridField]) -> None:
        super().__init__(problem, fields, (1,) * len(fields[0].shape))
        self._again = problem, modes, fields
        self._transform = modes.transform.clone()
        count, cells, n = len(self.fields), self.fields[0].size, problem.size
        means = np.zeros((count, count))
        for g in range(count):
            one = np.zeros(n)
            one[g * cells : (g + 1) * cells] = 1.0
            means[:, g] = (modes.apply(one) - modes.constant).reshape(count, cells).mean(axis=1)
        function, context = self._transform.machine
        arrays: dict[str, npt.NDArray[Any]] = {
            "linear": modes.linear, "means": means, "inverse": np.empty(count * n), "first_vector": np.empty(n),
            "second_vector": np.empty(n), "reaction": np.empty(count**2),
        }  # fmt: skip
        numbers = {"transform": function, "transform_context": context}
        self._pack(modal_preconditioner.MORE, numbers, arrays)
        self.factor_address: int = modal_preconditioner.factor_mean.address
        self.solve_address: int = modal_preconditioner.solve_mean.address

    def clone(self) -> "ModalPreconditioner":
        """Return an independent one."""
        return ModalPreconditioner(*self._again)


def modal_preconditioner_of(
    problem: KernelProblem, modes: GridModes, fields: Sequence[GridField]
) -> "ModalPreconditioner | ModalSolver":
    """Return the modes with the mean of what happens in the cells, or alone where fields have different transforms."""
    if modes.transform.is_uniform and not len(modes.starts):
        return ModalPreconditioner(problem, modes, fields)
    return ModalSolver(modes)
