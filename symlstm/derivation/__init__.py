"""Gradient system → a derivation that people read."""
