"""How careful an answer is to be, in words -> how much more must speak for it than usual."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

WORSE: Mapping[str, float] = {"bold": 1 / 4, "usual": 1.0, "sure": 4.0}
"""How many times worse than usual a wrong answer is, beside a wrong refusal."""


def shift(careful: str) -> float:
    """What is added to a threshold in log-odds: it is lowest in expected cost where the odds that the articles answer are those
    of the two costs (Duda, Hart & Stork, Pattern Classification, 2001, section 2.2), so a cost adds its logarithm."""
    return log(WORSE[careful])
