"""Reaction, diffusion and advection: equations for fields on grids, written as mathematics."""
