"""A Word document without content controls, read by holding it against the document as it was issued.

Paragraph by paragraph, what stands where the template has its tags is the value. Fixed text that was changed,
taken out or put in is a finding; a value beside it, or one that cannot be told from its neighbours, is in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import zip_longest

from lxml import etree
from rapidfuzz import fuzz

from cmforms.definitions.schema import Form
from cmforms.errors import Finding, review
from cmforms.ooxml import W
from cmforms.read.compare import Evidence, compare
from cmforms.read.docx_controls import text_of
from cmforms.values.documents import FieldReading, Issued
from cmforms.values.kinds import CHECKED
from cmforms.values.outline import Piece, pieces

READER = "docx-text"
ALIKE = 60.0
"""The least likeness, 0 to 100, of a paragraph to the issued one that it may have been."""

_BOXES = {"☒": CHECKED, "☑": CHECKED, "☐": ""}
_BOX = "([☒☑☐])"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in the place of one value: in which paragraph, from 1, and why it is not sure."""

    raw: str
    paragraph: int
    doubt: str = ""


class Aligner:
    """Reads one document. After `run`, `findings` says what became of the fixed text."""

    def __init__(self, source: str, outlines: Mapping[str, bytes]) -> None:
        """Take the issued document's main part, under '', and for each check box the part with it turned."""
        self._source = source
        self._issued = _with_boxes(outlines)
        self.findings: list[Finding] = []
        self._seen: dict[str, list[Seen]] = {}

    def run(self, root: etree._Element) -> dict[str, list[Seen]]:
        """Return what stands in the places of each field, by address."""
        texts = paragraphs(root)
        before, now = [one.key for one in self._issued], [_key(text) for text in texts]
        for kind, first, end, start, stop in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
            own, came = self._issued[first:end], list(enumerate(texts[start:stop], start + 1))
            if kind == "equal" or len(own) == len(came):
                for one, (number, text) in zip(own, came, strict=True):
                    self._pair(one, number, text, certain=True)
            else:
                self._unequal(own, came)
        return self._seen

    def _unequal(self, own: Sequence[_Paragraph], came: list[tuple[int, str]]) -> None:
        """Pair what is alike, in order; in a part that lost or gained paragraphs no bare value is certain."""
        rest = list(came)
        for one in own:
            scores = [one.likeness(text) for _, text in rest]
            best = max(scores, default=0.0)
            if best < ALIKE:
                self._lost(one)
                continue
            at = scores.index(best)
            for number, text in rest[:at]:
                self._added(number, text)
            number, text = rest[at]
            rest = rest[at + 1 :]
            self._pair(one, number, text, certain=bool(one.fixed) and scores.count(best) == 1)
        for number, text in rest:
            self._added(number, text)

    def _pair(self, one: _Paragraph, number: int, text: str, *, certain: bool) -> None:
        found = one.values(text)
        if found is None:
            said = f"paragraph {number}: printed was {_short(one.text)}, now it reads {_short(text)}"
            self._say("text-altered", said, "Ask who changed the fixed text, and do not use the document before.")
            doubt = "the fixed text around it was changed"
            for piece in one.values_issued:
                self._keep(piece.address, Seen("", number, doubt))
            return
        for address, raw, doubt in found:
            if not certain and not doubt:
                doubt = "paragraphs were taken out or put in beside it"
            self._keep(address, Seen(raw, number, doubt))

    def _lost(self, one: _Paragraph) -> None:
        if one.text.strip():
            self._say("text-missing", f"the paragraph {_short(one.text)} is gone", "Ask who took it out.")

    def _added(self, number: int, text: str) -> None:
        if text.strip():
            self._say("text-added", f"paragraph {number} was put in: {_short(text)}", "Enter it where it belongs.")

    def _keep(self, address: str, seen: Seen) -> None:
        self._seen.setdefault(address, []).append(seen)

    def _say(self, code: str, message: str, fix: str) -> None:
        self.findings.append(review(code, message, source=self._source, fix=fix))


@dataclass(frozen=True)
class _Paragraph:
    """One paragraph as it was issued: fixed text and values; a check box counts as a value."""

    pieces: tuple[Piece, ...]
    boxes: frozenset[str] = frozenset()

    @cached_property
    def text(self) -> str:
        """The text as it was issued."""
        return "".join(piece.text for piece in self.pieces)

    @cached_property
    def key(self) -> str:
        """The text without regard to white space."""
        return _key(self.text)

    @cached_property
    def fixed(self) -> str:
        """The text that stands in the template."""
        return _key("".join(piece.text for piece in self.pieces if not piece.address))

    @cached_property
    def values_issued(self) -> list[Piece]:
        """The values that were issued here."""
        return [piece for piece in self.pieces if piece.address]

    def likeness(self, text: str) -> float:
        """Return how like a text is, 0 to 100, whatever its values are."""
        if self.fixed and self.values(text) is not None:
            return 100.0
        return fuzz.ratio(self.key, _key(text))

    def values(self, text: str) -> list[tuple[str, str, str]] | None:
        """Return address, text and doubt of each value in a returned paragraph, None where the fixed text differs."""
        if _key(text) == self.key:
            return [(piece.address, self._raw(piece.address, piece.text), "") for piece in self.values_issued]
        short, long = (self._match(text, lazy) for lazy in ("?", ""))
        if short is None or long is None:
            return None
        return [
            (piece.address, self._raw(piece.address, one), "" if _key(one) == _key(other) else _UNCLEAR)
            for piece, one, other in zip(self.values_issued, short, long, strict=True)
        ]

    def _match(self, text: str, lazy: str) -> list[str] | None:
        pattern = "".join(
            (_BOX if piece.address in self.boxes else f"(.*{lazy})") if piece.address else _loose(piece.text)
            for piece in self.pieces
        )
        found = re.fullmatch(rf"\s*{pattern}\s*", text, re.DOTALL)
        return [group or "" for group in found.groups()] if found else None

    def _raw(self, address: str, text: str) -> str:
        return _BOXES.get(text.strip(), text.strip()) if address in self.boxes else text.strip()


def read_aligned(
    form: Form, lang: str, issued: Issued | None, root: etree._Element, aligner: Aligner
) -> tuple[list[FieldReading], list[Finding]]:
    """Return the fields that stand in the text, and what became of the text around them."""
    found = aligner.run(root)
    fields = []
    for address, seen in found.items():
        spec = form.spec(address)
        if spec is None:
            continue
        texts = {_key(one.raw): one for one in seen}
        doubt = next((one.doubt for one in seen if one.doubt), "")
        if len(texts) > 1:
            doubt = doubt or f"it stands in several places, which differ: {' and '.join(map(repr, texts))}"
        evidence = Evidence(seen[0].raw, READER, control=f"paragraph {seen[0].paragraph}", doubt=doubt)
        fields.append(compare(address, spec, evidence, issued, lang))
    return fields, aligner.findings


_UNCLEAR = "it cannot be told where this value ends and the next begins"


def paragraphs(root: etree._Element) -> list[str]:
    """Return the text of each paragraph of a main part, in order; one in a text box belongs to the one around it."""
    return [
        text_of(one)
        for one in root.iter(f"{W}p")
        if next(one.iterancestors(f"{W}p", _FALLBACK), None) is None
    ]


def _with_boxes(outlines: Mapping[str, bytes]) -> list[_Paragraph]:
    """Return the issued paragraphs; where turning a field changes but a box, that box is the field's value."""
    issued = [tuple(pieces(text)) for text in paragraphs(_parsed(outlines[""]))]
    found = [_Paragraph(own) for own in issued]
    for name, xml in outlines.items():
        turned = [tuple(pieces(text)) for text in paragraphs(_parsed(xml))] if name else issued
        if len(turned) != len(issued):
            continue
        for at, (own, other) in enumerate(zip(issued, turned, strict=True)):
            if own != other:
                found[at] = _boxed(found[at], own, other, name)
    return found


def _boxed(one: _Paragraph, own: tuple[Piece, ...], other: tuple[Piece, ...], name: str) -> _Paragraph:
    """Cut out the one box by which two editions of a paragraph differ."""
    texts = "".join(piece.text for piece in own), "".join(piece.text for piece in other)
    differing = [at for at, (a, b) in enumerate(zip_longest(*texts)) if a != b]
    if len(differing) != 1 or not all(text[differing[0]] in _BOXES for text in texts):
        return one
    return _Paragraph(tuple(_cut(one.pieces, differing[0], name)), one.boxes | {name})


def _cut(own: Sequence[Piece], at: int, name: str) -> Iterator[Piece]:
    done = 0
    for piece in own:
        inside = at - done
        if not piece.address and 0 <= inside < len(piece.text):
            yield Piece("", piece.text[:inside])
            yield Piece(name, piece.text[inside])
            yield Piece("", piece.text[inside + 1 :])
        else:
            yield piece
        done += len(piece.text)


def _parsed(xml: bytes) -> etree._Element:
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _loose(text: str) -> str:
    """Return the pattern of fixed text, whose white space may have become other white space."""
    words = [re.escape(word) for word in text.split()]
    inside = r"\s+".join(words)
    if not words:
        return r"\s+" if text else ""
    return (r"\s*" if text[0].isspace() else "") + inside + (r"\s*" if text[-1].isspace() else "")


def _key(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    plain = _key(text)
    return repr(plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…")
