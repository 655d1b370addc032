"""Equations on grids: loops over boxes of cells, whose size has no part in the work on symbols."""
