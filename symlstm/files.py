"""Writing files: whole or not at all, and never over what a person has edited.

A derived file ends with a seal, a digest of what stands before it. While the seal fits, the file is
as it was generated and may be replaced.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path

from symlstm.messages import UsageError

_SEAL = re.compile(r"^[#%] unedited while this fits: ([0-9a-f]{16})\n\Z", re.MULTILINE)


def sealed(text: str, comment: str) -> str:
    """The text with a seal as its last line.

    Args:
        comment: what begins a comment in the language of the text, `#` or `%`.
    """
    return f"{text}{comment} unedited while this fits: {_digest(text)}\n"


def is_untouched(text: str) -> bool:
    """Whether the seal of a text fits."""
    match = _SEAL.search(text)
    return match is not None and match[1] == _digest(text[: match.start()])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is either the old one or the new one, never a part.

    A link stays one: the file behind it is written. What is no file, a device such as /dev/null or
    a pipe, is written to; a new file in its place would end it.

    Raises:
        UsageError: the folder does not exist or cannot be written to.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file() and not path.is_dir():
        _write_into(path, text)
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as problem:
        raise _cannot_write(path, problem) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as problem:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise _cannot_write(path, problem) from None


def _write_into(path: Path, text: str) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as problem:
        raise _cannot_write(path, problem) from None


def _cannot_write(path: Path, problem: OSError) -> UsageError:
    reason = (problem.strerror or "cannot be written").lower()
    return UsageError("S009", f"{path}: {reason}", help="choose a folder that you may write to")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
