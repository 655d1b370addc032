"""Compute the stability polynomials of ROCK2: ``python tools/rock2_coefficients.py`` writes their file.

For each number of stages s the polynomial is R = w P, with P orthogonal for the weight w^2 / sqrt(1 - x^2). Three
numbers are free: the two complex zeros of the quadratic w, and where on the axis z = 0 lies. Three conditions fix them:
order 2, R''(0) R(0) = R'(0)^2, and that both of the first two maxima of |R| away from z = 0 are the damping. The later
ones are then a little smaller, and the interval is as long as these polynomials can be made: moving the zeros either
way along the axis shortens it.

Source: A. Abdulle and A. A. Medovikov, Numerische Mathematik 90 (2001) 1 (form of the polynomials, damping 0.95).
"""

import sys
from pathlib import Path

import numpy as np
from scipy.optimize import root

from symnum.integrators.tableaus.orthogonal import StabilityPolynomial, monic_recurrence

FILE = Path(__file__).resolve().parent.parent / "symnum" / "integrators" / "tableaus" / "rock2_polynomials.py"
DAMPING = 0.95
#: Every number of stages up to the first, then by the growth up to the second and by the larger one up to the third.
EVERY, USUAL, LARGEST = 16, 200, 1000
GROWTH, LARGE_GROWTH = 1.07, 1.15

HEAD = '''"""Stability polynomials of ROCK2, written by ``tools/rock2_coefficients.py``."""

#: Number of stages; centre and width of the zeros of the quadratic; place of z = 0: see `StabilityPolynomial`.
POLYNOMIALS: tuple[tuple[int, float, float, float], ...] = (
'''


def stage_numbers() -> list[int]:
    """Return the numbers of stages for which there are polynomials."""
    found = list(range(3, EVERY + 1))
    while found[-1] < LARGEST:
        growth = GROWTH if found[-1] < USUAL else LARGE_GROWTH
        found.append(min(round(growth * found[-1]), LARGEST))
    return found


def with_derivatives(recurrence: tuple, zeros: tuple[float, float], u: np.ndarray) -> np.ndarray:
    """Return R, R' and R'' by u, up to a common factor, at each u."""
    last, before = np.zeros((3, len(u))), np.zeros((3, len(u)))
    last[0] = 1.0
    for a, b in zip(*recurrence, strict=True):
        new = 2.0 * (u - a) * last - 4.0 * b * before
        new[1:] += 2.0 * np.array([[1.0], [2.0]]) * last[:2]
        last, before = new, last
    centre, width = zeros
    w, slope = (u - centre) ** 2 + width**2, 2.0 * (u - centre)
    p, p1, p2 = last
    return np.array([w * p, slope * p + w * p1, 2.0 * p + 2.0 * slope * p1 + w * p2])


def first_maxima(recurrence: tuple, zeros: tuple[float, float], stages: int) -> np.ndarray:
    """Return the first two maxima of |R| on the interval, its end included."""
    angles = np.linspace(0.0, min(7.0 * np.pi / stages, np.pi), 201)
    u = 2.0 * np.sin(0.5 * angles) ** 2
    size = np.abs(with_derivatives(recurrence, zeros, u)[0])
    inside = np.flatnonzero((size[1:-1] >= size[:-2]) & (size[1:-1] > size[2:])) + 1
    places = u[inside[:2]]
    for _ in range(4):
        _, slope, bend = with_derivatives(recurrence, zeros, places)
        places = places - slope / bend
    found = np.abs(with_derivatives(recurrence, zeros, places)[0])
    return found if len(found) == 2 else np.append(found, size[-1])


def conditions(numbers: np.ndarray, stages: int) -> np.ndarray:
    """Return what must vanish: of order 2, and of the two maxima."""
    centre, width, origin = numbers / stages**2
    recurrence = monic_recurrence(stages, *numbers[:2])
    value, slope, bend = with_derivatives(recurrence, (centre, width), np.array([-origin]))[:, 0]
    maxima = first_maxima(recurrence, (centre, width), stages)
    return np.append(bend * value / slope**2 - 1.0, maxima / abs(value) - DAMPING)


def polynomial(stages: int, guess: tuple[float, float, float] = (2.9, 3.5, 0.5)) -> StabilityPolynomial:
    """Return the polynomial of a degree; `guess` is one of a neighbouring degree."""
    solution = root(conditions, guess, args=(stages,), tol=1e-13)
    if not np.abs(solution.fun).max() < 1e-9:
        raise ArithmeticError(f"no polynomial of {stages} stages: {solution.message}")
    return StabilityPolynomial(stages, *(float(number) for number in solution.x))


def main() -> None:
    """Write the file."""
    lines, guess = [], (2.68, 3.75, 0.9)
    for stages in stage_numbers():
        found = polynomial(stages, guess)
        guess = found[1:]
        lines.append(f"    ({', '.join(repr(number) for number in found)}),\n")
        sys.stdout.write(lines[-1])
    FILE.write_text(HEAD + "".join(lines) + ")\n", encoding="utf-8")


if __name__ == "__main__":
    main()
