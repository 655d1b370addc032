"""Kernels of systems on grids for CUDA devices: LLVM text, PTX made from it, and the same text for the processor."""
