"""Somebody's words inside of generated Python.

An equations file is data: its title, its source and its name stand in the docstring of the code
that is generated from it, and nothing that they hold may end that docstring or mean something to
Python.
"""

from __future__ import annotations


def in_docstring(text: str) -> str:
    r"""A text as a docstring in triple quotes shows it, on one line.

    >>> in_docstring('the \\xi cell')
    'the \\\\xi cell'
    >>> in_docstring('a \"\"\"b')
    'a \\"\\"\\"b'
    """
    one_line = "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
    return one_line.replace("\\", "\\\\").replace('"', '\\"')
