"""Events: conditions watched after every step, located, and carried out; declared discontinuities."""
