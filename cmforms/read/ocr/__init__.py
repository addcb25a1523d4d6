"""The text of crops of pictures: verified against what was issued, or read by two readers that must agree."""

from cmforms.read.ocr.recognising import recognise, second_reader
from cmforms.read.ocr.request import Grey, Recognised, Request

__all__ = ["Grey", "Recognised", "Request", "recognise", "second_reader"]
