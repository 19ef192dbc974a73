"""Equations → source code, one module a target."""
