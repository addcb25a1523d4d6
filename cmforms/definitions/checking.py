"""Everything that can be wrong with definitions before any case is seen, found in one go."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cmforms.definitions.calendar import Calendar
from cmforms.definitions.checking_life import check_life
from cmforms.definitions.citing import citations
from cmforms.definitions.expressions import Expressions
from cmforms.definitions.library import Library, findings_of
from cmforms.definitions.names import ROOTS, item_model, names_of
from cmforms.definitions.schema import FieldSpec, Form, Group, Localised, Packet, Rule, Signature
from cmforms.errors import Finding, blocks, error, note
from cmforms.model.loading import nearest
from cmforms.values.kinds import Kind


def check_library(library: Library) -> list[Finding]:
    """Return every fault of every definition file in force, each with file and path."""
    findings = [fault for path, model in library.files() for fault in findings_of(path, model)]
    if blocks(findings):
        return findings
    expressions = Expressions(school=str, **Calendar(library.district).functions())
    for form in library.forms():
        findings += check_form(form, expressions)
    for packet_id in library.packet_ids:
        findings += check_packet(library.packet(packet_id), library, expressions)
    for form_id in library.labelled_ids:
        findings += check_labels(form_id, library)
    rules = library.rules()
    findings += check_rules(rules, library, expressions)
    return findings + check_life(library.life, [rule.id for rule in rules], library.form_ids, expressions)


def check_form(form: Form, expressions: Expressions) -> list[Finding]:
    """Return the faults of one form: names, languages, options, widths, expressions, citations."""
    return [
        Finding(fault.code, fault.severity, fault.message, _at(form, fault), fault.cites, fault.fix)
        for fault in _form_faults(form, expressions)
    ]


def _at(form: Form, fault: Finding) -> Any:
    return type(fault.where)(source=f"{form.id}.yaml", path=fault.where.path)


def _form_faults(form: Form, expressions: Expressions) -> Iterator[Finding]:
    roots = ROOTS[form.scope]
    yield from _languages(form.title, form, "title")
    yield from citations(form.cites, "cites")
    for name in ("language", "available"):
        yield from expressions.faults(getattr(form, name), roots, name)
    for name in form.identify:
        if name not in form.fields:
            yield error("name-unknown", _unknown(name, list(form.fields)), path="identify")
    for number, section in enumerate(form.sections):
        path = f"sections[{number}]"
        yield from _languages(section.heading, form, f"{path}.heading")
        for index, block in enumerate(section.blocks):
            yield from _block_faults(form, block, f"{path}.blocks[{index}]", roots, expressions)
    yield from _repeated_names(form)


def _block_faults(
    form: Form, block: Any, path: str, roots: Mapping[str, Any], expressions: Expressions
) -> Iterator[Finding]:
    if block.prose is not None:
        yield from _languages(block.prose, form, f"{path}.prose")
    for index, spec in enumerate(block.fields or ()):
        yield from _field_faults(form, spec, f"{path}.fields[{index}]", roots, expressions)
    for index, signature in enumerate(block.signatures or ()):
        yield from _signature_faults(form, signature, f"{path}.signatures[{index}]", roots, expressions)
    if block.group:
        yield from _group_faults(form, block.group, f"{path}.group", roots, expressions)


def _field_faults(
    form: Form, spec: FieldSpec, path: str, roots: Mapping[str, Any], expressions: Expressions
) -> Iterator[Finding]:
    yield from _languages(spec.label, form, f"{path}.label")
    yield from citations(spec.cites, f"{path}.cites")
    if spec.bind:
        yield from expressions.faults(spec.bind, roots, f"{path}.bind")
    if spec.suggested:
        yield _suggestion(spec, path)
    if isinstance(spec.required, str):
        yield from expressions.faults(spec.required, roots, f"{path}.required")
    if (spec.type is Kind.CHOICE) != bool(spec.options):
        yield error("options", "options belong to a choice, and a choice needs them", path=f"{path}.options")
    if spec.boxes and spec.type is not Kind.CHOICE:
        yield error("boxes", "only a choice is shown as boxes", path=f"{path}.boxes")
    for index, option in enumerate(spec.options):
        yield from _languages(option.label, form, f"{path}.options[{index}].label")
    repeated = [value for value, count in Counter(o.value for o in spec.options).items() if count > 1]
    if repeated:
        yield error("options", f"the option {repeated[0]!r} stands twice", path=f"{path}.options")


def _suggestion(spec: FieldSpec, path: str) -> Finding:
    if not spec.bind:
        return error("suggested", "there is no binding that could be suggested", path=f"{path}.suggested")
    return note(
        "binding-suggested", f"{spec.name}: {spec.bind} is only suggested and fills nothing", path=f"{path}.bind",
        fix="Remove `suggested: true` if it is right, or the binding if it is not.",
    )


def _signature_faults(
    form: Form, signature: Signature, path: str, roots: Mapping[str, Any], expressions: Expressions
) -> Iterator[Finding]:
    for spec in signature.fields:
        yield from _field_faults(form, spec, path, roots, expressions)


def _group_faults(
    form: Form, group: Group, path: str, roots: Mapping[str, Any], expressions: Expressions
) -> Iterator[Finding]:
    yield from expressions.faults(group.each, roots, f"{path}.each")
    inside: dict[str, Any] = {**roots, "row": None, "number": None}
    if item := item_model(group.each.split("."), roots):
        inside |= {"row": item, **names_of(item)}
    for index, spec in enumerate(group.fields):
        yield from _field_faults(form, spec, f"{path}.fields[{index}]", inside, expressions)
    if (total := sum(spec.width for spec in group.fields)) > 12:
        yield error("widths", f"the columns are {total} twelfths wide together", path=f"{path}.fields")


def _repeated_names(form: Form) -> Iterator[Finding]:
    loose = [spec.name for spec in form._loose_fields()]
    names = loose + list(form.groups)
    for name, count in Counter(names).items():
        if count > 1:
            yield error("name-repeated", f"the name {name!r} stands {count} times", path="sections")


def _languages(text: Localised, form: Form, path: str) -> Iterator[Finding]:
    lacking = [lang for lang in form.languages if text and not text.get(lang, "").strip()]
    if lacking:
        yield error("language-missing", f"has no text in {', '.join(lacking)}", path=path)


def check_packet(packet: Packet, library: Library, expressions: Expressions) -> list[Finding]:
    """Return the faults of a packet: unknown forms, expressions, citations."""
    faults = list(citations(packet.cites, "cites"))
    for index, wanted in enumerate(packet.documents):
        path = f"documents[{index}]"
        if wanted.form not in library.form_ids:
            faults.append(
                error("form-unknown", _unknown(wanted.form, library.form_ids), path=f"{path}.form")
            )
        faults += expressions.faults(wanted.when, ROOTS["case"], f"{path}.when")
    source = f"packets/{packet.id}.yaml"
    return [error(f.code, f.message, source=source, path=f.where.path) for f in faults]


def check_labels(form_id: str, library: Library) -> list[Finding]:
    """Return the faults of a label file: of no form, for fields or sections that the form does not have."""
    source = f"labels/{form_id}.yaml"
    if form_id not in library.form_ids:
        return [error("form-unknown", _unknown(form_id, library.form_ids), source=source)]
    form, own = library.form(form_id), library.labels(form_id)
    columns = {f"{group.name}.{spec.name}" for group in form.groups.values() for spec in group.fields}
    known = {"fields": {*form.fields, *columns}, "headings": {section.id for section in form.sections}}
    return [
        error("name-unknown", _unknown(name, sorted(names)), source=source, path=f"{part}.{name}")
        for part, names in known.items()
        for name in getattr(own, part)
        if re.sub(r"\[\d+\]\.", ".", name) not in names
    ]


def check_rules(rules: list[Rule], library: Library, expressions: Expressions) -> list[Finding]:
    """Return the faults of the rules: repeated ids, unknown packets, expressions, citations."""
    faults: list[Finding] = []
    for rule_id, count in Counter(rule.id for rule in rules).items():
        if count > 1:
            faults.append(error("rule-repeated", f"the id stands {count} times", path=rule_id))
    for rule in rules:
        for packet in rule.packets:
            if packet not in library.packet_ids:
                message = _unknown(packet, library.packet_ids)
                faults.append(error("packet-unknown", message, path=f"{rule.id}.packets"))
        faults += citations(rule.cites, f"{rule.id}.cites")
        for name in ("when", "require"):
            faults += expressions.faults(getattr(rule, name), ROOTS["rule"], f"{rule.id}.{name}")
    return [error(f.code, f.message, source="rules", path=f.where.path) for f in faults]


def _unknown(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    return f"{name!r} is not known" + (f"; did you mean {near!r}?" if near else "")
