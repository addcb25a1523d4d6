"""Whether a packet is complete: its documents, and the rules of the policy."""
