"""Graphs of reaction networks: species and reactions, complexes; as data, pictures, and text for other programs."""
