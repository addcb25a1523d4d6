"""An office that has filled every form: its workspace with the ledger, and each document as paper to be handed out."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pypdfium2

from benchmarks.reading.cases import invented
from cmforms.definitions.layout import PageLayout, pages_from_roles, read_layout
from cmforms.definitions.schema import Form
from cmforms.files import read_bytes
from cmforms.fill.pdf import fill_pdf
from cmforms.issue.identity import identify
from cmforms.store import Store
from cmforms.values.documents import Bound, Issued
from cmforms.values.kinds import Value
from cmforms.workflow.filling import Filler, Order
from cmforms.workflow.workspace import KEY, Workspace

TODAY = dt.date(2026, 11, 23)
LANGUAGES = ("en", "es", "ht")
CASES = 48
"""Cases of one seed: three times the samples."""


@dataclass(frozen=True)
class Paper:
    """One issued document: what the ledger holds, its bytes, and where its fields stand on each page."""

    form: Form
    issued: Issued
    path: Path
    pages: tuple[PageLayout, ...]

    def drawn(self, page: int, dpi: int) -> np.ndarray:
        """Draw a page, counting from 0: rows x columns x (blue, green, red), 8 bits."""
        return draw(read_bytes(self.path), page, dpi)


def draw(data: bytes, page: int, dpi: int) -> np.ndarray:
    """Draw a page of a PDF with PDFium."""
    document = pypdfium2.PdfDocument(data)
    try:
        document.init_forms()
        return document[page].render(scale=dpi / 72).to_numpy().copy()
    finally:
        document.close()


class Office:
    """The workspace, filled with the documents of one or more seeds."""

    def __init__(self, folder: Path) -> None:
        """Open the office in a folder, or make one. Its key is always the same, so that a seed gives the same bytes."""
        if not (folder / KEY).exists():
            Workspace.init(folder)
            (folder / KEY).write_text("be" * 32)
            for begun in folder.glob("records.sqlite*"):
                begun.unlink()  # under the random key that a new workspace has
        self.workspace = Workspace(folder)

    def fill(self, seed: int) -> list[tuple[str, str]]:
        """Fill all forms in all languages for the cases of a seed; return path and issue of each document."""
        with self.workspace.open_store() as store:
            return list(dict.fromkeys(self._filled(store, seed)))

    def _filled(self, store: Store, seed: int) -> Iterator[tuple[str, str]]:
        library = self.workspace.library
        cases = list(islice(invented(seed), CASES))
        for lang in LANGUAGES:
            forms = tuple(form for form in library.form_ids if lang in library.form(form).languages)
            order = Order(self._out(seed), forms, lang=lang, today=TODAY)
            for outcome in Filler(self.workspace, store, order).run(cases):
                if outcome.path and outcome.issue:
                    yield outcome.path, outcome.issue

    def _out(self, seed: int) -> Path:
        return self.workspace.folder / "issued" / str(seed)

    def paper(self, seed: int, path: str, issue: str) -> Paper:
        """Return a filled document."""
        with self.workspace.open_store() as store:
            issued = store.issued(issue)
        assert issued, "the ledger knows what was filled"
        form = self.workspace.library.form(issued.form)
        layout = read_layout(self._template(issued))
        return Paper(form, issued, self._out(seed) / path, pages_from_roles(layout, form, issued.pages))

    def forged(self, paper: Paper, values: Mapping[str, Value]) -> bytes | None:
        """Print the document again with other values under the same marks; None when it breaks into other pages."""
        issued, form = paper.issued, paper.form
        identity = identify(
            form, issued.lang, issued.subject, issued.recipient, issued.values, self.workspace.key, issued.draft
        )
        rows = {name: 1 + max((_row(address, name) for address in issued.values), default=-1) for name in form.groups}
        bound = Bound({**issued.values, **values}, rows)
        filled = fill_pdf(self._template(issued), form, bound, identity, lang=issued.lang)
        return filled.data if filled.pages == issued.pages else None

    def _template(self, issued: Issued) -> Path:
        return self.workspace.library.template(issued.form, issued.lang, "pdf")


def _row(address: str, group: str) -> int:
    inside = address.startswith(f"{group}[")
    return int(address[len(group) + 1 : address.index("]")]) if inside else -1


def shuffled(documents: list[tuple[str, str]], seed: int) -> list[tuple[str, str]]:
    """Return the documents in an order of the seed, the forms in turn, so that few pages show many forms."""
    rng = random.Random(f"order {seed}")
    turns: dict[str, list[tuple[str, str]]] = {}
    for document in rng.sample(documents, len(documents)):
        turns.setdefault(document[0].rpartition("/")[2], []).append(document)
    ordered = sorted((place, name, document) for name, some in turns.items() for place, document in enumerate(some))
    return [document for _, _, document in ordered]
