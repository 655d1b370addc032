"""A small compiler of plain Python functions: numbers, pointers, loops and calls of each other.

It takes the syntax tree of a function and writes LLVM's intermediate code, by the types of the arguments alone. It
knows nothing but what solvers need (see `translator`), so that an engine of thirty functions is translated in a tenth
of a second; the time to compile is LLVM's own.
"""
