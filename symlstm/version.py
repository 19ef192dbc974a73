"""The version, as text: asking the installed metadata costs 0.1 s."""

VERSION = "0.1.0"
