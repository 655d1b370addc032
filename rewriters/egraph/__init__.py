"""The e-graph engine: all forms of some terms under some rules at once, and the cheapest of them."""
