"""A head start: what child processes need is loaded beside this process while it loads what it needs itself."""

from cmforms.contain import warm_up


def preload_readers() -> None:
    """Begin to load the readers of returned files."""
    warm_up(["cmforms.read.documents", "cmforms.workflow.one_file"])
