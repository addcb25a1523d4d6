"""Filling: a form's values found in a case, and set into its template."""
