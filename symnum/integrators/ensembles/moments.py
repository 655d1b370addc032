"""Mean and sum of squares about the mean, of one block of trajectories."""

from symnum.integrators.ensembles.compiled import statistics

__all__ = ["moments"]


@statistics.compiled_callback(
    "int64(CPointer(float64), CPointer(int32), int64, int64, CPointer(float64), CPointer(float64))",
    seconds=0.5,
    optimise=3,
)
def moments(x, good, rows, cells, mean, squares):  # type: ignore[no-untyped-def]
    """Write mean and squares of each cell over the good rows; return their number.

    Sums are of differences, from the first good row and then from the mean: large populations cancel nothing.

    Parameters
    ----------
    x : pointer to float64[rows, cells]
    good : pointer to int32[rows]
        Rows that count are not 0.
    mean, squares : pointer to float64[cells]
        `squares` receives the sum of squares about the mean.
    """
    first = 0
    while first < rows and good[first] == 0:
        first += 1
    for j in range(cells):
        mean[j] = 0.0
        squares[j] = 0.0
    if first == rows:
        return 0
    start = first * cells
    n = 1
    for k in range(first + 1, rows):
        if good[k] != 0:
            n += 1
            row = k * cells
            for j in range(cells):
                mean[j] += x[row + j] - x[start + j]
    share = 1.0 / n
    for j in range(cells):
        mean[j] = x[start + j] + mean[j] * share
    for k in range(first, rows):
        if good[k] != 0:
            row = k * cells
            for j in range(cells):
                d = x[row + j] - mean[j]
                squares[j] += d * d
    return n
