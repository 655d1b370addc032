"""Sums of products about the means, of one block of trajectories."""

from symnum.integrators.ensembles.compiled import statistics

__all__ = ["co_moments"]


@statistics.compiled_callback(
    "int64(CPointer(float64), CPointer(int32), int64, int64, int64, CPointer(float64), CPointer(float64), "
    "CPointer(float64))",
    seconds=0.5,
    optimise=3,
)
def co_moments(x, good, rows, times, width, mean, scratch, products):  # type: ignore[no-untyped-def]
    """Write the sum of products about the means of each pair of quantities, at each time.

    Parameters
    ----------
    x : pointer to float64[rows, times, width]
    good : pointer to int32[rows]
        Rows that count are not 0.
    mean : pointer to float64[times, width]
        From `symnum.integrators.ensembles.moments.moments`.
    scratch : pointer to float64[width]
    products : pointer to float64[times, width * (width - 1) / 2]
        Pairs in the order (0, 1), (0, 2), ..., (1, 2), ...
    """
    pairs = width * (width - 1) // 2
    for j in range(times * pairs):
        products[j] = 0.0
    for k in range(rows):
        if good[k] != 0:
            for i in range(times):
                here = (k * times + i) * width
                about = i * width
                for j in range(width):
                    scratch[j] = x[here + j] - mean[about + j]
                place = i * pairs
                for a in range(width - 1):
                    d = scratch[a]
                    for b in range(a + 1, width):
                        products[place + b - a - 1] += d * scratch[b]
                    place += width - a - 1
    return 0
