"""Fixtures of several files."""

import pytest
from browsing import missing, program


@pytest.fixture(scope="session")
def chromium():
    found = program()
    if found is None:
        missing("chromium is missing: install the package chromium")
    return found
