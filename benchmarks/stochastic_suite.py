"""The odd-numbered stochastic cases of the SBML Test Suite that need nothing but networks, by the suite's statistics.

``python benchmarks/stochastic_suite.py [--json [PATH]] [--quick]``. 10,000 trajectories a case, the seed is the case's
number; a case with more than one point outside is repeated once with 100,000 trajectories and the seed 1000 higher, and
must then pass. `--quick` takes 1,000 and 10,000.
"""

import harness

# isort: split
import math
import sys

import numpy as np
from harness import Results
from workloads import stochastic_cases as suite


def report(results: Results, outcome: suite.Outcome) -> None:
    """Store what a run of a case gave."""
    y = np.concatenate([v.y for v in outcome.verdicts.values()])
    results.add(
        f"case {outcome.case.name}",
        f"n = {outcome.n}, seed {outcome.seed}",
        outcome.seconds,
        "s",
        outside=outcome.outside,
        passed=outcome.passed,
        largest_Z=float(np.abs(outcome.z).max()),
        largest_Y=float(np.abs(y).max()),
        range_Y=outcome.case.deviation_range[1],
        method=outcome.method,
        points=len(outcome.z),
    )


def main() -> int:
    """Run the suite."""
    given = harness.parser("stochastic_suite", __doc__ or "").parse_args()
    results = Results("stochastic_suite", quick=given.quick)
    n = 1000 if given.quick else 10_000
    z, failed, repeated = [], 0, 0
    for case in suite.read_cases(harness.data_folder() / "sbml" / "stochastic-odd.tar.gz"):
        if (why := suite.needs(case)) is not None:
            results.skip(f"case {case.name}", f"needs {why}")
            continue
        outcome = suite.run_case(case, n)
        report(results, outcome)
        z.append(outcome.z)
        if not outcome.passed:
            repeated += 1
            outcome = suite.run_case(case, 10 * n, seed=case.number + 1000)
            report(results, outcome)
            failed += not outcome.passed
    pooled = np.abs(np.concatenate(z))
    for beyond in (2, 3):
        found, normal = float(np.mean(pooled > beyond)), math.erfc(beyond / math.sqrt(2))
        results.add(
            "all cases", f"|Z| > {beyond}", 100 * found, "%", expected=100 * normal, points=len(pooled)
        )
    results.add("all cases", "repeated", repeated, "cases", of=len(z))
    results.bar("cases that fail twice", failed, 0)
    return harness.finish(results, given)


if __name__ == "__main__":
    sys.exit(main())
