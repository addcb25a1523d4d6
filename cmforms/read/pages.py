"""A page of a returned file: one with text and fields, or a picture."""

from cmforms.read.pdf_file import PdfPage
from cmforms.read.scan.picture_page import PicturePage

Page = PdfPage | PicturePage
