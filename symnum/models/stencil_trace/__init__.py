"""Tracing of programs on arrays: a function of NumPy, called once on a symbolic array, becomes loops over cells."""
