"""Simulations of fields that stay on a CUDA device: state, stages, step sizes and outputs."""
