"""The life of a case: its state, what may happen to it, and who must do what by when (CMS A to D)."""

from cmforms.life.situation import Policy, Situation

__all__ = ["Policy", "Situation"]
