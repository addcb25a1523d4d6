"""Alembic's environment and the numbered steps; each is applied whole, with its own record."""
