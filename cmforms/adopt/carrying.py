"""A new edition of an official form: what is known of the old one carried over, and what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz, utils

from cmforms.adopt.naming import free
from cmforms.definitions.schema import Block, FieldSpec, Form, Option
from cmforms.errors import Finding, note, review

_SAME_LABEL = 92.0
_SAME_PLACE = 0.5
_CARRIED = ("by", "record", "required", "cites", "help")


def carry_over(new: Form, old: Form) -> tuple[Form, list[Finding]]:
    """Return the new form with the old one's names and bindings, matched by name, then label, then place.

    What was bound and is gone, or came over by place alone, is a review; the rest are notes.
    """
    carrier = _Carrier(new, old)
    pairs = carrier.pairs
    taken = {spec.name for spec in pairs.values()}
    sections = []
    for section in new.sections:
        specs = []
        for spec in section.blocks[0].fields or ():
            if spec.name in pairs:
                made = _merged(spec, pairs[spec.name])
            else:
                made = spec.model_copy(update={"name": free(spec.name, taken)})
                taken.add(made.name)
            specs.append(made)
        sections.append(section.model_copy(update={"blocks": (Block(fields=tuple(specs)),)}))
    kept = {key: getattr(old, key) for key in ("number", "title", "cites", "scope", "language", "available")}
    kept["title"] = {**new.title, **{lang: text for lang, text in old.title.items() if lang in new.languages}}
    form = new.model_copy(update={**kept, "sections": tuple(sections), "revision": _later(new.revision, old.revision)})
    return Form.model_validate(form.model_dump()), list(carrier.findings())


class _Carrier:
    """Pairs the fields of two editions; each old field is given away once."""

    def __init__(self, new: Form, old: Form) -> None:
        self._new, self._old = new, old
        self._left = dict(old.fields)
        self.pairs: dict[str, FieldSpec] = {}
        self._how: dict[str, str] = {}
        for how, same in (("name", _same_name), ("label", _same_label), ("place", _same_place)):
            for name, spec in new.fields.items():
                if name not in self.pairs:
                    self._pair(name, how, [other for other in self._left.values() if same(spec, other)])

    def _pair(self, name: str, how: str, fits: Sequence[FieldSpec]) -> None:
        if len(fits) == 1 or (fits and how == "place"):
            self.pairs[name], self._how[name] = fits[0], how
            del self._left[fits[0].name]

    def findings(self) -> Iterator[Finding]:
        """Yield what changed, in the order of the new form; then what is gone."""
        source = f"{self._new.id}.yaml"
        for name, spec in self._new.fields.items():
            old = self.pairs.get(name)
            if old is None:
                yield note("field-new", f"is new: {_label(spec)}", source=source, path=name)
                continue
            if self._how[name] == "place":
                said = f"stands where {old.name} stood ({_label(old)}), and took its binding"
                yield review("field-carried", said, source=source, path=old.name, fix="See that it asks for the same.")
            elif self._how[name] == "label":
                yield note("field-carried", "has another name and the same label", source=source, path=old.name)
            yield from _changes(old, spec, source)
        for name, spec in self._left.items():
            say = review if spec.bind and not spec.suggested else note
            bound = f", which showed {spec.bind}," if spec.bind and not spec.suggested else ""
            yield say("field-gone", f"{_label(spec)}{bound} is gone from the form", source=source, path=name)


def _merged(new: FieldSpec, old: FieldSpec) -> FieldSpec:
    update: dict[str, object] = {key: getattr(old, key) for key in _CARRIED} | {"name": old.name}
    if old.bind:
        update |= {"bind": old.bind, "suggested": old.suggested}
    if new.options:
        update["options"] = tuple(_option(option, old.options) for option in new.options)
    if not new.options and new.type.value in ("text", "date", "decimal", "phone"):
        # A person may have said what a plain box takes; only the file can say that it is another thing now.
        keeps = old.type.value in ("text", "date", "time", "phone", "integer", "decimal")
        update["type"] = old.type if keeps else new.type
    return new.model_copy(update=update)


def _option(new: Option, old: Sequence[Option]) -> Option:
    same = next((option for option in old if option.official == new.official), None)
    return same or new


def _changes(old: FieldSpec, new: FieldSpec, source: str) -> Iterator[Finding]:
    was, now = old.official, new.official
    if was is None or now is None:
        return
    if (was.max_length, was.comb) != (now.max_length, now.comb):
        said = f"took {was.max_length or 'any number of'} characters, and now {now.max_length or 'any number'}"
        yield note("field-changed", said, source=source, path=old.name)
    if {o.official for o in old.options} != {o.official for o in new.options}:
        yield review("field-changed", "has other options", source=source, path=old.name, fix="Look at its binding.")
    if (old.type in ("check", "choice", "signature")) != (new.type in ("check", "choice", "signature")):
        said = f"was {old.type.value}, and is {new.type.value}"
        yield review("field-changed", said, source=source, path=old.name, fix="Look at its binding.")


def _same_name(new: FieldSpec, old: FieldSpec) -> bool:
    return bool(new.official and old.official and new.official.field == old.official.field)


def _same_label(new: FieldSpec, old: FieldSpec) -> bool:
    one, other = _label(new), _label(old)
    return fuzz.ratio(one, other, processor=utils.default_process) >= _SAME_LABEL


def _same_place(new: FieldSpec, old: FieldSpec) -> bool:
    one, other = new.official, old.official
    if not (one and other and one.box and other.box and one.page == other.page):
        return False
    width = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    height = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    if width <= 0 or height <= 0:
        return False
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one.box, other.box)]
    return width * height / (sum(areas) - width * height) >= _SAME_PLACE


def _label(spec: FieldSpec) -> str:
    return next(iter(spec.label.values()), spec.name)


def _later(new: str, old: str) -> str:
    """Return the new revision; two editions never share one, or old documents would pass for new ones."""
    if new > old:
        return new
    year, month = int(old[:4]), int(old[5:])
    return f"{year + month // 12}-{month % 12 + 1:02d}"
