"""Fields on a CUDA device: answers against the processor's, and throughput as a part of the memory's bandwidth.

``python benchmarks/cuda_reaction_diffusion.py [--json [PATH]] [--quick] [--simulate]``. Needs a device; results carry
its name. ``--simulate`` runs the same program on the simulated device with tiny grids, to see that it works: its times
mean nothing and are not stored.

The roof is a copy of the same rows on the same device in the same run (two fields read, two written), and the bandwidth
that the device's clock and bus width promise. Beside what is measured stands what is computed from the code alone
(``computed``): registers, threads that an SM holds, bytes that a cell cannot do without. The last line of the output is
one JSON object with the device's name, the bandwidth of the copy and the parts of it that were reached.
"""

import harness

# isort: split
import argparse
import json
import re
import statistics
import sys
import time
from typing import Any

import numpy as np
from harness import Results, WrongAnswer, finish, parser

import symnum as sn
from codegen.cuda.kernel import Term, Update
from codegen.cuda.pointwise_kernel import PointwiseKernel
from codegen.cuda.ptx import assemble, make_ptx
from symnum.errors import MissingDependencyError, MissingDeviceError
from symnum.simulators.cuda.methods import Wanted, compile_plan
from symnum.simulators.cuda.run import DeviceRun, Request

#: Part of the bandwidth that steps of Euler's method on a large grid must reach.
BAR = 0.7
NO_DEVICE = 2
#: Allowed differences of methods whose steps are given. Rounding decides the step sizes of explicit methods that go to
#: their limit of stability, so those that choose their steps may differ by as much as they tolerate.
ALLOWED = {"float64": 1e-10, "float32": 1e-4}
RTOL = 1e-5
# Of compute capability 9.0, as NVIDIA publishes it: registers and threads of an SM, and in what units a warp gets them.
REGISTERS, THREADS, UNIT, ARCHITECTURE = 65536, 2048, 8, "sm_90"


def gray_scott(cells: int) -> Any:
    """Gray and Scott's model, periodic, on cells of width 1."""
    far = f"(x - {cells / 2})^2 + (y - {cells / 2})^2"
    return sn.reaction_diffusion(
        {"u": "0.16*laplacian(u) - u*v^2 + F*(1 - u)", "v": "0.08*laplacian(v) + u*v^2 - (F + k)*v"},
        grid=sn.Grid(x=(0, cells, cells), y=(0, cells, cells)),
        boundary="periodic",
        parameters={"F": 0.035, "k": 0.065},
        initial={"u": f"1 - 0.5*exp(-0.02*({far}))", "v": f"0.25*exp(-0.02*({far}))"},
    )


def check_answers(results: Results, target: str, cells: int, t_end: float) -> None:
    """Compare whole simulations with the processor's, before any time counts."""
    model = gray_scott(cells)
    cpu = sn.build_simulator(model)
    for dtype, rounding in ALLOWED.items():
        device = sn.build_simulator(model, target=target, dtype=dtype)
        for method, step in (
            ("euler", 0.5),
            ("rk4", 0.5),
            ("bs3", None),
            ("tsit5", None),
            ("rkc2", None),
            ("rock2", None),
            ("etdrk4", 0.5),
            ("etdrk4", None),
        ):
            if (method, dtype) == ("rock2", "float32"):
                continue  # not in single precision
            name = f"{method} {dtype}" + (" with error control" if (method, step) == ("etdrk4", None) else "")
            allowed = rounding if step is not None else max(rounding, RTOL)
            options = {"method": method, "step": step, "t_eval": [0.0, t_end], "rtol": RTOL}
            try:
                found = device.solve((0.0, t_end), **options)
            except MissingDependencyError as error:
                results.skip(name, str(error))
                continue
            expected = cpu.solve((0.0, t_end), **options)
            difference = float(np.max(np.abs(found.frames[-1] - expected.frames[-1])))
            if not (found.success and difference <= allowed):
                raise WrongAnswer(f"{name}: differs by {difference:.3g} (allowed: {allowed:g})")
            results.add("difference from the processor", name, difference, "", steps=found.stats["steps"])


class Timed:
    """A run of one method whose steps are queued by hand."""

    def __init__(self, sim: Any, wanted: Wanted, step: float) -> None:
        made = sim._made(wanted)
        y0, p = sim.defaults()
        copy = PointwiseKernel("copy", (Update(made.plan.rows, (Term(0),)),), None)
        made.plan.rows += 1
        made.plan.kernels.append(copy)
        made.module = compile_plan(made.plan, made.layout, made.tapes)
        request = Request(0.0, 1e9, y0, p, np.array([1e9]), 1e-4, 1e-6, first_step=step)
        self.run: DeviceRun = made.run(sim.device, request, sim.system)
        self.run.upload()
        self.run.memory.queue(["early"])
        self.run.memory.queue(made.plan.begin)
        self.run.set("h", step) if "h" in made.layout.slots else None
        self.bytes = 2 * made.layout.size * made.layout.real.size

    def seconds(self, items: Any, count: int) -> float:
        """Seconds for one turn of some launches, from the clock around many of them."""
        self.run.look()
        began = time.perf_counter()
        self.run.memory.queue(items, count)
        self.run.look()
        return (time.perf_counter() - began) / count

    def median(self, items: Any, rounds: int) -> float:
        """Median over rounds of about 0.1 s each."""
        once = self.seconds(items, 16)
        count = max(16, 16 * round(0.1 / (16 * max(once, 1e-7))))
        return statistics.median(self.seconds(items, count) for _ in range(rounds))


def computed(results: Results, cells: int) -> None:
    """What the code itself tells, with no device: nothing of this is a measurement."""
    for dtype in ("float64", "float32"):
        sim = sn.build_simulator(gray_scott(cells), target="cuda-simulator", dtype=dtype)
        module = sim.device_module("euler", step=0.5)
        kernel, launch = next((k, m) for k, m in module.launches.items() if k.startswith("rates"))
        try:
            report = assemble(make_ptx(module, ARCHITECTURE), ARCHITECTURE).report
        except MissingDependencyError as error:
            results.skip(f"computed {dtype}", str(error))
            continue
        found = re.search(rf"Function properties for {kernel}.*?Used (\d+) registers", report, re.DOTALL)
        registers = int(found[1]) if found else 0
        blocks = REGISTERS // (max(-(-registers // UNIT), 1) * UNIT * launch.threads)
        results.add(
            f"computed {dtype}", "bytes per cell", 4.0 * sim.real.size, "B", registers=registers,
            occupancy=min(blocks * launch.threads, THREADS) / THREADS, architecture=ARCHITECTURE,
        )  # fmt: skip


def throughput(results: Results, target: str, sizes: tuple[int, ...], rounds: int, bandwidth: float | None) -> None:
    """Steps of a given size, by grid and precision."""
    for dtype in ("float64", "float32"):
        for cells in sizes:
            sim = sn.build_simulator(gray_scott(cells), target=target, dtype=dtype)
            for method in ("euler", "ssprk33", "rk4"):
                timed = Timed(sim, Wanted(method, "fused"), 0.5)
                with timed.run:
                    copy = timed.median(["copy"], rounds)
                    step = timed.median(timed.run.plan.many, rounds) / timed.run.plan.many_steps
                rate, roof = timed.bytes / step, timed.bytes / copy
                results.add(
                    f"{cells}² {dtype}", method, cells * cells / step / 1e9, "Gcell/s", step_us=step * 1e6,
                    of_copy=copy / step, of_bandwidth=rate / (bandwidth or roof), copy_GBps=roof / 1e9,
                )  # fmt: skip


def bars(results: Results, largest: int) -> None:
    """Hold the largest grid against the bar."""
    part = results.value(f"{largest}² float64", "euler", "of_bandwidth")
    results.bar(f"Euler's method, {largest}², float64: bandwidth asked for over bandwidth reached", BAR / part, 1.0)


def summary(results: Results, device: str, bandwidth: float | None, largest: int) -> dict[str, Any]:
    """The figures in one object."""
    name = f"{largest}² float64"
    parts = {key: results.value(name, "euler", key) for key in ("copy_GBps", "of_copy", "of_bandwidth", "step_us")}
    return {
        "device": device, "promised_GBps": None if bandwidth is None else bandwidth / 1e9, "grid": f"{largest}²",
        "method": "euler", "dtype": "float64", **parts,
    }  # fmt: skip


def main(arguments: argparse.Namespace) -> int:
    """Measure and store."""
    target = "cuda-simulator" if arguments.simulate else "cuda"
    results = Results("cuda_reaction_diffusion", arguments.quick)
    try:
        device: Any = sn.build_simulator(gray_scott(16), target=target).device
    except MissingDeviceError as error:
        print(f"Nothing was measured. {error}", file=sys.stderr)
        return NO_DEVICE
    results.missing["device"] = device.name  # in the stored file beside the machine
    bandwidth = 1e9 if device.simulated else device.bandwidth
    if bandwidth is not None:  # some drivers do not tell the clock
        results.add("device", device.name, bandwidth / 1e9, "GB/s")
    computed(results, 16 if arguments.simulate else 4096)
    check_answers(results, target, 16 if arguments.simulate else 128, 8.0 if arguments.simulate else 64.0)
    sizes = (16, 32) if arguments.simulate else (256, 1024, 4096)
    throughput(results, target, sizes, 2 if arguments.quick or arguments.simulate else 7, bandwidth)
    if arguments.simulate:
        print("simulated: nothing is stored")
    else:
        bars(results, sizes[-1])
        finish(results, arguments)
    print(json.dumps(summary(results, device.name, bandwidth, sizes[-1])))
    return 0


if __name__ == "__main__":
    options = parser("cuda_reaction_diffusion", (__doc__ or harness.__name__).splitlines()[0])
    options.add_argument("--simulate", action="store_true", help="tiny grids on the simulated device, nothing stored")
    sys.exit(main(options.parse_args()))
