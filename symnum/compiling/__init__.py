"""From plain Python functions to machine code by LLVM, kept on disk: for solvers and arenas."""
