"""From what people wrote on documents to values of the case, each with its origin."""
