"""Statistics of many trajectories as machine code: moments of a block, counts in bins, observables at all times."""
