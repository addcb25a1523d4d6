"""Sheets that are laid out as forms: which cell is a label, and which cell holds what it asks for."""
