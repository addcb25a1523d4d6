"""Write a definition as the YAML that a person goes on with."""

from __future__ import annotations

import yaml

from cmforms.definitions.schema import Form

_HEAD = """\
# {file}, an official form, adopted as it came. What to do now:
# - look at each binding marked `suggested: true`; remove the mark if it is right, or the binding if it is not;
# - give `bind:` to the other fields that the toolkit shall fill, and `by:` to those that people fill;
# - `cmforms forms check` says what is left. `official:` is the form's own; leave it.
"""


def definition_yaml(form: Form) -> bytes:
    """Return the definition; defaults are left out, what a person must know to fill it in stands."""
    data = form.model_dump(mode="json", exclude_defaults=True)
    data.setdefault("cites", [])
    body = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)
    return (_HEAD.format(file=form.official.file if form.official else form.id) + body).encode()
