"""Published derivations, held against the gradients that follow from the equations."""
