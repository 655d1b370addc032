"""Straight-line polynomial code written directly as x86-64 instructions.

LLVM needs about a second for the 50,000 instructions of a large network, of which nearly all is
general register allocation and instruction selection that such code does not need: sums of
products over memory operands. Writing the instructions ourselves takes a tenth of that, and runs
as fast. Everything else goes through LLVM.
"""
