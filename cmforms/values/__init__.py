"""Values as they travel between paper and records: typed, printed, parsed, issued, read."""
