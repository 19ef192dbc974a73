"""Cell → gradient system: the matrix rules, the reverse sweep, time."""
