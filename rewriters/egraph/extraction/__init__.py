"""Extraction: which e-node stands for each class."""
