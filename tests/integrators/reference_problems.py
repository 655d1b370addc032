"""The test set of initial value problems: definitions and reference values from a file, as simulators and kernels."""

import json
import re
from dataclasses import replace
from fractions import Fraction

import numpy as np

import symnum as sn
from symnum.simulators.linear_algebra import LinearAlgebra, kernel_problem


def problems(folder):
    return json.loads((folder / "ivp" / "references.json").read_text())["problems"]


def number(text):
    return (
        float(Fraction(text)) if re.fullmatch(r"-?[\d/]+", text) else float(sn.evaluate(sn.parse(text), {}))
    )


class ReferenceProblem:
    """One problem of the file: a compiled simulator, its interval, and its values at the end."""

    def __init__(self, name, entry):
        equations = dict(zip(entry["states"], entry["rhs"], strict=True))
        start = dict(zip(entry["states"], map(number, entry["y0"]), strict=True))
        self.simulator = sn.build_simulator(sn.ode_system(equations, initial=start, name=name))
        self.name = name
        self.stiff = entry["kind"] == "stiff"
        self.span = number(entry["t0"]), number(entry["t1"])
        self.exact = np.array([float(v) for v in entry["own"]["y"]])

    def error(self, method, rtol, **options):
        """Solve; return the largest relative error of a component at the end, and the solution."""
        sol = self.simulator.solve(self.span, t_eval=[self.span[1]], method=method, rtol=rtol, **options)
        assert sol.success, sol.message
        # A component that is zero at the end but for rounding is measured against the others.
        size = np.abs(self.exact)
        scale = np.where(size > 1e-15 * size.max(), size, size.max())
        return float((np.abs(sol.y[:, -1] - self.exact) / scale).max()), sol


def dae_problem(equations, start, mass, parameters=None):
    """A kernel problem M y' = f with the mass matrix given as {(row, column): value}, from 0."""
    size = len(equations)
    simulator = sn.build_simulator(sn.ode_system(equations, initial=start, parameters=parameters or {}))
    _, p = simulator.defaults()
    problem = kernel_problem(simulator.kernels, size, p, LinearAlgebra("auto", None, "analytic"))
    indptr, indices = problem.pattern()
    values = np.zeros(len(indices))
    for j in range(size):
        for e in range(indptr[j], indptr[j + 1]):
            values[e] = mass.get((int(indices[e]), j), 0.0)
    assert np.count_nonzero(values) == len(mass)
    return replace(problem, mass=values, autonomous=simulator.is_autonomous)
