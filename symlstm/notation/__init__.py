"""LaTeX text ⇄ `Cell`: the grammar, the reader, and the printers of equations."""
