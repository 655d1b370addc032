"""Linear algebra on grids of cells: fast transforms, geometric multigrid, sweeps along lines. Arrays and addresses."""
