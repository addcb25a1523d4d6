"""Set text in any script into PDF: measure, wrap, shape, and embed subsets of the shipped fonts."""

from cmforms.typeset.faces import Face, Metrics
from cmforms.typeset.glyphs import Glyph, GlyphRun
from cmforms.typeset.shaping import FontStack
from cmforms.typeset.subset import Subset, fixed_codes

__all__ = ["Face", "FontStack", "Glyph", "GlyphRun", "Metrics", "Subset", "fixed_codes"]
