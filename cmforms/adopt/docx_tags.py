"""The docxtpl tags of a Word form: which of its names are fields, which ask for what no form has."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from docxtpl import DocxTemplate
from jinja2 import TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from cmforms.adopt.naming import slug
from cmforms.errors import InputError
from cmforms.values.kinds import Kind

_KNOWN = frozenset(("v", "doc", "loop", "range", "dict", "lipsum", "cycler", "joiner", "namespace"))
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MOST_NAMED = 8


def tagged_names(data: bytes, source: str) -> dict[str, Kind]:
    """Return the fields that the tags name, in order: `{{ v.name }}` shows a text, `{% if v.name %}` asks for a mark.

    Raises InputError `docx-tag-foreign` naming the tags that ask for anything else, with the name to write instead.
    """
    found: dict[str, Kind] = {}
    foreign: dict[str, None] = {}
    for tree in _trees(data, source):
        asked = {id(name) for test in tree.find_all(nodes.If) for name in test.test.find_all(nodes.Getattr)}
        asked |= {id(test.test) for test in tree.find_all(nodes.If)}
        made = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
        for reach in tree.find_all(nodes.Getattr):
            if isinstance(reach.node, nodes.Name) and reach.node.name == "v" and _NAME.fullmatch(reach.attr):
                kind = Kind.CHECK if id(reach) in asked else Kind.TEXT
                found[reach.attr] = Kind.TEXT if found.get(reach.attr) is Kind.TEXT else kind
        loaded = [name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"]
        foreign |= dict.fromkeys(name for name in loaded if name not in _KNOWN | made)
        foreign |= dict.fromkeys(name for name in made if name not in _KNOWN)
    if foreign:
        _refuse(list(foreign), source)
    return found


def _refuse(names: list[str], source: str) -> None:
    more = len(names) - _MOST_NAMED
    shown = ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    raise InputError.because(
        "docx-tag-foreign", f"its tags ask for what only another program knows: {shown}", source=source,
        fix=f"Write each as a field of the form, as {{{{ v.{slug(names[0], 'name')} }}}}, or use content controls.",
    )


def _trees(data: bytes, source: str) -> Iterator[nodes.Template]:
    environment = ImmutableSandboxedEnvironment()
    try:
        template = DocxTemplate(io.BytesIO(data))
        template.init_docx()
        yield environment.parse(template.patch_xml(template.get_xml()))
        for uri in (template.HEADER_URI, template.FOOTER_URI):
            for _, part in template.get_headers_footers(uri):
                yield environment.parse(template.patch_xml(template.get_part_xml(part)))
    except TemplateError as trouble:
        raise InputError.because(
            "docx-tag-broken", f"has a tag that cannot be understood: {trouble.message}", source=source,
            fix="Correct the tag in Word.",
        ) from None
    except (KeyError, ValueError, AttributeError, TypeError) as trouble:
        raise InputError.because(
            "docx-damaged", f"cannot be opened: {type(trouble).__name__} in its parts", source=source,
            fix="Open it in Word and save it anew.",
        ) from None
