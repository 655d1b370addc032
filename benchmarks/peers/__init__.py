"""The other tools that the benchmarks run beside symnum, each behind a few functions of the same shape."""
