"""The compiled sweeps over an arena, one operation a file; `sweep` is their one entry point.

All of them get the address of an arena's state, which holds the addresses of its arrays (see `layout`). A sweep may
stop early and report why in the state: an array is full (the arena grows it and sweeps again), a number is needed
that is no small integer (the arena computes it with Python's exact numbers, remembers it among the answers, takes
back what was made with a guess, and sweeps again), or the rules of construction that apply are known to the
canonical structure alone.

Plain loops over pointers, no NumPy arrays, no allocation: that compiles fast, and loads without Numba.
"""
