"""The places to fill in: each input of the HTML by its id, and what the PDF must say of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cmforms.values.kinds import Kind

MAIN = "main"
ADDENDUM = "addendum"


def more(group: str) -> str:
    """Return the role of the continuation page of a group."""
    return f"more:{group}"


@dataclass(frozen=True, slots=True)
class Slot:
    """One input: its address in the template, the option it stands for, what a screen reader calls it."""

    id: str
    address: str
    kind: Kind
    label: str
    tooltip: str
    role: str
    option: str | None = None
    multiline: bool = False

    @property
    def name(self) -> str:
        """The field's partial name: a dot would part it in two (PDF 32000, 12.7.3.2)."""
        return self.address.replace(".", "/")


@dataclass(slots=True)
class Slots:
    """All slots of a document in reading order."""

    items: dict[str, Slot] = field(default_factory=dict)

    def add(
        self, address: str, kind: Kind, role: str, *, label: str,
        option: tuple[str, str] | None = None, multiline: bool = False,
    ) -> Slot:
        """Make a slot; `option` is the value and label of one box of a choice."""
        value, tooltip = (option[0], f"{label}: {option[1]}") if option else (None, label)
        slot = Slot(f"s{len(self.items)}", address, kind, label, tooltip, role, value, multiline)
        self.items[slot.id] = slot
        return slot
