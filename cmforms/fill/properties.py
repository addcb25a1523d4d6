"""Who a document is, in its properties: Info and XMP (ISO 32000-1, 14.3)."""

from __future__ import annotations

from xml.sax.saxutils import escape

from cmforms.fill.increment import Increment
from cmforms.fill.syntax import stream, text_string
from cmforms.values.documents import Identity

_NAMESPACE = "urn:cmforms:document:1"
_NAMES = ("issue", "form", "revision", "lang", "subject", "check")


def put_properties(
    update: Increment, identity: Identity, info: tuple[int, bytes], metadata: tuple[int, bytes, bytes]
) -> None:
    """Write the identity into the two objects that hold properties; `subject` is the case's id.

    `info` is the number and the open dictionary of /Info; `metadata` the number of the XMP packet and what stands
    before and after its own description.
    """
    values = {name: getattr(identity, name) for name in _NAMES}
    number, head = info
    entries = [b"/Cmforms%b%b" % (n.capitalize().encode(), text_string(v)) for n, v in values.items()]
    update.put(number, b"%b%b>>" % (head, b"".join(entries)))
    number, before, after = metadata
    said = "".join(f"<cmforms:{name}>{escape(value)}</cmforms:{name}>" for name, value in values.items())
    about = f'<rdf:Description rdf:about="" xmlns:cmforms="{_NAMESPACE}">{said}</rdf:Description>\n'
    update.put(number, stream(b"/Type/Metadata/Subtype/XML", before + about.encode() + after))
