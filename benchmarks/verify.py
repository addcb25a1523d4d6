"""What the peers wrote must be what they were asked for, or their times mean nothing."""

from __future__ import annotations

import json
from pathlib import Path

from inputs import text_of_word
from pypdf import PdfReader


def verify(peer: str, work: Path) -> None:
    """Read the first document of a peer with pypdf, or as XML, and stop when a value is not in it."""
    folder = work / "out" / peer
    if peer.startswith("pdf-floor"):
        return  # it only writes bytes
    if peer == "pdf-libreoffice":
        lacking = _lacking_in_text("".join(page.extract_text() for page in PdfReader(_first(folder)).pages), work)
    elif peer.startswith("pdf-"):
        lacking = _lacking_in_fields(_first(folder), work)
    elif peer.endswith("-floor"):
        return
    else:
        lacking = _lacking_in_text(text_of_word(_first(folder)), work)
    if lacking:
        raise SystemExit(f"{peer} did not write {', '.join(lacking)}")


def _first(folder: Path) -> Path:
    """Return the first document; a PDF that was made from a Word file lies beside it."""
    return next(path for path in sorted(folder.iterdir(), reverse=True) if path.stem == "00000")


def _lacking_in_fields(path: Path, work: Path) -> list[str]:
    wanted = json.loads((work / "values.json").read_text(encoding="utf-8"))[0]
    # cmforms names the root field by the issue, so that merged documents keep theirs apart.
    fields = PdfReader(path).get_fields() or {}
    found = {name.partition(".")[2]: str(field.get("/V", "")) for name, field in fields.items()}
    return [name for name, value in wanted.items() if found.get(name.partition(".")[2]) != value]


def _lacking_in_text(text: str, work: Path) -> list[str]:
    """Look for the plain values; labels of options are shown by boxes, and lines may break."""
    wanted = json.loads((work / "shown.json").read_text(encoding="utf-8"))[0]
    squeezed = "".join(text.split())
    names = ("student_name", "student_id", "dob", "school", "academic_goal", "supports", "social_worker")
    return [name for name in names if "".join(wanted[name].split()) not in squeezed]
