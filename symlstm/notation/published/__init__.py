"""Derivations that other people published: equations for adjoints beside those of a cell."""
