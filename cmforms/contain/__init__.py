"""Untrusted files are opened in child processes: whatever a file does there, it can do no more than fail to be read."""

from cmforms.contain.calls import contained, contained_stream
from cmforms.contain.child import Line
from cmforms.contain.crew import Crew, Outcome, cores, warm_up, without_main
from cmforms.contain.limits import Limits, unenforced

__all__ = [
    "Crew", "Limits", "Line", "Outcome", "contained", "contained_stream", "cores", "unenforced", "warm_up",
    "without_main",
]  # fmt: skip
