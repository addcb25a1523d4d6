"""Case sources: YAML, JSON, JSON lines, workbooks, CSV and folders of those; and workbooks out again."""

from cmforms.sources.export import write_cases
from cmforms.sources.reading import iter_cases, read_cases
from cmforms.sources.results import Loaded, SourcedCase

__all__ = ["Loaded", "SourcedCase", "iter_cases", "read_cases", "write_cases"]
