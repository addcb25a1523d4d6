"""What a district edits: forms, packets, rules and its own directory, as YAML, checked before use."""
