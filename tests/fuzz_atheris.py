"""The fuzz target of the reader, driven by coverage: needs `atheris` (libFuzzer for Python).

`python tests/fuzz_atheris.py [-runs=200000] [-max_total_time=600] [folder]` starts from the
library's cells and keeps in the folder what reaches new lines of the reader. A text that breaks
the promise of `fuzz_reader` is written to `crash-…`, and giving that file reads it again.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
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

    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    paths = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    if not paths:
        paths = [str(Path(tempfile.gettempdir()) / "symlstm-fuzz")]
    if not Path(paths[0]).is_file():
        _plant(Path(paths[0]), fuzz_reader.good_texts())
    limits = ["-timeout=20", "-max_len=4096", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *limits, *options, *paths], read_one)
    atheris.Fuzz()


def _plant(folder: Path, texts: Iterable[str]) -> None:
    """What the first inputs are made of."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"good-{number}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
