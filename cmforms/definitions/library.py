"""The library: every form, packet, rule and template, a district's own files before the shipped ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from cmforms.definitions.faults import definition_faults
from cmforms.definitions.legacy import LegacyWords
from cmforms.definitions.life import Duties, Events, Life, States
from cmforms.definitions.schema import District, Form, Packet, Rule, Rules, SheetLabels
from cmforms.errors import CmformsError, DefinitionError, Finding, InputError
from cmforms.files import read_bytes
from cmforms.model.loading import nearest
from cmforms.resources import shipped
from cmforms.yamlfile import built, composed, with_lines

Model = TypeVar("Model", bound=BaseModel)

_LIFE: dict[str, type[BaseModel]] = {"states": States, "events": Events, "duties": Duties}
"""The files of the life of a case."""


@dataclass(frozen=True)
class Root:
    """One place that definitions and templates come from."""

    forms: Path
    templates: Path


class Library:
    """Definitions and templates by id. The first root that has a file wins, file by file."""

    def __init__(self, roots: Sequence[Root]) -> None:
        self.roots = tuple(roots)
        self._forms: dict[str, Form] = {}

    @classmethod
    def default(cls, workspace: Path | None = None) -> Library:
        """The shipped library, overridden by the workspace's own `forms/` and `templates/`."""
        roots = [Root(shipped("forms"), shipped("templates"))]
        if workspace:
            roots.insert(0, Root(workspace / "forms", workspace / "templates"))
        return cls(roots)

    def form(self, form_id: str) -> Form:
        """Return the form. Raises DefinitionError naming the nearest id, or every fault of its file."""
        if form_id not in self._forms:
            self._forms[form_id] = load(self._file("", form_id, "form"), Form)
        return self._forms[form_id]

    def forms(self) -> list[Form]:
        """Return all forms in the order of their ids."""
        return [self.form(form_id) for form_id in self.form_ids]

    @cached_property
    def form_ids(self) -> list[str]:
        """The ids of all forms, sorted."""
        return [name for name in self._names("") if name != "district"]

    @cached_property
    def packet_ids(self) -> list[str]:
        """The ids of all packets, sorted."""
        return self._names("packets")

    def packet(self, packet_id: str) -> Packet:
        """Return the packet. Raises DefinitionError naming the nearest id."""
        return load(self._file("packets", packet_id, "packet"), Packet)

    def rules(self) -> list[Rule]:
        """Return the rules of all rule files."""
        return [rule for name in self._names("rules") for rule in self._rules(name)]

    @cached_property
    def labelled_ids(self) -> list[str]:
        """The ids of the forms that people also keep as sheets of their own, sorted."""
        return self._names("labels")

    def labels(self, form_id: str) -> SheetLabels:
        """Return what people call the fields of such a form. Raises DefinitionError."""
        return load(self._file("labels", form_id, "label file"), SheetLabels)

    def _rules(self, name: str) -> tuple[Rule, ...]:
        return load(self._file("rules", name, "rule file"), Rules).rules

    @cached_property
    def district(self) -> District:
        """The district's letterhead, office, schools and calendar."""
        return load(self._file("", "district", "district file"), District)

    @cached_property
    def life(self) -> Life:
        """The life of a case: its states, events and duties."""
        states = load(self._life("states"), States).states
        events = load(self._life("events"), Events).events
        last = load(self._life("duties"), Duties)
        return Life(last.people, states, events, last.duties)

    def _life(self, name: str) -> Path:
        return self._file("life", name, "life file")

    @cached_property
    def legacy_words(self) -> LegacyWords:
        """The words of old spreadsheets."""
        return load(self._file("legacy", "words", "word list"), LegacyWords)

    def template(self, form_id: str, lang: str, extension: str) -> Path:
        """Return the template's path. Raises DefinitionError when there is none."""
        name = f"{form_id}.{lang}.{extension}"
        for root in self.roots:
            if (path := root.templates / name).is_file():
                return path
        official = self.form(form_id).official
        raise DefinitionError.because(
            "template-missing", f"there is no template {name}", source=str(self.roots[0].templates),
            fix=f"It is an official form: fill it as {official.kind}." if official
            else f"Run: cmforms forms build {form_id}",
        )

    def files(self) -> Iterator[tuple[Path, type[BaseModel]]]:
        """Yield every definition file in force with the model that it must satisfy."""
        folders = (("", Form), ("packets", Packet), ("rules", Rules), ("labels", SheetLabels), ("legacy", LegacyWords))
        for folder, model in folders:
            for name in self._names(folder):
                kind = District if (folder, name) == ("", "district") else model
                yield self._file(folder, name, "file"), kind
        yield from ((self._life(name), model) for name, model in _LIFE.items())

    def _names(self, folder: str) -> list[str]:
        found = (path.stem for root in self.roots for path in (root.forms / folder).glob("*.yaml"))
        return sorted(set(found))

    def _file(self, folder: str, name: str, kind: str) -> Path:
        for root in self.roots:
            if (path := root.forms / folder / f"{name}.yaml").is_file():
                return path
        near = nearest(name, [n for n in self._names(folder) if n != "district"])
        raise DefinitionError.because(
            f"{kind.split()[0]}-unknown",
            f"there is no {kind} {name!r}" + (f"; did you mean {near!r}?" if near else ""),
            fix="`cmforms forms list` shows what there is.",
        )


def load(path: Path, model: type[Model]) -> Model:
    """Load one definition file. Raises DefinitionError with every fault, each with its path."""
    try:
        root = composed(read_bytes(path), path.name)
        return model.model_validate(built(root, path.name))
    except ValidationError as invalid:
        faults = definition_faults(invalid, model, path.name)
        raise DefinitionError(with_lines(faults, root)) from None
    except InputError as broken:
        raise DefinitionError(broken.findings) from None


def findings_of(path: Path, model: type[BaseModel]) -> tuple[Finding, ...]:
    """Return what is wrong with one definition file, nothing when it loads."""
    try:
        load(path, model)
    except CmformsError as faulty:
        return faulty.findings
    return ()
