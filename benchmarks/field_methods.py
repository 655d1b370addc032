"""CPU time and error of methods on grids, by problem and tolerance: what the automatic choice for fields rests on.

``python benchmarks/field_methods.py [--cells 64]`` prints a table. Errors are the largest at the end, over the largest
value, against a run of the Radau or the exponential method with a tolerance of 1e-10.
"""

import argparse
import sys
import time

import numpy as np

import symnum as sn

BRUSSELATOR = {"u": "B + u^2*v - (A+1)*u + alpha*laplacian(u)", "v": "A*u - u^2*v + alpha*laplacian(v)"}
GRAY_SCOTT = {"u": "0.16*laplacian(u) - u*v^2 + 0.035*(1-u)", "v": "0.08*laplacian(v) + u*v^2 - 0.1*v"}
SCHNAKENBERG = {"u": "laplacian(u) + k*(0.1 - u + u^2*v)", "v": "40*laplacian(v) + k*(0.9 - u^2*v)"}

METHODS = (
    ("auto", {}),
    ("etdrk4", {}),
    ("kencarp4", {}),
    ("sbdf", {}),
    ("rkc2", {}),
    ("rock2", {}),
    ("tsit5", {}),
    ("ndf", {"linear_solver": "sparse"}),
    ("ndf", {"preconditioner": "multigrid"}),
    ("ndf", {"preconditioner": "transform"}),
)


def problems(n):
    """Models, the end of the interval and what they are called."""
    waves = {"u": "1 + 0.5*cos(2*pi*x)*cos(2*pi*y)", "v": "3 + cos(2*pi*y)"}
    square = sn.Grid(x=(0, 1, n), y=(0, 1, n))
    for alpha, end in ((10.0, 1.0), (0.05, 10.0)):
        parameters = {"A": 3.4, "B": 1.0, "alpha": alpha}
        model = sn.reaction_diffusion(
            BRUSSELATOR, grid=square, parameters=parameters, boundary="neumann", initial=waves
        )
        yield f"Brusselator, diffusion {alpha:g}", model, end
    grid = sn.Grid(x=n, y=n)
    spot = {"u": f"1 - 0.5*exp(-((x-{n / 2})^2+(y-{n / 2})^2)/30)", "v": f"0.25*exp(-((x-{n / 2})^2+(y-{n / 2})^2)/30)"}
    yield "Gray-Scott", sn.reaction_diffusion(GRAY_SCOTT, grid=grid, boundary="periodic", initial=spot), 500.0
    parameters, start = {"k": 100.0}, {"u": "1 + 0.01*cos(7*x)*cos(3*y)", "v": "0.9 + 0.01*cos(4*y)"}
    model = sn.reaction_diffusion(
        SCHNAKENBERG, grid=square, parameters=parameters, boundary="neumann", initial=start
    )
    yield "Schnakenberg", model, 1.0


def timed(sim, end, rtol, method, settings):
    """CPU seconds of a second run, and its solution; None where the method refuses or is too slow."""
    solution, seconds = None, 0.0
    for _ in range(2):
        began = time.process_time()
        try:
            solution = sim.solve(
                (0, end), t_eval=[end], rtol=rtol, method=method, progress=False, timeout_s=60, **settings
            )
        except sn.errors.SymnumError as error:
            return None, 0.0, str(error)[:60]
        seconds = time.process_time() - began
        if seconds > 20:
            break
    return (solution if solution.success else None), seconds, solution.status.name


def last(solution):
    """All fields at the end."""
    return np.stack([np.asarray(solution.field(name).isel(t=-1)) for name in solution.field_names])


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=64)
    parser.add_argument("--tolerances", type=float, nargs="+", default=[1e-3, 1e-5, 1e-7])
    arguments = parser.parse_args()
    for title, model, end in problems(arguments.cells):
        sim = sn.build_simulator(model)
        exact = last(sim.solve((0, end), t_eval=[end], rtol=1e-10, method="etdrk4", progress=False))
        for rtol in arguments.tolerances:
            for method, settings in METHODS:
                solution, seconds, status = timed(sim, end, rtol, method, settings)
                name = " ".join((method, *settings.values()))
                if solution is None:
                    print(f"{title:28s} {rtol:.0e} {name:18s} {status}")
                    continue
                error = np.abs(last(solution) - exact).max() / np.abs(exact).max()
                chosen = solution.stats["method"] if method == "auto" else ""
                print(f"{title:28s} {rtol:.0e} {name:18s} {seconds:9.3f} s  error {error:.1e} {chosen}")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
