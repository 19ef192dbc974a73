"""Bind code of another signature: find how it packs what a cell has, and prove it.

`forms` says which arrays may be asked for, `symlstm.tracing.probing` finds those that the code
takes, `matching` tells from numbers which part of them is which parameter, `adapter` writes that
down as code, and the proof of this code is the verdict. Numbers only guess.
"""
