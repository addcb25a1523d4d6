"""The words of old spreadsheets, as `forms/legacy/words.yaml` gives them: data that a district adds to."""

from __future__ import annotations

from pydantic import Field

from cmforms.definitions.schema import Strict

Words = tuple[str, ...]


class LegacyWords(Strict):
    """Synonyms of headers and values; all are compared without case, marks and outer blanks.

    `headers` and `options` have paths of the case as keys (`contacts[].kind`: each row of the sheet adds an entry).
    """

    abbreviations: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, Words]
    missing: Words
    totals: Words
    yes: Words
    no: Words
    options: dict[str, dict[str, Words]] = Field(default_factory=dict)
    languages: dict[str, Words] = Field(default_factory=dict)
    school_words: dict[str, str] = Field(default_factory=dict)
