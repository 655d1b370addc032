"""Compiled solvers. They know addresses, arrays and tolerances, and nothing of terms."""
