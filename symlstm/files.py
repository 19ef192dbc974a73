"""Writing files: whole or not at all, and never over what a person has edited.

A derived file ends with a seal, a digest of what stands before it. While the seal fits, the file is
as it was generated and may be replaced.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symlstm.messages import UsageError

_SEAL = re.compile(
    r"^(?:[#%] unedited while this fits: ([0-9a-f]{16})"
    r"|<!-- unedited while this fits: ([0-9a-f]{16}) -->"
    r'|  "unedited_while_this_fits": "([0-9a-f]{16})"\n\})\n\Z',
    re.MULTILINE,
)


def sealed(text: str, comment: str) -> str:
    """The text with a seal as its last line.

    Args:
        comment: what begins a comment in the language of the text: `#`, `%` or `<!--`.
    """
    end = " -->" if comment == "<!--" else ""
    return f"{text}{comment} unedited while this fits: {_digest(text)}{end}\n"


def sealed_json(data: Mapping[str, Any]) -> str:
    """An object as JSON, its last member a seal of the lines before."""
    text = json.dumps(data, ensure_ascii=False, indent=2).removesuffix("\n}") + ",\n"
    return f'{text}  "unedited_while_this_fits": "{_digest(text)}"\n}}\n'


def is_untouched(text: str) -> bool:
    """Whether the seal of a text fits."""
    match = _SEAL.search(text)
    return match is not None and _digest(text[: match.start()]) in match.groups()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that it is either the old one or the new one, never a part.

    A link stays one: the file behind it is written. What is no file, a device such as /dev/null or
    a pipe, is written to; a new file in its place would end it.

    Raises:
        UsageError: the folder does not exist or cannot be written to.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file() and not path.is_dir():
        _write_into(path, data)
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as problem:
        raise _cannot_write(path, problem) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as problem:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise _cannot_write(path, problem) from None


def _write_into(path: Path, data: bytes) -> None:
    try:
        with path.open("wb") as stream:
            stream.write(data)
    except OSError as problem:
        raise _cannot_write(path, problem) from None


def _cannot_write(path: Path, problem: OSError) -> UsageError:
    reason = (problem.strerror or "cannot be written").lower()
    return UsageError("S009", f"{path}: {reason}", help="choose a folder that you may write to")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
