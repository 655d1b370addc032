"""Simplification of terms, right for the domain of every symbol in them."""
