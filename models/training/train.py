"""Contrastive training: a text is the weighted sum of its tokens, its translation shall be the nearest text."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.embedder import damped
from models.training import windows

if TYPE_CHECKING:
    import torch

    from models.training.corpus import Bags, Corpus, Tokens

REPORT_STEPS = 100


@dataclass(frozen=True, slots=True)
class Recipe:
    """What can be chosen. The values are those the bundled weights were made with; LOG.md says what else was tried."""

    width: int = 512
    epochs: float = 2.4
    batch: int = 1024
    questions: float = 1.0
    learning_rate: float = 2e-2
    scale: float = 13.0
    crop: float = 0.3
    dropout: float = 0.0
    seed: int = 0


class Table:
    """The token vectors and, apart from them, one logarithmic weight a token."""

    def __init__(self, vocabulary: int, recipe: Recipe, device: str) -> None:
        import torch

        generator = torch.Generator().manual_seed(recipe.seed)
        rows = torch.randn(vocabulary, recipe.width, generator=generator) * 0.1
        self.rows = rows.to(device).requires_grad_()
        self.weights = torch.zeros(vocabulary, device=device, requires_grad=True)

    def bags(self, ids: NDArray[np.int64], lengths: NDArray[np.int64]) -> torch.Tensor:
        """The weighted sums of the texts' tokens, repeated ones damped as in use; not normalised."""
        import torch
        from torch.nn.functional import embedding_bag

        ids, lengths, counts = damped(ids, lengths)
        tokens, starts, factors = (
            torch.from_numpy(each).to(self.rows.device) for each in (ids, np.cumsum(lengths) - lengths, counts)
        )
        weights = self.weights[tokens].exp() * factors
        return embedding_bag(tokens, self.rows, starts, mode="sum", per_sample_weights=weights)

    def merged(self) -> NDArray[np.float32]:
        """One vector a token, its weight multiplied in; the unknown token (number 0) says nothing."""
        import torch

        with torch.no_grad():
            rows: NDArray[np.float32] = (self.rows * self.weights.exp()[:, None]).cpu().numpy()
        rows[0] = 0
        return rows


def _cropped(
    bags: Bags, batch: NDArray[np.int64], chosen: NDArray[np.bool_], dropout: float, chance: np.random.Generator
) -> Tokens:
    """The batch's tokens; of the chosen texts only a stretch, as a question speaks of part of a passage."""
    starts, lengths = bags.starts[batch], bags.lengths[batch]
    kept = np.where(chosen, np.maximum(np.minimum(lengths, 5), chance.random(len(batch)) * lengths), lengths)
    kept = kept.astype(np.int64)
    starts = starts + (chance.random(len(batch)) * (lengths - kept + 1)).astype(np.int64)
    ids = bags.gather(starts, kept)
    if dropout:
        ids = np.where(chance.random(len(ids)) < dropout, 0, ids)
    return ids, kept


def _loss(left: torch.Tensor, right: torch.Tensor, negative: torch.Tensor, scale: float) -> torch.Tensor:
    """Both directions' cross-entropy over the batch: the first text of the left belongs to the first of the right."""
    from torch.nn.functional import normalize

    left, right = normalize(left, dim=1), normalize(right, dim=1)
    own = (left * right).sum(1) * scale
    # Cosines are at most one, so taking the scale off keeps exp() in range: one exp() serves both directions.
    likelihood = (left.bfloat16() @ right.bfloat16().T).float().sub_(1).mul_(scale).exp() * negative
    both = likelihood.sum(0).log() + likelihood.sum(1).log()
    return (both / 2 + scale - own).mean()


def _negatives(corpus: Corpus, batch: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs of the batch compete: not those of the same English or Chinese text; and each with itself."""
    english, chinese = corpus.fingerprints[:, batch].astype(np.int32)
    apart: NDArray[np.bool_] = (english[:, None] != english) & (chinese[:, None] != chinese)
    np.fill_diagonal(apart, True)
    return apart


def _pairs_loss(
    corpus: Corpus, table: Table, recipe: Recipe, batch: NDArray[np.int64], chance: np.random.Generator
) -> torch.Tensor:
    import torch

    draw = chance.random(len(batch))
    cut_english = draw < recipe.crop / 2
    cut_chinese = draw > 1 - recipe.crop / 2
    english = table.bags(*_cropped(corpus.english, batch, cut_english, recipe.dropout, chance))
    chinese = table.bags(*_cropped(corpus.chinese, batch, cut_chinese, recipe.dropout, chance))
    negative = torch.from_numpy(_negatives(corpus, batch)).to(english.device)
    return _loss(english, chinese, negative, recipe.scale)


def _questions_loss(table: Table, recipe: Recipe, texts: tuple[Tokens, Tokens]) -> torch.Tensor:
    import torch

    asked, passages = (table.bags(*tokens) for tokens in texts)
    negative = torch.ones(len(asked), len(asked), dtype=torch.bool, device=asked.device)
    return _loss(asked, passages, negative, recipe.scale)


def _losses(corpus: Corpus, table: Table, recipe: Recipe, marks: Sequence[int]) -> Iterator[tuple[float, torch.Tensor]]:
    """A step's loss and the share of the training done before it: batches of pairs, and of questions in between."""
    chance = np.random.default_rng(recipe.seed)
    asking = windows.asking(corpus, marks, len(table.rows))
    passages = windows.batches(corpus, recipe.batch, chance)
    owed = 0.0
    for done, batch in _schedule(corpus, recipe, chance):
        yield done, _pairs_loss(corpus, table, recipe, batch, chance)
        owed += recipe.questions
        while owed >= 1:
            owed -= 1
            joined = next(passages, None)
            if joined is not None:
                yield done, _questions_loss(table, recipe, windows.texts(corpus, joined, asking, chance))


def train(
    corpus: Corpus,
    vocabulary: int,
    recipe: Recipe,
    marks: Sequence[int] = (),
    report: Callable[[str], None] = print,
) -> tuple[NDArray[np.float32], list[float]]:
    """The token vectors, and the mean loss of every hundred steps. `marks`: the tokens that a question ends with."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    table = Table(vocabulary, recipe, device)
    optimiser = torch.optim.Adam([table.rows, table.weights], lr=recipe.learning_rate, betas=(0.9, 0.99), fused=True)
    losses: list[float] = []
    recent: list[float] = []
    begun = time.monotonic()
    for done, loss in _losses(corpus, table, recipe, marks):
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * max(0.01, 1 - done)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        recent.append(loss.item())
        if len(recent) == REPORT_STEPS:
            losses.append(float(np.mean(recent)))
            recent.clear()
            report(f"{done:6.1%} done, {time.monotonic() - begun:4.0f} s, loss {losses[-1]:.3f}")
    return table.merged(), losses + ([float(np.mean(recent))] if recent else [])


def _schedule(corpus: Corpus, recipe: Recipe, chance: np.random.Generator) -> Iterator[tuple[float, NDArray[np.int64]]]:
    """Batches pass after pass, each with the share of the training done."""
    for number in itertools.count():
        batches = list(corpus.batches(recipe.batch, chance))
        for index, batch in enumerate(batches):
            done = (number + index / len(batches)) / recipe.epochs
            if done >= 1:
                return
            yield done, batch
