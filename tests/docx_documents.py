"""The sampler as a Word document: its values, its template, and the template with one thing changed."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmforms.build.docx import build_docx
from cmforms.definitions.library import Library, load
from cmforms.definitions.schema import Form
from cmforms.fill.docx import fill_docx
from cmforms.issue.identity import identify
from cmforms.values.documents import Bound, Filled, Identity, Issued
from cmforms.values.kinds import Value

KEY = b"k" * 32
SAMPLER = Path(__file__).parent / "fixtures" / "sampler.yaml"

VALUES: dict[str, Value] = {
    "student_name": "O'Neill & Søn <Jr.>",
    "student_number": "00123456",
    "date_of_birth": dt.date(2012, 4, 9),
    "phone": "(850) 555-0123",
    "grade": 8,
    "average": 3.25,
    "arrival": dt.time(7, 45),
    "program": "504",
    "interpreter": True,
    "summary": "First line\n\nThird\twith a tab,  two spaces & “quotes”. {{ v.x }} {_{ 100 % }_}",
    "strengths": "Nguyễn Thị Ánh, محمد, 王小明, שלום",
    "parent_printed": "Jean-Baptiste Désir",
    "contacts[0].on": dt.date(2026, 9, 2),
    "contacts[0].at": dt.time(14, 5),
    "contacts[0].kind": "phone",
    "contacts[0].notes": "Left a message.\nCalled again.",
    "contacts[0].reached": True,
    "contacts[1].on": dt.date(2026, 9, 9),
    "contacts[1].kind": "home visit",
    "contacts[2].kind": "letter",
}


@dataclass(frozen=True)
class Document:
    """One issued Word document with what the ledger holds of it."""

    form: Form
    template: Path
    identity: Identity
    filled: Filled
    issued: Issued

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return self.filled.data


def sampler() -> Form:
    """Return the form with every feature."""
    return load(SAMPLER, Form)


def template(folder: Path, library: Library, lang: str = "en") -> Path:
    """Build the sampler's template into a folder."""
    path = folder / f"sampler.{lang}.docx"
    build_docx(sampler(), library.district, lang, path)
    return path


def document(
    path: Path, values: Mapping[str, Value] = VALUES, lang: str = "en", rows: int = 3, draft: bool = False
) -> Document:
    """Issue the sampler for these values."""
    form, bound = sampler(), Bound(dict(values), {"contacts": rows})
    identity = identify(form, lang, "C-1001", None, bound.values, KEY, draft)
    filled = fill_docx(path, form, bound, identity, lang=lang, draft=draft)
    issued = Issued(
        issue=identity.issue, form=form.id, revision=form.revision, lang=lang, format="docx",
        subject="C-1001", recipient=None, sha256="", pages=filled.pages, values=bound.values,
        printed=filled.printed, draft=draft,
    )
    return Document(form, path, identity, filled, issued)


def changed(data: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """Return the package with some parts replaced, added or, where None, taken out."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, part in changes.items():
            if part is not None:
                new.writestr(name, part)
    return packed.getvalue()


def edited(data: bytes, old: str, new: str, part: str = "word/document.xml") -> bytes:
    """Return the package with a text of one part replaced once; fails where the text is not there."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        xml = package.read(part).decode()
    assert old in xml
    return changed(data, {part: xml.replace(old, new, 1).encode()})
