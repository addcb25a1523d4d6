"""Pages that are pictures: scans, faxes and photos, laid over the page as issued and read field by field."""

RECTIFIED_DPI = 200
"""A page that was laid over its template has so many pixels an inch."""
