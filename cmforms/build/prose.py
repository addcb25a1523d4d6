"""Prose with light marks, as definitions write it, turned into HTML."""

from __future__ import annotations

import re
from itertools import groupby

from markupsafe import Markup, escape

_BULLET = re.compile(r"- +(.*)")
_NUMBER = re.compile(r"\d+\. +(.*)")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_ITALIC = re.compile(r"\*(?=\S)(.+?)(?<=\S)\*")


def prose_html(text: str) -> Markup:
    """Return paragraphs and lists; blank lines part them, a line that is no item continues the last one."""
    parts = re.split(r"\n\s*\n", text.strip())
    return Markup("\n").join(_part(part) for part in parts if part.strip())


def inline_html(text: str) -> Markup:
    """Return one run of text with its bold and italic marks, everything else escaped."""
    marked = _BOLD.sub(r"<strong>\1</strong>", str(escape(text)))
    return Markup(_ITALIC.sub(r"<em>\1</em>", marked))  # noqa: S704 - escaped in the line above


def _part(part: str) -> Markup:
    items: list[tuple[str, str]] = []
    for line in map(str.strip, part.splitlines()):
        if found := _BULLET.fullmatch(line):
            items.append(("ul", found[1]))
        elif found := _NUMBER.fullmatch(line):
            items.append(("ol", found[1]))
        elif items:
            items[-1] = (items[-1][0], f"{items[-1][1]} {line}")
        else:
            items.append(("p", line))
    runs = groupby(items, lambda item: item[0])
    return Markup("").join(_run(tag, [text for _, text in run]) for tag, run in runs)


def _run(tag: str, texts: list[str]) -> Markup:
    inner = "p" if tag == "p" else "li"
    body = Markup("").join(_element(inner, inline_html(text)) for text in texts)
    return body if tag == "p" else _element(tag, body)


def _element(tag: str, content: Markup) -> Markup:
    return Markup("<{0}>{1}</{0}>").format(tag, content)
