"""What shared words alone tell of whether a window answers, added while the reader learns, so that it learns the rest.

In the sets a window that answers holds most words of its question, and one that does not holds fewer (area under the curve .77 of
English and .87 of Chinese ones): a reader that looks for no more does well there, and answers anything that is on the topic. Its
log-odds are learned on top of those of shared words, and used without them (product of experts: Clark et al. 2019, He et al. 2019).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.training.reader.examples import Example

STEPS = 50
"""Of Newton's method; a dozen suffice."""

CALM = 1e-3
"""The weight of the ridge that holds it where all windows of a kind answer, or none."""

_MARK = 2
"""The token between question and window."""

_HAN = 0.3
"""Share of tokens with a Han character from which on a text is Chinese."""


class Overlap:
    """Log-odds that a window answers by the share of the question's tokens in it, rare ones counting more: a logistic curve for
    English, for Chinese and for question and window in two languages, less the log-odds of the share that answers."""

    def __init__(self, tokenizer: Tokenizer, groups: Iterable[Sequence[Example]]) -> None:
        """``groups``: questions drawn as those that will be learned from, a thousand or more."""
        examples = [example for group in groups for example in group]
        pieces = sorted(tokenizer.get_vocab().items(), key=lambda piece: piece[1])
        self._han = np.array([any("\u3400" <= char <= "\u9fff" for char in piece) for piece, _ in pieces])
        held = np.zeros(len(pieces))
        for example in examples:
            held[list(set(example.ids[example.ids.index(_MARK) :]))] += 1
        self._rarity = np.log((len(examples) + 1) / (held + 1))
        seen: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        for example in examples:
            kind, share = self._looked(example)
            seen[kind].append((share, example.answers))
        self._curves = {kind: _curve(np.array(rows, dtype=np.float64)) for kind, rows in seen.items()}

    def log_odds(self, examples: Sequence[Example]) -> NDArray[np.float32]:
        """(examples,) in nats; 0 for a kind that was not among those it was made of."""
        looked = map(self._looked, examples)
        told = [self._curves[kind] @ _powers(share) if kind in self._curves else 0.0 for kind, share in looked]
        return np.array(told, dtype=np.float32)

    def _looked(self, example: Example) -> tuple[str, float]:
        at = example.ids.index(_MARK)
        asked, window = list(set(example.ids[1:at])), set(example.ids[at:])
        weights = self._rarity[asked]
        share = float(weights[[piece in window for piece in asked]].sum() / max(weights.sum(), 1e-6))
        chinese = [bool(self._han[part].mean() > _HAN) for part in (example.ids[1:at] or [0], example.ids[at:])]
        return ("across" if chinese[0] != chinese[1] else "zh" if chinese[0] else "en"), share


def _powers(share: float) -> NDArray[np.float64]:
    return np.array([1.0, share, share * share])


def _curve(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of :func:`_powers`, by Newton's method; ``rows``: (n, 2), share and whether it answers."""
    powers, answers = np.stack([_powers(share) for share in rows[:, 0]]), rows[:, 1]
    weights = np.zeros(3)
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-(powers @ weights)))
        bent = (powers * (likely * (1 - likely))[:, None]).T @ powers + CALM * np.eye(3)
        weights += np.linalg.solve(bent, powers.T @ (answers - likely) - CALM * weights)
    usual = np.clip(answers.mean(), 0.01, 0.99)
    weights[0] -= np.log(usual / (1 - usual))
    return weights
