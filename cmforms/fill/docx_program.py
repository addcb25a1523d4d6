"""A Word template compiled once: what docxtpl does for every document is done here for every template.

docxtpl's own preparation (`patch_xml`) turns each part into Jinja source; that is compiled in a sandbox where
undefined names are errors and values are escaped. Rendering then is only strings. What docxtpl does after
(line breaks, table grids, picture ids) is done only where template or values make it necessary, with the same
result.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from cmforms.ooxml import Package, W

Mend = Callable[[str], str]

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARAGRAPH = re.compile(r"<w:p(?: [^>]*)?>|</w:p>")
_RUN_PROPERTIES = re.compile(r"<w:rPr>.*?</w:rPr>")
_TEXTS = ("<w:t>", "<w:t ")
_BREAKS = (b"\a", b"\f", b"\n", b"\t")
_BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
_BODY_START = re.compile(r"<w:body[^>]*>")
_PICTURE_ID = re.compile(r'(<wp:docPr\b[^>]*?\bid=")[^"]*(")')
_FIRST_PICTURE = 1001
_ESCAPED_MARKS = re.compile(r"\{_\{|\}_\}|\{_%|%_\}")
_TAG = re.compile(r"<(/?)([\w:.-]+)(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*?(/?)>")
_COLUMN_TAGS = re.compile(r"\{[%{]\s*(?:tc\b|colspan\b|hm\b)")
_ROW_TAG = re.compile(r"\{%tr\s+(\w+)")


class Values(dict[str, Any]):
    """Values by name; in a template `v.name` is the key and never a method of the dictionary."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja without Python's internals; values are escaped, and a name that nobody gave is an error."""

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=True, cache_size=0)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is Values:
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


@dataclass(frozen=True)
class Part:
    """One part of the package: its name, its Jinja source, and how the rendered text becomes the part.

    `frame` is what stands around a text without line breaks or tabs, when that needs nothing else.
    """

    name: str
    source: str
    finish: Callable[[str], bytes]
    frame: tuple[bytes, bytes] | None = None


@dataclass(frozen=True)
class _CompiledPart:
    part: Part
    run: Callable[[Mapping[str, Any]], Iterator[str]]

    def filled(self, context: Mapping[str, Any]) -> bytes:
        """Return the part's bytes; most of its text is the template's, which is soonest encoded by itself."""
        body = b"".join(map(str.encode, self.run(context)))
        if self.part.frame and not any(mark in body for mark in _BREAKS):
            head, tail = self.part.frame
            return b"".join((head, body, tail))
        return self.part.finish(body.decode())


class Program:
    """All parts of a template, compiled. Raises jinja2.TemplateError for a tag that it cannot understand."""

    def __init__(self, package: Package, extra: tuple[Part, ...] = ()) -> None:
        self.sandbox = Sandbox()
        self.parts = (*_parts(package, self.sandbox), *extra)
        self._compiled = [_CompiledPart(part, self._compile(part)) for part in self.parts]

    def trees(self) -> Iterator[nodes.Template]:
        """Yield the parsed source of each part, for checks."""
        for part in self.parts:
            yield self.sandbox.parse(part.source)

    def render(self, context: Mapping[str, Any]) -> dict[str, bytes]:
        """Return each part filled. Raises jinja2.TemplateError, and whatever a wrong expression raises."""
        return {compiled.part.name: compiled.filled(context) for compiled in self._compiled}

    def _compile(self, part: Part) -> Callable[[Mapping[str, Any]], Iterator[str]]:
        template = self.sandbox.from_string(part.source)
        root, new_context = template.root_render_func, template.new_context
        return lambda context: root(new_context(dict(context)))


def _parts(package: Package, sandbox: Sandbox) -> Iterator[Part]:
    template = DocxTemplate(io.BytesIO(package.data))
    template.init_docx()
    yield _document(template, package, sandbox)
    for uri in (template.HEADER_URI, template.FOOTER_URI):
        for _, part in template.get_headers_footers(uri):
            source = _escaped(template.patch_xml(template.get_part_xml(part)))
            finish = _finisher(template, _is_flat(source), _DECLARATION)
            yield Part(str(part.partname)[1:], source, finish, (_DECLARATION.encode(), b""))
    for relation in package.relations(package.main):
        if relation.kind == "footnotes":
            source = _escaped(template.patch_xml(package.read(relation.target).decode("utf-8")))
            yield Part(relation.target, source, _finisher(template, _is_flat(source), ""))


def _document(template: DocxTemplate, package: Package, sandbox: Sandbox) -> Part:
    head, tail = _around_body(template)
    source = _escaped(template.patch_xml(template.get_xml()))
    body = template.docx._element.body
    mend: Mend | None = partial(_mended, template)
    flat = False
    if _is_steady(body) and _is_balanced(sandbox.parse(source)):
        if body.nsmap == template.docx._element.nsmap:
            source = _BODY_START.sub("<w:body>", source, count=1)
        mend = _renumbered if "<wp:docPr" in source else None
        flat = _is_flat(source)
    frame = None if mend else (head.encode(), tail.encode())
    return Part(package.main, source, _finisher(template, flat, head, tail, mend), frame)


def _around_body(template: DocxTemplate) -> tuple[str, str]:
    root = etree.fromstring(etree.tostring(template.docx._element))
    body = root.find(f"{W}body")
    for child in list(body) if body is not None else ():
        body.remove(child)  # type: ignore[union-attr]
    if body is not None:
        body.text = None
    head, _, tail = etree.tostring(root, encoding="unicode").partition("<w:body/>")
    return _DECLARATION + head, tail


def _escaped(source: str) -> str:
    """Turn docxtpl's escapes, as `{_{`, into literals now, so that the same in a value stays as typed."""
    return _ESCAPED_MARKS.sub(lambda mark: '{{ "' + mark[0].replace("_", "") + '" }}', source)


def _finisher(
    template: DocxTemplate, flat: bool, head: str, tail: str = "", mend: Mend | None = None
) -> Callable[[str], bytes]:
    def finish(xml: str) -> bytes:
        if "\a" in xml or "\f" in xml:
            xml = template.resolve_listing(xml)
        elif "\n" in xml or "\t" in xml:
            xml = "".join(_with_breaks(xml)) if flat else template.resolve_listing(xml)
        if mend:
            xml = mend(xml)
        return f"{head}{xml}{tail}".encode()

    return finish


def _with_breaks(xml: str) -> Iterator[str]:
    """Yield the text as docxtpl's `resolve_listing` makes it, where no paragraph lies in another.

    Line breaks and tabs inside `w:t` become `w:br` and `w:tab`; all else stays.
    """
    done = at = 0
    while (start := _next_break(xml, at)) >= 0:
        opened = xml.rfind("<", at, start)
        if not xml.startswith(_TEXTS, opened):
            at = start + 1
            continue
        end = xml.index("</w:t>", start)
        text = xml[start:end]
        if "\t" in text:
            text = text.replace("\t", _tab(xml, opened, end))
        yield xml[done:start]
        yield text.replace("\n", _BREAK)
        done = at = end
    yield xml[done:]


def _next_break(xml: str, at: int) -> int:
    line, tab = xml.find("\n", at), xml.find("\t", at)
    return max(line, tab) if line < 0 or tab < 0 else min(line, tab)


def _tab(xml: str, inside: int, end: int) -> str:
    paragraph = xml.rfind("<w:p", 0, inside)
    run = max(xml.rfind("<w:r>", paragraph, inside), xml.rfind("<w:r ", paragraph, inside))
    found = _RUN_PROPERTIES.search(xml[run : xml.index("</w:r>", end)])
    look = found[0] if found else ""
    return f'</w:t></w:r><w:r>{look}<w:tab/></w:r><w:r>{look}<w:t xml:space="preserve">'


def _is_flat(source: str) -> bool:
    """Tell whether no paragraph lies inside another (as a text box would have it) or is written as empty."""
    inside = False
    for mark in _PARAGRAPH.finditer(source):
        opens = mark[0] != "</w:p>"
        if opens is inside or mark[0].endswith("/>"):
            return False
        inside = opens
    return not inside


def _renumbered(xml: str) -> str:
    numbers = itertools.count(_FIRST_PICTURE)
    return _PICTURE_ID.sub(lambda found: f"{found[1]}{next(numbers)}{found[2]}", xml)


def _mended(template: DocxTemplate, xml: str) -> str:
    """Let docxtpl mend the tables and number the pictures of a template whose shape depends on the values."""
    template.docx_ids_index = _FIRST_PICTURE - 1
    tree = template.fix_tables(xml)
    template.fix_docpr_ids(tree)
    return etree.tostring(tree, encoding="unicode")


def _is_steady(body: etree._Element) -> bool:
    """Tell whether no value can change the columns of any table, so that docxtpl would mend nothing."""
    return all(_is_steady_table(table) for table in body.iter(f"{W}tbl"))


def _is_steady_table(table: etree._Element) -> bool:
    columns = len(table.findall(f"{W}tblGrid/{W}gridCol"))
    depth, always = 0, False
    for row in table.iter(f"{W}tr"):
        text = "".join(map(str, row.itertext(f"{W}t")))
        if _COLUMN_TAGS.search(text) or row.find(f".//{W}tbl") is not None:
            return False
        if tag := _ROW_TAG.search(text):
            depth += -1 if tag[1].startswith("end") else tag[1] in ("for", "if")
            continue
        width = sum(_span(cell) for cell in row.findall(f"{W}tc"))
        if width > columns:
            return False
        always = always or (depth == 0 and width == columns)
    return always


def _span(cell: etree._Element) -> int:
    span = cell.find(f"{W}tcPr/{W}gridSpan")
    return int(span.get(f"{W}val", "1")) if span is not None else 1


def _is_balanced(tree: nodes.Node) -> bool:
    """Tell whether every branch and loop body holds whole elements: then every outcome is well-formed."""
    if not _is_whole(_text(tree)):
        return False
    return all(_is_balanced(block) for block in _blocks(tree))


def _blocks(node: nodes.Node) -> Iterator[nodes.Node]:
    for name, value in node.iter_fields():
        if isinstance(value, list) and name in ("body", "else_", "elif_"):
            for child in value:
                if not isinstance(child, nodes.Output):
                    yield child


def _text(node: nodes.Node) -> str:
    found: list[str] = []
    for name in ("body", "else_"):
        children = getattr(node, name, None) or []
        found.append(
            "".join(
                piece.data
                for child in children
                if isinstance(child, nodes.Output)
                for piece in child.nodes
                if isinstance(piece, nodes.TemplateData)
            )
        )
    return "\0".join(found)


def _is_whole(texts: str) -> bool:
    for text in texts.split("\0"):
        open_tags: list[str] = []
        for closing, name, empty in _TAG.findall(text):
            if empty:
                continue
            if not closing:
                open_tags.append(name)
            elif not open_tags or open_tags.pop() != name:
                return False
        if open_tags:
            return False
    return True
