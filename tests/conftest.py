"""The library, the sample cases and a workspace that every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmforms.definitions.library import Library

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def library() -> Library:
    """The shipped definitions and templates."""
    return Library.default()


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of the sample cases."""
    return ROOT / "samples" / "cases"
