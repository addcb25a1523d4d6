"""Where the fields of an official Word form stand on paper, as LibreOffice lays it out, when it is installed.

The one place that starts another program.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pdfplumber

from cmforms.adopt.adoption import Adoption
from cmforms.definitions.schema import Block, FieldSpec, Form
from cmforms.errors import note
from cmforms.fill.docx import fill_docx
from cmforms.issue.identity import identify
from cmforms.values.documents import Bound
from cmforms.values.kinds import Kind

_SECONDS = 120
_TOKEN = re.compile(r"Qz(\d+)zQ")
_WIDE = 36.0

_Spot = tuple[int, tuple[float, float, float, float]]


def located(made: Adoption, lang: str) -> Adoption:
    """Return the adoption with page and box of each text field, or with a note why these are not known."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        why = "LibreOffice is not installed"
    else:
        with tempfile.TemporaryDirectory(prefix="cmforms-") as folder:
            printed = _printed(program, _numbered(made, lang, Path(folder)), Path(folder))
        if printed:
            return replace(made, form=_placed(made.form, _spots(printed)))
        why = "LibreOffice could not convert it"
    said = note(
        "places-unknown", f"where its fields stand on paper is not known: {why}", source=f"{made.form.id}.yaml",
        fix="The returned Word file can be read; a print of it must be read by a person.",
    )
    return replace(made, findings=(*made.findings, said))


def _numbered(made: Adoption, lang: str, folder: Path) -> Path:
    """Fill each text field with a word that is found again."""
    template = folder / "official.docx"
    template.write_bytes(made.template)
    texts = [name for name, spec in made.form.fields.items() if spec.type is not Kind.CHECK]
    values = {name: f"Qz{number}zQ" for number, name in enumerate(made.form.fields) if name in texts}
    # What stands on this copy is nobody's, and it is never issued: its key need not be secret.
    identity = identify(made.form, lang, "blank", None, values, bytes(32))
    path = folder / "numbered.docx"
    path.write_bytes(fill_docx(template, made.form, Bound(values, {}), identity, lang=lang).data)
    return path


def _printed(program: str, path: Path, folder: Path) -> bytes:
    own = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    words = [program, own, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(path)]
    try:
        subprocess.run(words, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603 - no shell, own file
        return path.with_suffix(".pdf").read_bytes()
    except (subprocess.SubprocessError, OSError):
        return b""


def _spots(printed: bytes) -> dict[int, _Spot]:
    """Return page and box of each number, in points from the lower left corner."""
    found: dict[int, _Spot] = {}
    with pdfplumber.open(io.BytesIO(printed)) as document:
        for number, page in enumerate(document.pages, 1):
            for word in page.extract_words():
                for token in _TOKEN.finditer(word["text"]):
                    found.setdefault(int(token[1]), (number, _box(word, float(page.height))))
    return found


def _box(word: dict[str, Any], height: float) -> tuple[float, float, float, float]:
    """Return a word's box from the lower left corner, wide enough for a value."""
    left, right = float(word["x0"]), max(float(word["x1"]), float(word["x0"]) + _WIDE)
    return round(left, 1), round(height - word["bottom"], 1), round(right, 1), round(height - word["top"], 1)


def _placed(form: Form, spots: dict[int, _Spot]) -> Form:
    names = list(form.fields)
    sections = [
        section.model_copy(update={"blocks": tuple(
            Block(fields=tuple(_at(spec, spots.get(names.index(spec.name))) for spec in block.fields or ()))
            for block in section.blocks
        )})
        for section in form.sections
    ]  # fmt: skip
    # A copy would keep what the form has worked out of its old sections.
    return Form.model_validate(form.model_copy(update={"sections": tuple(sections)}).model_dump())


def _at(spec: FieldSpec, spot: _Spot | None) -> FieldSpec:
    if spot is None or spec.official is None:
        return spec
    official = spec.official.model_copy(update={"page": spot[0], "box": spot[1]})
    return spec.model_copy(update={"official": official})
