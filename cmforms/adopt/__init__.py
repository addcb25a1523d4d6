"""Adopting: an official form that nobody here drew becomes a definition and a template."""
