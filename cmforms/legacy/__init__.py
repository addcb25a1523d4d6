"""Legacy spreadsheets: sheets that nobody made for this toolkit, read, mapped, normalised and judged."""
