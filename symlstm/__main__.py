"""`python -m symlstm`, where the command itself is not on the path."""

from symlstm.cli import main

main(prog_name="python -m symlstm")
