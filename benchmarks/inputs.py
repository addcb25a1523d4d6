"""What every peer is given: the same template and, for each case, the same values. All of it is invented."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
import yaml

from cmforms.definitions.expressions import Expressions, context_of
from cmforms.definitions.library import Library
from cmforms.definitions.schema import Form
from cmforms.fill.binding import bind
from cmforms.fill.docx import open_template as open_word
from cmforms.fill.layout import Layout
from cmforms.fill.templates import open_template
from cmforms.issue.identity import identify
from cmforms.model import Case
from cmforms.values.documents import Bound, Identity
from cmforms.workflow.directory import completed, school_of

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "cases" / "CM-2026-0001.yaml"
FORM = "student-contract"
LANG = "en"
KEY = b"benchmark".ljust(32, b".")
TODAY = dt.date(2026, 11, 23)
_GIVEN = ("Ana", "Bao", "Chloe", "Dario", "Esther", "Farid", "Gloria", "Hyun", "Imani", "Jules")
_FAMILY = ("Samplewood", "Examplar", "Testerfield", "Inventado", "Mockridge", "Fictionelli", "Pretendo")


@dataclass(frozen=True)
class Document:
    """One document to fill: its bound values and its identity."""

    bound: Bound
    identity: Identity


class Inputs:
    """Cases that differ in people, numbers, birth dates and free text, not in school, staff and meeting dates."""

    def __init__(self) -> None:
        """Load the shipped definitions."""
        self.library = Library.default()
        self.expressions = Expressions(school=school_of(self.library.district))
        self._sample = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))

    def case(self, number: int) -> Case:
        """Return case `number`; no two in a run of 10,000 are the same."""
        data = json.loads(json.dumps(self._sample, default=str))
        data["id"] = f"CM-2026-{number:05d}"
        born = dt.date(2010, 1, 1) + dt.timedelta(days=number % 1500)
        data["student"] |= {
            "id": f"{900000 + number:07d}", "given_name": _GIVEN[number % len(_GIVEN)], "dob": born.isoformat(),
            "family_name": f"{_FAMILY[number % len(_FAMILY)]}-{_FAMILY[number // 7 % len(_FAMILY)]}",
        }
        street = {"street": f"{number} Sample Lane"}
        for place, guardian in enumerate(data["guardians"]):
            guardian["name"] = f"{_GIVEN[(number + place) % 10]} {data['student']['family_name']}"
            guardian["phone"] = f"555-{(number + place) % 10000:04d}"
            guardian["address"] |= street
        data["student"]["address"] |= street
        for entry in (*data["contacts"], *data["consultations"]):
            if "notes" in entry:
                entry["notes"] = f"{entry['notes']} ({number})"
        for goal in ("academic_goal", "behavior_goal", "supports"):
            data["terms"][goal] = f"{data['terms'][goal]} ({number})"
        for need in ("attendance", "academics", "behavior", "family"):
            data["needs"][need] = f"{data['needs'][need]} ({number})"
        return completed(Case.model_validate(data), self.library.district)

    def context(self, case: Case, form: Form) -> dict[str, Any]:
        """Return what the form's bindings see."""
        context = context_of(case=case, district=self.library.district, today=TODAY)
        return context | {"guardian": context["case"]["guardians"][0]} if form.scope == "guardian" else context

    def document(self, form: Form, case: Case) -> Document:
        """Bind one case and give it its identity."""
        bound = bind(form, self.context(case, form), LANG, self.expressions)
        return Document(bound, identify(form, LANG, case.id, 0, bound.values, KEY))

    def documents(self, form: Form, count: int) -> list[Document]:
        """Return as many documents."""
        return [self.document(form, self.case(number)) for number in range(count)]


def lay_out(work: Path, count: int) -> None:
    """Write what the peers need into a folder: both Word templates, the PDF template, the values of each case."""
    inputs = Inputs()
    form = inputs.library.form(FORM)
    documents = inputs.documents(form, count)
    word = inputs.library.template(FORM, LANG, "docx")
    (work / "ours.docx").write_bytes(word.read_bytes())
    (work / "plain.docx").write_bytes(plain_word(form))
    template = open_template(inputs.library.template(FORM, LANG, "pdf"), form, LANG)
    values, boxes = [], {}
    for document in documents:
        layout = Layout(template, document.bound, LANG, document.identity.subject)
        layout.run()
        # Peers get the pages that the document has, so that none of them pays for pages that nobody wants.
        (work / "template.pdf").write_bytes(layout.variant.trunk.data)
        values.append(dict(_named(layout)))
        boxes |= {button.address: list(button.states).index(state) for button, state in layout.buttons}
    (work / "boxes.json").write_text(json.dumps(boxes), encoding="utf-8")
    (work / "values.json").write_text(json.dumps(values), encoding="utf-8")
    shown = [open_word(word, form).context(LANG).of(one.bound, one.identity, draft=False)[1] for one in documents]
    (work / "shown.json").write_text(json.dumps(shown), encoding="utf-8")


def _named(layout: Layout) -> Iterator[tuple[str, str]]:
    """Yield each AcroForm field's name with its text, or `/State` for a button."""
    for field, text, _ in layout.texts:
        yield f"{FORM}.{field.address.replace('.', '/')}", text
    for button, state in layout.buttons:
        yield f"{FORM}.{button.address.replace('.', '/')}", f"/{state}"


def plain_word(form: Form) -> bytes:
    """Make a template as a person types it in Word: no content controls, and tags torn over several runs."""
    document = docx.Document()
    document.add_heading(form.text(form.title, LANG), 0)
    for number, section in enumerate(form.sections, 1):
        document.add_heading(f"Section {number}", 1)
        document.add_paragraph("The student and the school agree on what stands below. " * 4)
        names = [spec.name for block in section.blocks for spec in getattr(block, "fields", None) or ()]
        if not names:
            continue
        table = document.add_table(rows=0, cols=2, style="Table Grid")
        for name in names:
            label, value = table.add_row().cells
            label.paragraphs[0].add_run(form.text(form.fields[name].label, LANG)).bold = True
            for piece in ("{{ ", f"v.{name}", " }}"):
                value.paragraphs[0].add_run(piece)
    document.sections[0].footer.paragraphs[0].text = "{{ doc.form }} {{ doc.revision }} {{ doc.issue_text }}"
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def text_of_word(path: Path) -> str:
    """Return a Word file's main part, its character references resolved where XML needs them."""
    with zipfile.ZipFile(path) as package:
        xml = package.read("word/document.xml").decode("utf-8")
    return xml.replace("&#39;", "'").replace("&amp;", "&")
