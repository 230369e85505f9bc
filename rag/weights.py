"""The numbers that decide what is shown, read from the one file that ``python -m bench.fit`` writes: none is set by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import models

FILE = Path(models.__file__).parent / "bundled" / "reader" / "weights.json"

Linear = Mapping[str, Mapping[str, float]]
"""By the language that question and article share, or "other", and feature, in nats; "bias" belongs to no feature. What was not
read counts as "unread" in any shared language, or "unread other"."""


Ways = Mapping[str, Sequence[Mapping[str, float]]]
"""The same, in one or more ways to know it."""


@dataclass(frozen=True, slots=True)
class Weights:
    """``sentences`` adds up to the score of a sentence that was found, ``ranking`` of one that was read, each way of ``answering``
    to the log-odds that it answers, of which one that is sure is enough; ``crowd`` is taken off these for each e-fold of articles
    that were read; ``order`` is how much of a hit's best sentence, "found" or "read", is added to what the search says of it; ``margin`` how much less than the best a sentence may score and still be shown; ``threshold`` the log-odds up to which a
    sentence does not answer, by the same languages."""

    sentences: Mapping[str, float]
    ranking: Linear
    answering: Ways
    crowd: Mapping[str, float]
    order: Mapping[str, float]
    margin: float
    threshold: Mapping[str, float]


@cache
def weights() -> Weights:
    """The weights in force."""
    read = json.loads(FILE.read_text(encoding="utf-8"))
    return Weights(**{field.name: read[field.name] for field in fields(Weights)})
