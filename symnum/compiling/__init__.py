"""From Python functions to machine code by Numba, kept on disk and loaded without Numba: for solvers and arenas."""
