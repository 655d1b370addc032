"""Trackers: what watches a simulation of fields while it goes on."""
