"""Simulators of fields: solutions on grids, what watches them, what stores them, and pictures of them."""
