"""The text of crops of pictures: verified against what was issued, or read by two readers that must agree."""

from cmforms.read.ocr.calibration import certainty
from cmforms.read.ocr.recognising import recognise, second_reader
from cmforms.read.ocr.request import Grey, Recognised, Request, Sign, Usual
from cmforms.read.ocr.usual import usual

__all__ = ["Grey", "Recognised", "Request", "Sign", "Usual", "certainty", "recognise", "second_reader", "usual"]
