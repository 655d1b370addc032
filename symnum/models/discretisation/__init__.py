"""Equations for fields become loops over boxes of cells: operators, boundary conditions, orders of accuracy."""
