"""The identity of an issued document, the mark of each of its pages, and the proof that a mark is ours."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from cmforms.definitions.schema import Form
from cmforms.errors import Finding, error
from cmforms.issue.qr import modules
from cmforms.values.documents import Identity, Mark
from cmforms.values.kinds import Value, to_json

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that an id can be read aloud and typed."""

ISSUE_LENGTH = 10
ISSUE_START = 4
"""Where the id begins in the text of a mark."""

CHECK_LENGTH = 5
_MARK = re.compile(
    rf"CM1 (?P<issue>[{ALPHABET}]{{{ISSUE_LENGTH}}}) (?P<form>[a-z][a-z0-9-]*) (?P<revision>\d{{4}}-\d{{2}})"
    rf" (?P<lang>[a-z]{{2,3}}) (?P<page>\d{{1,3}})/(?P<pages>\d{{1,3}})"
    rf" (?P<check>[{ALPHABET}]{{{CHECK_LENGTH}}})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class MarkRead:
    """What a genuine page mark says. Page 0 of 0: the word processor paged the document."""

    issue: str
    form: str
    revision: str
    lang: str
    page: int
    pages: int


def identify(
    form: Form, lang: str, subject: str, recipient: int | None, values: Mapping[str, Value], key: bytes,
    draft: bool = False,
) -> Identity:
    """Return the identity of a document: the same content for the same recipient has the same issue id.

    The id is 50 bits of HMAC-SHA256 (RFC 2104) over all that makes the document, so it tells nothing about
    the student, and nobody without the key can make one.
    """
    content = {
        "form": form.id, "revision": form.revision, "lang": lang, "subject": subject, "recipient": recipient,
        "draft": draft, "values": {address: to_json(value) for address, value in values.items()},
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    issue = _code(key, f"issue {canonical}", ISSUE_LENGTH)
    stem = _stem(issue, form.id, form.revision, lang)
    return Identity(
        issue=issue, form=form.id, revision=form.revision, lang=lang, subject=subject,
        check=_check(key, stem), mark=partial(_mark, stem, key),
    )


def verify_mark(payload: str, key: bytes) -> MarkRead | Finding:
    """Return what a page mark says, or why it is not ours (`mark-unknown`, `mark-foreign`)."""
    found = _MARK.fullmatch(payload)
    if not found:
        return error(
            "mark-unknown", "the QR code in the footer is not a page mark of this toolkit",
            fix="Take the page out if it belongs to another document.",
        )
    stem, _, check = payload.rpartition(" ")
    if not hmac.compare_digest(check, _check(key, stem)):
        return error(
            "mark-foreign", "the page mark has a wrong check: it was made with another key, or changed",
            fix="Find out which office issued the page; read it in that office's workspace.",
        )
    page, pages = int(found["page"]), int(found["pages"])
    return MarkRead(found["issue"], found["form"], found["revision"], found["lang"], page, pages)


def payload_of(
    issue: str, form: str, revision: str, lang: str, folio: tuple[int, int], key: bytes
) -> str:
    """Return the text of the mark of page (number, of) of an issued document."""
    return _payload(_stem(issue, form, revision, lang), key, *folio)


def shown(issue: str) -> str:
    """Return an issue id as people read it: `ABCDE-FGHJK`."""
    return f"{issue[:5]}-{issue[5:]}"


def _stem(issue: str, form: str, revision: str, lang: str) -> str:
    return f"CM1 {issue} {form} {revision} {lang}"


def _mark(stem: str, key: bytes, page: int, pages: int) -> Mark:
    payload = _payload(stem, key, page, pages)
    return Mark(payload, *modules(payload, common=len(stem)))


def _payload(stem: str, key: bytes, page: int, pages: int) -> str:
    text = f"{stem} {page}/{pages}"
    return f"{text} {_check(key, text)}"


def _check(key: bytes, text: str) -> str:
    return _code(key, f"check {text}", CHECK_LENGTH)


def _code(key: bytes, text: str, length: int) -> str:
    digest = int.from_bytes(hmac.digest(key, text.encode(), "sha256"))
    return "".join(ALPHABET[digest >> shift & 31] for shift in range(256 - 5, 256 - 5 * length - 1, -5))
