"""Reading: what came back, page by page and field by field, each with its evidence."""
