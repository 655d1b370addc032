"""Exact stochastic simulation: compiled engines that know tables of reactions, addresses and random streams.

An engine is a machine function ``int32 advance(int64* integers, double* reals)`` that takes events until it has to
return; places of its numbers are in `symnum.integrators.stochastic.layout`. One compiled engine serves every model.
`symnum.integrators.stochastic.batch` runs many trajectories in one call, without the interpreter lock.
"""
