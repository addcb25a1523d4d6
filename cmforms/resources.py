"""Where the data that ships with cmforms lies: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(folder: str) -> Path:
    """Return the shipped folder: `forms`, `templates` or `samples`."""
    inside = _PACKAGE / "data" / folder
    return inside if inside.is_dir() else _PACKAGE.parent / folder


def fonts() -> Path:
    """Return the folder of the embedded fonts."""
    return _PACKAGE / "fonts"
