"""How an implementation does in floating point: what overflows, what is lost, and on which line."""
