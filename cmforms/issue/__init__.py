"""Issuing: each document gets an identity that its pages carry, and by which it is known when it comes back."""
