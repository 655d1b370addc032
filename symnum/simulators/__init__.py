"""Glue: from a system to kernels, integrators and solutions."""
