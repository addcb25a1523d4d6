"""What a Word template asks for, checked against the form before any case is seen: names, tags, reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from jinja2 import TemplateError, TemplateSyntaxError, nodes
from rapidfuzz import fuzz, process

from cmforms.definitions.schema import Form
from cmforms.errors import Finding, error
from cmforms.fill.docx_program import Program, Sandbox

DOCUMENT = ("issue", "form", "revision", "lang", "check", "draft", "title", "subject", "issue_text")
_TAGS = [
    *("if", "elif", "else", "endif", "for", "endfor", "set", "endset", "with", "endwith", "macro"),
    *("endmacro", "call", "endcall", "filter", "endfilter", "raw", "endraw", "tr", "tc", "p", "r"),
    *("colspan", "cellbg", "vm", "hm"),
]
_UNKNOWN_TAG = re.compile(r"Encountered unknown tag '([^']*)'")
_UNKNOWN_FILTER = re.compile(r"No (filter|test) named '([^']*)'")
_SAME_ROWS = frozenset({"sort", "reverse", "list", "unique", "selectattr", "rejectattr", "select", "reject"})
_ONE_ROW = frozenset({"first", "last", "random", "min", "max"})
_NEAR = 60
_FIX = "Correct the tag in the Word template."


class _Rows(tuple[str, ...]):
    """The names in each row of a group."""


Shape = tuple[str, ...] | _Rows | None
Scope = dict[str, Shape]


def name_faults(program: Program, form: Form, source: str) -> list[Finding]:
    """Return a finding for each name that the form does not have, with the nearest one that it has."""
    faults = [fault for tree in program.trees() for fault in _Checker(form, program.sandbox).faults(tree)]
    return [error(code, message, source=source, fix=_FIX) for code, message in dict.fromkeys(faults)]


def syntax_fault(trouble: TemplateError, source: str) -> Finding:
    """Return the finding for a template that Jinja cannot understand, naming the tag."""
    message = trouble.message or type(trouble).__name__
    if unknown := _UNKNOWN_TAG.search(message):
        said = f"{{% {unknown[1]} %}} is no tag" + _did_you_mean(unknown[1], _TAGS)
        return error("template-tag", said, source=source, fix=_FIX)
    if unknown := _UNKNOWN_FILTER.search(message):
        known = list(Sandbox().filters if unknown[1] == "filter" else Sandbox().tests)
        said = f"{unknown[2]!r} is no {unknown[1]}" + _did_you_mean(unknown[2], known)
        return error("template-tag", said, source=source, fix=_FIX)
    near = f" near {_excerpt(trouble)!r}" if isinstance(trouble, TemplateSyntaxError) else ""
    return error("template-syntax", f"a tag cannot be understood{near}: {message}", source=source, fix=_FIX)


class _Checker:
    """Follows the names of one part: `v` and its fields, each group and the rows that loops take from it."""

    def __init__(self, form: Form, sandbox: Sandbox) -> None:
        self._known: Scope = {
            **dict.fromkeys((*sandbox.globals, "loop", "self", "caller", "varargs", "kwargs"), None),
            **{name: _Rows(spec.name for spec in group.fields) for name, group in form.groups.items()},
            "v": tuple(form.fields),
            "doc": DOCUMENT,
        }

    def faults(self, tree: nodes.Template) -> Iterator[tuple[str, str]]:
        """Yield code and message of each fault."""
        yield from self._walk(tree, dict(self._known))

    def _walk(self, node: nodes.Node, scope: Scope) -> Iterator[tuple[str, str]]:
        if isinstance(node, nodes.For):
            yield from self._walk(node.iter, scope)
            scope = scope | _targets(node.target, _shape(node.iter, scope))
            children = [*node.body, *node.else_, *([node.test] if node.test else [])]
        else:
            yield from self._said(node, scope)
            scope = dict(scope) if isinstance(node, (nodes.Macro, nodes.CallBlock, nodes.With)) else scope
            children = list(node.iter_child_nodes())
        if isinstance(node, nodes.Assign):
            scope |= _targets(node.target, _shape(node.node, scope))
        for child in children:
            yield from self._walk(child, scope)

    def _said(self, node: nodes.Node, scope: Scope) -> Iterator[tuple[str, str]]:
        if isinstance(node, (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
            yield "template-unsafe", f"{{% {type(node).__name__.lower()} %}} loads other files"
        elif isinstance(node, nodes.Macro):
            scope[node.name] = None
        elif isinstance(node, nodes.Name):
            if node.ctx != "load":
                scope.setdefault(node.name, None)
            elif node.name not in scope:
                yield "template-name", _unknown(node.name, node.name, list(scope))
        elif isinstance(node, (nodes.Getattr, nodes.Getitem)):
            yield from _step_faults(node, scope)


def _step_faults(node: nodes.Getattr | nodes.Getitem, scope: Scope) -> Iterator[tuple[str, str]]:
    name = _key(node)
    if name is None:
        return
    if name.startswith("_"):
        yield "template-unsafe", f"{_written(node)!r} reaches for what is not allowed"
        return
    shape = _shape(node.node, scope)
    if shape is not None and not isinstance(shape, _Rows) and name not in shape:
        yield "template-name", _unknown(_written(node), name, list(shape))


def _targets(target: nodes.Node, shape: Shape) -> Scope:
    """Return the names that a loop or `set` makes; a loop over a group's rows makes one with their names."""
    if isinstance(target, nodes.Name):
        return {target.name: tuple(shape) if isinstance(shape, _Rows) else shape}
    return {name.name: None for name in target.find_all(nodes.Name)}


def _shape(node: nodes.Node, scope: Scope) -> Shape:
    if isinstance(node, nodes.Name):
        return scope.get(node.name)
    if isinstance(node, nodes.Filter) and node.node is not None:
        rows = _shape(node.node, scope)
        if isinstance(rows, _Rows):
            return rows if node.name in _SAME_ROWS else tuple(rows) if node.name in _ONE_ROW else None
    if isinstance(node, nodes.Getitem) and isinstance(rows := _shape(node.node, scope), _Rows):
        return rows if isinstance(node.arg, nodes.Slice) else tuple(rows)
    return None


def shown_names(program: Program) -> set[str]:
    """Return the names that a template shows of `v` and of its groups' rows, however it calls those."""
    return {
        name
        for tree in program.trees()
        for node in tree.find_all((nodes.Getattr, nodes.Getitem))
        if (name := _key(node))  # type: ignore[arg-type]
    }


def undefined_fault(message: str, known: Mapping[str, object], source: str) -> Finding:
    """Return the finding for a name that turned out missing while filling."""
    name = (re.findall(r"'([^']*)'", message) or [""])[-1]
    said = f"a tag asks for what is not there: {message}" + _did_you_mean(name, list(known))
    return error("template-name", said, source=source, fix=_FIX)


def _key(node: nodes.Getattr | nodes.Getitem) -> str | None:
    if isinstance(node, nodes.Getattr):
        return node.attr
    constant = node.arg.value if isinstance(node.arg, nodes.Const) else None
    return constant if isinstance(constant, str) else None


def _written(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, (nodes.Getattr, nodes.Getitem)):
        return f"{_written(node.node)}.{_key(node) or '…'}"
    return "…"


def _unknown(written: str, name: str, known: list[str]) -> str:
    return f"{{{{ {written} }}}} is not known" + _did_you_mean(name, known)


def _did_you_mean(name: str, known: list[str]) -> str:
    # Whole names are compared: parts would find the filter `e` in every word.
    near = process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=_NEAR)
    return f"; did you mean {near[0]!r}?" if near else ""


def _excerpt(trouble: TemplateSyntaxError) -> str:
    """Return the words of the tag that the template's author sees, without the XML around it."""
    lines = (trouble.source or "").splitlines()
    line = lines[trouble.lineno - 1] if 0 < trouble.lineno <= len(lines) else ""
    tags = re.findall(r"\{[{%].*?(?:[%}]\}|$)", line)
    plain = [" ".join(re.sub(r"<[^>]*>", "", tag).split()) for tag in tags]
    return (plain or [""])[-1][:60]
