"""Cell → picture, and somebody's picture → findings.

`composing` makes a `Diagram` of a cell's equations: operators as nodes, quantities as wires. Every
format is printed from it, and a drawing in DOT is read to one; either way the diagram turns back
into equations, so that what is drawn can be proved.
"""
