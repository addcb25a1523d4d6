"""Fill, read back and judge the documents of a school district's case management services."""

__version__ = "0.1.0"
