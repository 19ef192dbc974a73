"""Pages as headless Chromium shows them."""

import json
import os
import re
import shutil
import subprocess
from html import unescape


def program():
    """The path of Chromium; None: it is not installed."""
    return shutil.which("chromium") or shutil.which("google-chrome")


def looked_at(chromium, text, folder, script):
    """What a script finds in a page: it leaves JSON in an element with the id `found`."""
    path = folder / "page.html"
    path.write_text(text.replace("</body>", f"{script}</body>"), encoding="utf-8")
    done = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1000,1400",
         f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=10000", "--dump-dom",
         path.as_uri()],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    (found,) = re.findall(r'<pre id="found">(.*?)</pre>', done.stdout)
    return json.loads(unescape(found))


def missing(reason):
    """Skip a test for want of a program; in CI that is a failure."""
    import pytest

    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
