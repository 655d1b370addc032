"""Frames in files, written while a simulation goes on, one folder or file for each run."""
