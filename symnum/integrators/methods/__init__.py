"""Methods as data: one file each with the numbers, the properties and the reference."""
