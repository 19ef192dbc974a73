"""The built-in cells written by hand in NumPy, forward and backward, one file a cell.

One idea: a route that shares nothing with the equations files, the calculus or the generator, so
that agreement with them is evidence. Each file is meant to be read alone, beside its paper.
"""
