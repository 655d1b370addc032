"""What the structure of a reaction network says: complexes, linkage classes, deficiency, balance, graphs."""
