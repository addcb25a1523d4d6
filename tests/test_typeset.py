"""Text in any script: measured, broken, drawn, embedded and read back by other tools."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from cmforms.resources import fonts
from cmforms.typeset import FontStack, Subset, bidi
from cmforms.typeset.faces import FACE_FILES, Face

STACK = FontStack.default()
WESTERN = "María José Núñez-O\u2019Brien, 123 Example St."
SHAPED = [
    "Nguyễn Thị Ánh, Łukasz Šimůnek, Ελένη, Сергій",
    "x\u030c q\u0323\u0307 e\u0301",
    "श्री राजेश कुमार, क्षत्रिय विद्यार्थी।",
    "শ্রীমতী রবীন্দ্রনাথ ঠাকুর",
    "นายสมชาย ใจดี น้ำใจ ที่อยู่",
    "አማርኛ ኢትዮጵያ",
    "王小明，廣東省。 㐀",
    "山田太郎、カタカナ ひらがな",
    "김민수, 서울특별시",
    "Done ✓ ☐ ☑ → ≤ €",
]
RIGHT_TO_LEFT = ["محمد بن عبد الله", "علاء الأحمد", "پاکستان میں", "שלום עולם"]
SPACES = " \u3000"
ALPHABET = "ab Wi-/,.é\n\u3000漢字、（か\u0301Ελ עברמחd7वि\u0e17\u0e35\u200d"


def document(*lines: str, bold: bool = False, size: float = 12) -> bytes:
    """Write a page by hand that shows one line under the other."""
    subset = Subset(STACK)
    shown = b"".join(subset.show(t, size, 50, 780 - 30 * n, bold) for n, t in enumerate(lines))
    bodies, names = subset.objects(5)
    resources = " ".join(f"/{name} {number} 0 R" for name, number in names.items())
    page = (
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 842]/Contents 4 0 R/Resources<</Font<<{resources}>>>>>>"
    )
    content = b"<</Length %d>>\nstream\n%b\nendstream" % (len(shown), shown)
    catalog, pages = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    return written([catalog, pages, page.encode(), content, *bodies])


def written(bodies: list[bytes]) -> bytes:
    out, rows = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", [b"0000000000 65535 f \n"]
    for number, body in enumerate(bodies, 1):
        rows.append(b"%010d 00000 n \n" % len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    tail = b"trailer <</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(rows), len(out))
    return out + b"xref\n0 %d\n" % len(rows) + b"".join(rows) + tail


def fonts_of(data: bytes) -> Iterator[tuple[pikepdf.Object, TTFont]]:
    """Yield each font of the page with its embedded program."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for font in pdf.pages[0].Resources.Font.values():
            program = font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()
            yield font, TTFont(io.BytesIO(program))


def seen_by_pdfium(data: bytes) -> list[str]:
    with pypdfium2.PdfDocument(data) as pdf:
        return [line.strip() for line in pdf[0].get_textpage().get_text_range().splitlines()]


@pytest.mark.parametrize("entry", FACE_FILES, ids=lambda entry: entry.file)
def test_faces_read_the_same_as_fonttools(entry):
    path = fonts() / entry.file
    face, oracle = Face(path), TTFont(path)
    characters = oracle.getBestCmap()
    order, advances = oracle.getReverseGlyphMap(), oracle["hmtx"]
    for code in [*sorted(characters)[::37], max(characters)]:
        glyph = face.glyph(chr(code))
        assert glyph == order[characters[code]]
        assert face.advance(glyph) * face.units / 1000 == advances[characters[code]][0]
    assert face.glyph("\U0010ffff") == 0


def test_every_face_may_be_embedded():
    assert all(TTFont(fonts() / entry.file)["OS/2"].fsType in (0, 8) for entry in FACE_FILES)


# From Unicode's BidiCharacterTest.txt: characters; direction (2: by the text); base level; levels; order.
BIDI = """
202D 0028 202C 202A 05D0 0029 05D1;2;1;x 2 x x 3 3 3;1 6 5 4
0061 0028 0062 0029 2680 005B 005D;1;1;2 2 2 2 1 1 1;6 5 4 0 1 2 3
2680 0028 05D0 005B 2681 0029 005D 05D1;0;0;0 0 1 0 0 0 0 1;0 1 2 3 4 5 6 7
05D0 0028 0061 005B 2680 0029 005D 0062;1;1;1 1 2 1 1 1 1 2;7 6 5 4 3 2 1 0
005B 05D0 0028 05D1 0029 2680 0061;0;0;0 1 1 1 1 0 0;0 4 3 2 1 5 6
0028 05D0 0028 0061 005B 005D 0029 0062;0;0;0 1 0 0 0 0 0 0;0 1 2 3 4 5 6 7
"""


@pytest.mark.parametrize("row", BIDI.split("\n")[1:-1])
def test_bidi_follows_the_conformance_test(row):
    codes, direction, level, levels, order = row.split(";")
    text = "".join(chr(int(code, 16)) for code in codes.split())
    base = bidi.base_level(text) if direction == "2" else int(direction)
    got = bidi.levels(text, base)
    shown = [at for at, want in enumerate(levels.split()) if want != "x"]
    assert base == int(level)
    assert [got[at] for at in shown] == [int(want) for want in levels.split() if want != "x"]
    assert [at for at in bidi.visual(range(len(text)), got) if at in shown] == [*map(int, order.split())]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("abc דהו 123", "abc 123 והד"),
        ("ا 1,2 ٣4", "٣4 1,2 ا"),
        ("א 10% +5", "5+ 10% א"),
        ("1\u2067א\u20692", "1\u2067א\u20692"),
        ("\u202eabc\u202c", "\u202ecba\u202c"),
        ("א ", " א"),
    ],
)
def test_numbers_overrides_and_isolates_keep_their_order(text, order):
    levels = bidi.levels(text, bidi.base_level(text))
    assert "".join(bidi.visual(text, levels)) == order


@given(st.text(ALPHABET, max_size=60), st.floats(0, 200), st.booleans())
def test_wrap_loses_nothing_and_fits(text, width, bold):
    text = unicodedata.normalize("NFC", text)
    at, lines = 0, STACK.wrap(text, width, 10, bold)
    assert len(lines) > text.count("\n")
    for line in lines:
        found = text.index(line, at)
        assert not text[at:found].strip(SPACES + "\n")
        at = found + len(line)
        assert STACK.width(line, 10, bold) <= width or is_one_character(line)
    assert not text[at:].strip(SPACES + "\n")


def is_one_character(line: str) -> bool:
    rest = line[1:]
    return "\u200d" in line or not rest.strip("\u0301\u093f\u0e35")


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 50, [""]),
        ("one two three", 45, ["one two", "three"]),
        ("a\n\n  b\n", 50, ["a", "", "  b", ""]),
        ("well-known and/or 05/12/2011", 60, ["well-known", "and/or", "05/12/2011"]),
        ("well-known", 40, ["well-", "known"]),
        ("call 555-010-0199 -5", 72, ["call", "555-010-0199", "-5"]),
        ("aaaaaaaaaaaa", 30, ["aaaaa", "aaaaa", "aa"]),
        ("王小明，廣東省", 41, ["王小明，", "廣東省"]),
        ("王小明，廣東省", 31, ["王小", "明，廣", "東省"]),
        ("x     y", 8, ["x", "y"]),
        ("   ", 2, [""]),
    ],
)
def test_wrap_breaks_where_a_reader_expects(text, width, lines):
    assert STACK.wrap(text, width, 10) == lines


def test_wrap_keeps_a_mark_with_its_letter():
    assert STACK.wrap("x\u030cx\u030c", 6, 10) == ["x\u030c", "x\u030c"]


def test_characters_of_no_font_are_reported_and_drawn_as_a_box():
    assert STACK.missing("Ana \U00013000\x07\u200d\n漢 \U00013000") == ["\U00013000", "\x07"]
    (run,) = STACK.shape("\u0530")
    assert run.glyphs[0].number == 0


def test_bold_falls_back_to_the_only_face_of_a_script():
    assert [run.face.name for run in STACK.shape("Éa 王", bold=True)] == [
        "NotoSans-Bold",
        "WenQuanYiMicroHei",
    ]


def test_metrics_hold_the_tallest_face():
    plain, mixed = STACK.metrics("abc"), STACK.metrics("abc محمد")
    assert plain == STACK.metrics() == STACK.base().metrics
    assert mixed.line_height > plain.line_height > plain.cap_height > 0


def test_the_base_direction_can_come_from_the_paragraph():
    text = "123 محمد"
    assert STACK.is_rtl(text)
    assert not STACK.is_rtl("Ana é 1")
    assert [run.text for run in STACK.shape("A محمد", rtl=True)] == ["محمد", " ", "A"]


def test_decomposed_and_composed_text_are_one():
    assert STACK.width("e\u0301", 10) == STACK.width("é", 10)
    assert seen_by_pdfium(document("e\u0301")) == ["é"]


def test_kept_glyphs_are_those_that_were_shaped():
    lines = [WESTERN, *SHAPED, *RIGHT_TO_LEFT]
    runs = [run for line in lines for run in STACK.shape(line)]
    for font, program in fonts_of(document(*lines)):
        name, kept = str(font.BaseFont).split("+")[1], program.getGlyphOrder()
        original = TTFont(fonts() / f"{name}.ttf")
        used = {glyph.number for run in runs if run.face.name == name for glyph in run.glyphs}
        wanted = {outline(original, original.getGlyphName(number)) for number in used | {0} if number >= 0}
        assert {outline(program, kept[code]) for code in codes_of(font)} - {"[]"} == wanted - {"[]"}
        assert outline(program, ".notdef") == outline(original, ".notdef")


def codes_of(font: pikepdf.Object) -> set[int]:
    rows = font.ToUnicode.read_bytes().decode().split("beginbfchar", 1)[1].splitlines()
    return {int(row[1:5], 16) for row in rows if row.startswith("<")}


def outline(font: TTFont, glyph: str) -> str:
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[glyph].draw(pen)
    return repr(pen.value)


def test_widths_and_text_cover_every_code():
    for font, program in fonts_of(document(WESTERN, *SHAPED, *RIGHT_TO_LEFT)):
        widths = [float(width) for width in font.DescendantFonts[0].W[1]]
        units = program["head"].unitsPerEm
        advances = [program["hmtx"][g][0] * 1000 / units for g in program.getGlyphOrder()]
        assert widths == pytest.approx(advances[: len(widths)], abs=0.01)
        drawn = {code for code, width in enumerate(widths) if width}
        assert drawn <= codes_of(font)


def test_the_file_checksum_holds():
    (_, program), *_ = fonts_of(document("Łódź"))
    data = program.reader.file.getvalue()
    words = (int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4))
    assert sum(words) & 0xFFFFFFFF == 0xB1B0AFBA


@pytest.mark.parametrize("text", [WESTERN, *SHAPED, *RIGHT_TO_LEFT])
def test_pdfium_reads_the_text_back(text):
    assert seen_by_pdfium(document(text)) == [unicodedata.normalize("NFC", text)]


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs poppler-utils")
@pytest.mark.parametrize("text", [WESTERN, *SHAPED, *RIGHT_TO_LEFT])
def test_poppler_reads_the_text_back(text, tmp_path: Path):
    (tmp_path / "text.pdf").write_bytes(document(text))
    done = subprocess.run(["pdftotext", tmp_path / "text.pdf", "-"], capture_output=True, check=True)
    seen = done.stdout.decode().strip().strip("\u202a\u202b\u202c")
    assert seen == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("text", [WESTERN, "x\u030c|", "শ্রীমতী|", "ที่น้ำ|", "王小明|", "محمد|"])
def test_what_is_drawn_ends_where_it_was_measured(text):
    with pypdfium2.PdfDocument(document(text, size=20)) as pdf:
        ink = pdf[0].render(scale=4).to_pil().convert("L").point(lambda v: 255 - v).getbbox()
    end = 50 + STACK.width(text, 20)
    assert ink[0] / 4 == pytest.approx(50, abs=5)
    assert ink[2] / 4 == pytest.approx(end, abs=5)


def test_the_document_is_sound_and_always_the_same():
    data = document(WESTERN, *SHAPED, *RIGHT_TO_LEFT)
    assert data == document(WESTERN, *SHAPED, *RIGHT_TO_LEFT)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []


def test_western_documents_share_one_program_and_others_embed_what_they_use():
    names = [
        str(font.BaseFont) for text in ("Ana", "Bob", "Zoë", "Łódź") for font, _ in fonts_of(document(text))
    ]
    assert names[0] == names[1]
    assert len(set(names)) == 3
    (_, own), *_ = fonts_of(document("Łódź"))
    assert sum(own["glyf"][g].numberOfContours != 0 for g in own.getGlyphOrder()) < 12


def test_font_resources_point_into_the_objects():
    subset = Subset(STACK)
    subset.show("Ana 漢", 10, 0, 0)
    subset.show("Ana", 10, 0, 0, bold=True)
    bodies, names = subset.objects(40)
    assert names == {name: 40 + at for name, at in subset.font_resources().items()}
    assert all(b"/Type0/" in bodies[at] for at in subset.font_resources().values())
    assert set(names) == {"CMF0", "CMF1", "CMF9"}


def test_plain_text_loads_no_heavy_library():
    code = (
        "import sys; from cmforms.typeset import FontStack, Subset\n"
        f"s = Subset(FontStack.default()); s.show({WESTERN!r}, 9, 0, 0); s.objects(1)\n"
        "sys.exit(bool({'uharfbuzz', 'fontTools', 'pikepdf', 'hashlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@given(st.text(st.characters(exclude_categories=()), max_size=20))
def test_any_text_can_be_shown(text):
    data = document(text)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []
    assert sum(run.width for run in STACK.shape(text)) == pytest.approx(STACK.width(text, 1000))
