"""One peer in a process of its own: `peers.py NAME FOLDER COUNT ROUNDS`, then a round for each line on stdin.

Answers each line with JSON: `cpu` and `wall` seconds of the round, of which `cpu` counts child processes too.
Nothing of cmforms is imported for a foreign peer, so that one can run in another environment.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from xml.sax.saxutils import escape

T = TypeVar("T")
# Called with the number of the round: each has cases of its own, as no batch fills the same ones twice.
Round = Callable[[int], None]


def values_of(work: Path) -> list[dict[str, str]]:
    """Return the AcroForm values of each case of all rounds."""
    values: list[dict[str, str]] = json.loads((work / "values.json").read_text(encoding="utf-8"))
    return values[: _count() * int(sys.argv[4])]


def _count() -> int:
    return int(sys.argv[3])


def of_round(everything: Sequence[T], number: int) -> Sequence[T]:
    """Return what one round fills."""
    return everything[number * _count() : (number + 1) * _count()]


def target(out: Path, number: int, suffix: str = "pdf") -> Path:
    """Name the output of one case."""
    return out / f"{number:05d}.{suffix}"


def pypdf_loop(work: Path, out: Path) -> Round:
    """Fill as pypdf's manual shows it: the template cloned into a writer, then each page's values set."""
    from pypdf import PdfWriter

    values = values_of(work)

    def run(turn: int) -> None:
        for number, fields in enumerate(of_round(values, turn)):
            writer = PdfWriter(clone_from=work / "template.pdf")
            for page in writer.pages:
                writer.update_page_form_field_values(page, fields, auto_regenerate=False)
            writer.write(target(out, number))

    return run


def pikepdf_loop(work: Path, out: Path) -> Round:
    """Set each field with pikepdf and let qpdf make the appearances."""
    import pikepdf

    values = values_of(work)

    def run(turn: int) -> None:
        for number, fields in enumerate(of_round(values, turn)):
            with pikepdf.open(work / "template.pdf") as pdf:
                [root] = pdf.Root.AcroForm.Fields
                for field in root.Kids:
                    value = fields.get(f"{root.T}.{field.T}")
                    if value is not None:
                        _set(field, value, pikepdf)
                pdf.Root.AcroForm.NeedAppearances = True
                pdf.generate_appearance_streams()
                pdf.save(target(out, number))

    return run


def _set(field: Any, value: str, pikepdf: Any) -> None:
    if field.get("/FT") != "/Btn":
        field.V = pikepdf.String(value)
        return
    field.V = pikepdf.Name(value)
    for widget in field.get("/Kids", [field]):
        widget.AS = pikepdf.Name(value if value in widget.AP.N else "/Off")


def pypdfform_loop(work: Path, out: Path) -> Round:
    """Fill with PyPDFForm: text as text, a choice of boxes by its place among them."""
    from PyPDFForm import PdfWrapper

    template = (work / "template.pdf").read_bytes()
    known = PdfWrapper(template).schema["properties"]
    boxes = json.loads((work / "boxes.json").read_text(encoding="utf-8"))
    values = [_for_pypdfform(fields, known, boxes) for fields in values_of(work)]

    def run(turn: int) -> None:
        for number, fields in enumerate(of_round(values, turn)):
            PdfWrapper(template).fill(fields).write(str(target(out, number)))

    return run


def _for_pypdfform(
    fields: dict[str, str], known: dict[str, Any], boxes: dict[str, int]
) -> dict[str, str | int | bool]:
    """Name fields without the root, and a choice of boxes by the place of its box."""
    given = {name.partition(".")[2]: value for name, value in fields.items()}
    return {
        name: True if known[name]["type"] == "boolean" else boxes.get(name, value) for name, value in given.items()
    }


def pdftk(work: Path, out: Path) -> Round:
    """Run pdftk for each case, as there is no other way to use it; the values come as XFDF."""
    (out / "xfdf").mkdir(exist_ok=True)
    for number, fields in enumerate(values_of(work)):
        _xfdf(target(out / "xfdf", number, "xfdf"), fields)

    def run(turn: int) -> None:
        for data in of_round(sorted((out / "xfdf").glob("*.xfdf")), turn):
            made = out / f"{data.stem}.pdf"
            subprocess.run(["pdftk", work / "template.pdf", "fill_form", data, "output", made], check=True)

    return run


def _xfdf(path: Path, fields: dict[str, str]) -> None:
    kids = "".join(
        f'<field name="{escape(name.partition(".")[2])}"><value>{escape(value.removeprefix("/"))}</value></field>'
        for name, value in fields.items()
    )
    root = next(iter(fields)).partition(".")[0]
    head = '<?xml version="1.0" encoding="UTF-8"?><xfdf xmlns="http://ns.adobe.com/xfdf/"><fields>'
    path.write_text(f'{head}<field name="{root}">{kids}</field></fields></xfdf>', encoding="utf-8")


def cmforms_pdf(work: Path, out: Path) -> Round:
    """Fill with cmforms, footer, QR code, fonts and properties included."""
    from inputs import FORM, LANG, Inputs

    from cmforms.fill.pdf import fill_pdf

    inputs = Inputs()
    form = inputs.library.form(FORM)
    template = inputs.library.template(FORM, LANG, "pdf")
    documents = inputs.documents(form, len(values_of(work)))

    def run(turn: int) -> None:
        for number, one in enumerate(of_round(documents, turn)):
            filled = fill_pdf(template, form, one.bound, one.identity, lang=LANG)
            target(out, number).write_bytes(filled.data)

    return run


def _made(work: Path) -> tuple[int, list[bytes]]:
    """Return the length of the template in each document of cmforms, and the documents."""
    from inputs import FORM, LANG, Inputs

    from cmforms.fill.pdf import fill_pdf

    inputs = Inputs()
    form = inputs.library.form(FORM)
    template = inputs.library.template(FORM, LANG, "pdf")
    documents = inputs.documents(form, len(values_of(work)))
    length = len((work / "template.pdf").read_bytes())
    return length, [fill_pdf(template, form, one.bound, one.identity, lang=LANG).data for one in documents]


def floor_pdf_write(work: Path, out: Path) -> Round:
    """Only write the finished files."""
    _, made = _made(work)

    def run(turn: int) -> None:
        for number, data in enumerate(of_round(made, turn)):
            target(out, number).write_bytes(data)

    return run


def floor_pdf(work: Path, out: Path) -> Round:
    """Compress the bytes that changed, at zlib's fastest, and write the finished files."""
    import zlib

    length, made = _made(work)
    template, changed = made[0][:length], [data[length:] for data in made]

    def run(turn: int) -> None:
        for number, data in enumerate(of_round(changed, turn)):
            target(out, number).write_bytes(template + zlib.compress(data, 1))

    return run


def _word(work: Path, name: str) -> Any:
    from inputs import FORM, Inputs

    from cmforms.fill.docx import open_template

    inputs = Inputs()
    form = inputs.library.form(FORM)
    return inputs.documents(form, len(values_of(work))), open_template(work / f"{name}.docx", form)


def docxtpl_loop(work: Path, out: Path, name: str) -> Round:
    """Fill as docxtpl's manual shows it: the template opened, rendered and saved for each case."""
    from docxtpl import DocxTemplate
    from inputs import LANG

    documents, template = _word(work, name)
    contexts = [template.context(LANG).of(one.bound, one.identity, draft=False)[0] for one in documents]

    def run(turn: int) -> None:
        for number, context in enumerate(of_round(contexts, turn)):
            document = DocxTemplate(work / f"{name}.docx")
            document.render(context, autoescape=True)
            document.save(target(out, number, "docx"))

    return run


def cmforms_docx(work: Path, out: Path, name: str) -> Round:
    """Fill with cmforms: what docxtpl does, and the QR code and the properties."""
    from inputs import FORM, LANG, Inputs

    from cmforms.fill.docx import fill_docx

    inputs = Inputs()
    form = inputs.library.form(FORM)
    documents = inputs.documents(form, len(values_of(work)))
    template = work / f"{name}.docx"

    def run(turn: int) -> None:
        for number, one in enumerate(of_round(documents, turn)):
            filled = fill_docx(template, form, one.bound, one.identity, lang=LANG)
            target(out, number, "docx").write_bytes(filled.data)

    return run


def floor_docx(work: Path, out: Path, name: str) -> Round:
    """Only deflate the parts that differ from the template's, as cmforms does, and write the file."""
    from cmforms.fill.docx_archive import deflated

    fill = cmforms_docx(work, out, name)
    made = []
    for turn in range(int(sys.argv[4])):
        fill(turn)
        made += [_members(path) for path in sorted(out.glob("*.docx"))]
    before = _members(work / f"{name}.docx")
    # What one language's documents have in common, as a header without values, need not be packed each time.
    same = {part for part, data in made[0].items() if len(made) > 1 and all(one[part] == data for one in made)}
    changed = [
        [data for part, data in members.items() if before.get(part) != data and part not in same] for members in made
    ]
    kept = bytes((work / f"{name}.docx").stat().st_size - sum(len(deflated(data)) for data in changed[0]))

    def run(turn: int) -> None:
        for number, parts in enumerate(of_round(changed, turn)):
            target(out, number, "docx").write_bytes(b"".join((kept, *map(deflated, parts))))

    return run


def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def libreoffice(work: Path, out: Path) -> Round:
    """Turn filled Word files into PDF, one process for all of them."""
    cmforms_docx(work, out, "ours")(0)
    files = sorted(out.glob("*.docx"))
    profile = f"-env:UserInstallation={(work / 'libreoffice').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", out, *files]

    def run(_turn: int) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    return run


PEERS: dict[str, Callable[[Path, Path], Round]] = {
    "pdf-cmforms": cmforms_pdf,
    "pdf-pypdf": pypdf_loop,
    "pdf-pikepdf": pikepdf_loop,
    "pdf-pypdfform": pypdfform_loop,
    "pdf-pdftk": pdftk,
    "pdf-libreoffice": libreoffice,
    "pdf-floor": floor_pdf,
    "pdf-write": floor_pdf_write,
    "word-ours-cmforms": lambda work, out: cmforms_docx(work, out, "ours"),
    "word-ours-docxtpl": lambda work, out: docxtpl_loop(work, out, "ours"),
    "word-ours-floor": lambda work, out: floor_docx(work, out, "ours"),
    "word-plain-cmforms": lambda work, out: cmforms_docx(work, out, "plain"),
    "word-plain-docxtpl": lambda work, out: docxtpl_loop(work, out, "plain"),
    "word-plain-floor": lambda work, out: floor_docx(work, out, "plain"),
}


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main() -> None:
    """Get ready, then do a round for each line."""
    name, work = sys.argv[1], Path(sys.argv[2])
    out = work / "out" / name
    out.mkdir(parents=True)
    run = PEERS[name](work, out)
    run(0)  # warm: what a process does only once is not what a batch is made of
    print(json.dumps({"ready": name}), flush=True)
    for turn, _ in enumerate(sys.stdin, 1):
        cpu, wall = _cpu(), time.perf_counter()
        run(turn)
        print(json.dumps({"cpu": _cpu() - cpu, "wall": time.perf_counter() - wall}), flush=True)


if __name__ == "__main__":
    main()
