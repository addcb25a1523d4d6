"""What adopting is told, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass

from cmforms.definitions.schema import Form
from cmforms.errors import Finding


@dataclass(frozen=True)
class Names:
    """What the new definition is called, in which language its labels are, and the file's name."""

    id: str
    lang: str
    file: str


@dataclass(frozen=True)
class Adoption:
    """A form and its template, ready to be written, with everything that a person should know."""

    form: Form
    template: bytes
    findings: tuple[Finding, ...]
