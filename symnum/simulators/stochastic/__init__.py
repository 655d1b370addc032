"""Stochastic simulators: from propensities to tables and kernels, trajectories, solutions."""
