"""A PDF file opened for reading: each page's widgets, text, codes and picture, as they are asked for."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pikepdf
import pypdfium2

from cmforms.definitions.layout import count_streams, key_of
from cmforms.read.picture import Code, Picture, codes, picture
from cmforms.read.scan.opening import Sheet
from cmforms.read.scan.picture_page import is_picture, sheet_of
from cmforms.read.text_layer import Char, characters, running_text
from cmforms.read.widgets import Annotation, PageObjects, Widget

_OWN = "/Cmforms"


class PdfPage:
    """One page. `number` counts from 1 in the file."""

    def __init__(
        self, number: int, source: pikepdf.Page, objects: PageObjects, document: PdfFile
    ) -> None:
        self.number = number
        self.widgets: Sequence[Widget]
        self.annotations: Sequence[Annotation]
        self.widgets, self.annotations = objects.on_page(source)
        self.streams = count_streams(source)
        self.key = key_of(source)
        self._document = document

    @cached_property
    def _page(self) -> Any:
        return self._document.drawn[self.number - 1]

    @property
    def said(self) -> dict[str, str]:
        """What the file's properties say of its document."""
        return self._document.said

    def grew_from(self, data: bytes) -> bool:
        """Tell whether the page's file is this one with updates appended (ISO 32000-1, 7.5.6)."""
        return self._document.data.startswith(data)

    @cached_property
    def codes(self) -> list[Code]:
        """The QR codes on the page."""
        return codes(self._page, anywhere=True)

    @cached_property
    def chars(self) -> list[Char]:
        """The characters of the text layer."""
        return characters(self._page)

    @cached_property
    def text(self) -> str:
        """The text layer as it runs."""
        return running_text(self._page)

    @cached_property
    def picture(self) -> Picture:
        """The page in grey."""
        return picture(self._page)

    @cached_property
    def is_picture(self) -> bool:
        """Whether what the page shows is a picture of a page."""
        return not self.widgets and is_picture(self._page, self.text)

    def sheet(self) -> Sheet:
        """Draw the page as a sheet of paper."""
        return sheet_of(self._page)

    @property
    def empty(self) -> bool:
        """Whether it is a blank sheet: no text, no fields, no ink."""
        if self.widgets or self.annotations or self.text.strip():
            return False
        return self.picture.ink(self.picture.area) == 0

    def release(self) -> None:
        """Let go of what takes much memory; it comes again when it is asked for."""
        for name in ("chars", "text", "picture"):
            self.__dict__.pop(name, None)
        if page := self.__dict__.pop("_page", None):
            page.close()


class PdfFile:
    """A PDF: pikepdf reads its objects, PDFium draws it; `data` is all of it. Close it, or use it with `with`."""

    def __init__(self, data: bytes, source: str) -> None:
        self.data = data
        # What pages inherit (sizes, resources) is PDFium's affair, as it draws them.
        self._objects = _opened(data, source)

    def __len__(self) -> int:
        """Return the number of pages."""
        return len(self._objects.pages)

    @cached_property
    def pages(self) -> list[PdfPage]:
        """The pages."""
        objects = PageObjects(self._objects)
        return [PdfPage(number, page, objects, self) for number, page in enumerate(self._objects.pages, 1)]

    @cached_property
    def said(self) -> dict[str, str]:
        """What the properties say of the document that the file is: issue, form, revision, lang..."""
        info = self._objects.trailer.get("/Info")
        if not isinstance(info, pikepdf.Dictionary):
            return {}
        own = {key: value for key, value in info.items() if key.startswith(_OWN)}
        return {key.removeprefix(_OWN).lower(): str(value) for key, value in own.items()}

    @cached_property
    def drawn(self) -> Any:
        """The document as PDFium sees it; what PDFium cannot open, pikepdf may have put together again."""
        try:
            return pypdfium2.PdfDocument(self.data)
        except pypdfium2.PdfiumError:
            mended = io.BytesIO()
            self._objects.save(mended, fix_metadata_version=False)
            return pypdfium2.PdfDocument(mended.getvalue())

    @property
    def repaired(self) -> bool:
        """Whether the file was damaged and had to be put together again."""
        said = " ".join(map(str, self._objects.get_warnings()))
        return "damaged" in said or "reconstruct" in said

    def close(self) -> None:
        """Close both views of the file."""
        for page in self.__dict__.get("pages", ()):
            page.release()
        if "drawn" in self.__dict__:
            self.drawn.close()
        self._objects.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def one_page(data: bytes, index: int) -> Iterator[Any]:
    """Open one page of a file in PDFium, and close both afterwards."""
    with closing(pypdfium2.PdfDocument(data)) as document, closing(document[index]) as page:
        yield page


def _opened(data: bytes, source: str) -> pikepdf.Pdf:
    """Open the file where it lies, as qpdf reads one that the system maps twice as fast as bytes.

    What is no file any more, or has changed since its bytes were read, is read from those.
    """
    with suppress(OSError):
        if Path(source).stat().st_size == len(data):
            return pikepdf.open(source, access_mode=pikepdf.AccessMode.mmap, inherit_page_attributes=False)
    return pikepdf.open(io.BytesIO(data), inherit_page_attributes=False)
