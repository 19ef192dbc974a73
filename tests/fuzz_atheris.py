"""The fuzz target of the reader, driven by coverage: needs `atheris` (libFuzzer for Python).

`python tests/fuzz_atheris.py [-runs=100000] [-max_total_time=600] [folder]` starts from the
library's cells and keeps what reaches new lines of the reader in `folder`; a text that breaks the
promise of `fuzz_reader` is written to `crash-…`, and passing that file reads it again.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

FROM_TOKENS = 255
"""The first byte of an input whose other bytes number tokens; else the input is UTF-8 text."""


def main() -> None:
    import atheris

    with atheris.instrument_imports(include=["symlstm"]):
        import fuzz_reader

    tokens = (*fuzz_reader.latex_tokens(), *fuzz_reader.plain_tokens(), *fuzz_reader.ODD)

    def text_of(data: bytes) -> str:
        if data[:1] != bytes([FROM_TOKENS]):
            return data.decode("utf-8", "replace")
        pairs = zip(data[1::2], data[2::2], strict=False)
        return "".join(tokens[(256 * high + low) % len(tokens)] for high, low in pairs)

    def read_one(data: bytes) -> None:
        text = text_of(data)
        outcome = fuzz_reader.outcome_of(text)
        if outcome.broken:
            raise AssertionError(f"{outcome.broken}\n{outcome.detail}\n{text!a}")

    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(fuzz_reader.good_texts()):
            (Path(folder) / str(number)).write_text(text, encoding="utf-8")
        folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
        given = [] if any(map(Path.is_file, map(Path, folders))) else [folder]
        options = ["-timeout=20", "-max_len=4096", "-rss_limit_mb=2048"]
        atheris.Setup([sys.argv[0], *options, *sys.argv[1:], *given], read_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
