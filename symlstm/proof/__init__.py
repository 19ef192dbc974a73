"""Terms, exact evaluation in a tower of prime fields, equations interpreted on symbols, comparison.

Nothing here imports NumPy.
"""
