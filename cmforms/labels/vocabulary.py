"""The words that name the fields of a form: its own labels in every language, and what people write instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import fuzz, process

from cmforms.definitions.schema import FieldSpec, Form, Localised, SheetLabels

NEAR = 84.0
"""The least likeness, 0 to 100, of a text that may be meant as a label."""

_SHORTEST = 4
_LONGEST = 80
_ASIDE = re.compile(r"\([^)]*\)")
_APOSTROPHES = re.compile("['’`´]")
_OTHER = re.compile(r"[\W_]+")
_ROW = re.compile(r"\[\d+\]\.")


@dataclass(frozen=True, slots=True)
class Term:
    """A field that a label may mean: `group` for a column of a table, '' for a value by itself."""

    address: str
    spec: FieldSpec
    section: str
    lang: str
    group: str = ""

    def in_row(self, row: int) -> str:
        """Return the address of this column in a row, counted from 0."""
        return f"{self.group}[{row}].{self.spec.name}"


@dataclass(frozen=True, slots=True)
class Near:
    """A text that is like a label, yet is none: what it is like, and how much, 0 to 100."""

    label: str
    score: float
    terms: tuple[Term, ...]


@dataclass
class Vocabulary:
    """What each label of one form means. The key of a label is its words, whatever their case and punctuation."""

    form: Form
    terms: dict[str, list[Term]] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def meant(self, text: str) -> tuple[Term, ...]:
        """Return what a label means, nothing for a text that is none."""
        return tuple(self.terms.get(key_of(text), ()))

    def heading(self, text: str) -> str | None:
        """Return the section that a heading opens."""
        return self.headings.get(key_of(text))

    def near(self, text: str) -> Near | None:
        """Return the label that a text comes nearest to, None when none is near. Never to be taken by itself."""
        key = key_of(text)
        if not _SHORTEST <= len(key) <= _LONGEST or not any(map(str.isalpha, key)):
            return None
        found = process.extractOne(key, list(self.terms), scorer=fuzz.ratio, score_cutoff=NEAR)
        return Near(self.labels[found[0]], round(found[1], 1), tuple(self.terms[found[0]])) if found else None

    def add(self, text: str, term: Term) -> None:
        """Let a text name a field."""
        for key in {key_of(text), key_of(_ASIDE.sub(" ", text))} - {""}:
            self.labels.setdefault(key, text)
            known = self.terms.setdefault(key, [])
            if all(other.address != term.address for other in known):
                known.append(term)


def vocabulary_of(form: Form, own: SheetLabels | None = None) -> Vocabulary:
    """Return the words of a form; `own` adds what a district's people write (`forms/labels/<form>.yaml`)."""
    made = Vocabulary(form)
    for section in form.sections:
        for lang, heading in section.heading.items():
            _head(made, section.id, (heading, *_own(own.headings if own else {}, section.id, lang)))
        for block in section.blocks:
            signed = [spec for signature in block.signatures or () for spec in signature.fields]
            for spec in (*(block.fields or ()), *signed):
                _name(made, Term(spec.name, spec, section.id, ""), own)
            for spec in block.group.fields if block.group else ():
                group = block.group.name if block.group else ""
                _name(made, Term(f"{group}.{spec.name}", spec, section.id, "", group), own)
    _rows(made, own)
    return made


@lru_cache(maxsize=4096)
def key_of(text: str) -> str:
    """Return the words of a label: two labels with the same words are the same label."""
    plain = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    return _OTHER.sub(" ", plain).strip()


def _name(made: Vocabulary, term: Term, own: SheetLabels | None) -> None:
    for lang, text in _texts(term.spec.label, _of(own, term.address)):
        made.add(text, Term(term.address, term.spec, term.section, lang, term.group))


def _rows(made: Vocabulary, own: SheetLabels | None) -> None:
    """Add the words for single cells of a table, as `guardians[0].name: Mother's name`."""
    sections = {term.address: term.section for terms in made.terms.values() for term in terms}
    for address, texts in (own.fields if own else {}).items():
        spec = made.form.spec(address)
        if spec and _ROW.search(address):
            section = sections[_ROW.sub(".", address)]
            for lang, text in _texts({}, texts):
                made.add(text, Term(address, spec, section, lang))


def _head(made: Vocabulary, section: str, texts: Iterable[str]) -> None:
    for text in texts:
        for key in {key_of(text), key_of(_ASIDE.sub(" ", text))} - {""}:
            made.headings.setdefault(key, section)


def _texts(label: Localised, more: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    yield from label.items()
    for lang, texts in more.items():
        for text in texts:
            yield lang, text


def _of(own: SheetLabels | None, address: str) -> Mapping[str, tuple[str, ...]]:
    return own.fields.get(address, {}) if own else {}


def _own(headings: Mapping[str, Mapping[str, tuple[str, ...]]], section: str, lang: str) -> tuple[str, ...]:
    return headings.get(section, {}).get(lang, ())
