"""Make samples/returned anew: `python tools/returned_samples.py` after a change of the forms or their templates.

Look at what changed in the expected files before you commit them: they say what a reader must find.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import docx  # noqa: E402
from openpyxl import Workbook as Book  # noqa: E402

from cmforms.ooxml import W  # noqa: E402
from cmforms.sources import read_cases  # noqa: E402
from cmforms.store.rows import issue_row  # noqa: E402
from cmforms.workflow.filling import Filler, Order  # noqa: E402
from cmforms.workflow.viewer import answer, flatten  # noqa: E402
from cmforms.workflow.workspace import KEY, Workspace  # noqa: E402
from tests.test_returned_samples import LEDGER, SAMPLES, SECRET, expected_path, read_sample, samples  # noqa: E402

CASE = "CM-2026-0004"
TODAY = dt.date(2026, 9, 1)
FACE_SHEET: list[list[Any]] = [
    ["Case Management Face Sheet"],
    ["Student information"],
    ["Student Name:", "Ana Muestra", None, "DOB:", dt.date(2010, 5, 4)],
    ["Student ID:", "00412", None, "Grade:", 9],
    ["Studnet's telephone:", "(850) 555-0101", None, "Home language:", "Spanish"],
    ["Placement:", "☒ Zoned school", "☐ Alternate school"],
    ["Bus number:", "12"],
    [],
    ["Parents"],
    ["Name", "Relationship", "Telephone", "Language", "Needs interp."],
    ["Ruth Muestra", "mother", "(850) 555-0133", "Spanish", "☒"],
    ["Tom Muestra", "father", "(850) 555-0134", "English", "☐"],
    [],
    ["Contact log"],
    ["Date", "Time", "Kind", "Person contacted", "Contact made by", "Outcome", "Notes"],
    [dt.date(2026, 9, 2), dt.time(10, 5), "Phone", "Ruth Muestra", "A. Worker", "Reached", "Will come on Friday."],
    ["9/9/2026", "2:15 PM", "At home", "Ruth Muestra", "A. Worker", "Missed", None],
]


def main() -> None:
    """Write the samples, the ledger's lines that they rest on, and what each must read as."""
    SAMPLES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _issue(Path(folder))
    _face_sheet(SAMPLES / "face-sheet.xlsx")
    for path in samples():
        text = json.dumps(read_sample(path), ensure_ascii=False, indent=1, sort_keys=True)
        expected_path(path).write_text(text + "\n", encoding="utf-8")


def _issue(folder: Path) -> None:
    workspace = Workspace.init(folder / "office")
    for begun in workspace.folder.glob("records.sqlite*"):
        begun.unlink()
    (workspace.folder / KEY).write_text(SECRET.hex())
    workspace = Workspace(workspace.folder)
    [case] = [one.case for one in read_cases([ROOT / "samples" / "cases" / f"{CASE}.yaml"]).cases]
    lines = []
    with workspace.open_store() as store:
        for format_ in ("pdf", "docx"):
            order = Order(folder / format_, ("student-contract", "placement-letter"), format_, "en", today=TODAY)
            for made in Filler(workspace, store, order).run([case]):
                issued = store.issued(made.issue or "")
                assert made.path
                assert issued
                lines.append(json.dumps(issue_row(issued), ensure_ascii=False, sort_keys=True))
    LEDGER.write_text("\n".join(lines) + "\n", encoding="utf-8")
    contract = folder / "pdf" / CASE / "student-contract.en.pdf"
    typed = {"student_signature": "Ana Muestra", "student_signed_on": "Sep 14, 2026"}
    answer(contract, SAMPLES / "contract-filled-in.pdf", typed)
    flatten(folder / "pdf" / CASE / "placement-letter.en.pdf", SAMPLES / "letter-flattened.pdf")
    _sign(folder / "docx" / CASE / "student-contract.en.docx", SAMPLES / "contract-signed.docx")


def _sign(source: Path, out: Path) -> None:
    """Type into the controls of a Word document."""
    document = docx.Document(str(source))
    for tag, text in (("student_signature", "Ana Muestra"), ("student_signed_on", "the other day")):
        [control] = document.element.body.xpath(f"//w:sdt[w:sdtPr/w:tag/@w:val='{tag}']")
        first, *others = control.find(f"{W}sdtContent").iter(f"{W}t")
        first.text = text
        for other in others:
            other.getparent().remove(other)
    document.save(str(out))


def _face_sheet(out: Path) -> None:
    book = Book()
    book.properties.created = book.properties.modified = dt.datetime(2026, 9, 14)
    sheet = book.active
    assert sheet is not None
    sheet.title = "Face sheet"
    for row in FACE_SHEET:
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    book.save(out)


if __name__ == "__main__":
    main()
