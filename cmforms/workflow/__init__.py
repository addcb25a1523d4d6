"""The loop: each stage's frozen result handed to the next, and saved."""
