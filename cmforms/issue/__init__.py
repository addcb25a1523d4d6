"""Issuing: each document gets an identity that its pages carry and is known by when it comes back."""
