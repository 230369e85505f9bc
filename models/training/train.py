"""Contrastive training: a text is the weighted sum of its tokens, its translation shall be the nearest text."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

    from models.training.corpus import Bags, Corpus


REPORT_STEPS = 100


@dataclass(frozen=True, slots=True)
class Recipe:
    """What can be chosen. The values are those the bundled weights were made with; LOG.md says what else was tried."""

    dims: tuple[int, ...] = (256,)
    epochs: float = 6.2
    batch: int = 2048
    learning_rate: float = 2e-2
    scale: float = 15.0
    crop: float = 0.3
    dropout: float = 0.0
    seed: int = 0


class Table:
    """The token vectors and, apart from them, one logarithmic weight a token."""

    def __init__(self, vocabulary: int, recipe: Recipe, device: str) -> None:
        import torch

        generator = torch.Generator().manual_seed(recipe.seed)
        rows = torch.randn(vocabulary, recipe.dims[0], generator=generator) * 0.1
        self.rows = rows.to(device).requires_grad_()
        self.weights = torch.zeros(vocabulary, device=device, requires_grad=True)

    def bags(self, ids: NDArray[np.int64], lengths: NDArray[np.int64]) -> torch.Tensor:
        """The weighted sums of the stretches of `ids`, not normalised."""
        import torch
        from torch.nn.functional import embedding_bag

        tokens = torch.from_numpy(ids).to(self.rows.device)
        starts = torch.from_numpy(np.cumsum(lengths) - lengths).to(self.rows.device)
        return embedding_bag(tokens, self.rows, starts, mode="sum", per_sample_weights=self.weights[tokens].exp())

    def merged(self) -> NDArray[np.float32]:
        """One vector a token, its weight multiplied in; the unknown token (number 0) says nothing."""
        import torch

        with torch.no_grad():
            rows: NDArray[np.float32] = (self.rows * self.weights.exp()[:, None]).cpu().numpy()
        rows[0] = 0
        return rows


def _cropped(
    bags: Bags, batch: NDArray[np.int64], chosen: NDArray[np.bool_], dropout: float, chance: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The batch's tokens; of the chosen texts only a stretch, as a question speaks of part of a passage."""
    starts, lengths = bags.starts[batch], bags.lengths[batch]
    kept = np.where(chosen, np.maximum(np.minimum(lengths, 5), chance.random(len(batch)) * lengths), lengths)
    kept = kept.astype(np.int64)
    starts = starts + (chance.random(len(batch)) * (lengths - kept + 1)).astype(np.int64)
    ids = bags.gather(starts, kept)
    if dropout:
        ids = np.where(chance.random(len(ids)) < dropout, 0, ids)
    return ids, kept


def _loss(
    english: torch.Tensor, chinese: torch.Tensor, negative: torch.Tensor, dims: Sequence[int], scale: float
) -> torch.Tensor:
    """Both directions' cross-entropy over the batch, at every leading width, the narrower the lighter."""
    from torch.nn.functional import normalize

    losses = []
    for width in dims:
        left, right = normalize(english[:, :width], dim=1), normalize(chinese[:, :width], dim=1)
        own = (left * right).sum(1) * scale
        # Cosines are at most one, so taking the scale off keeps exp() in range: one exp() serves both directions.
        likelihood = (left.bfloat16() @ right.bfloat16().T).float().sub_(1).mul_(scale).exp() * negative
        both = likelihood.sum(0).log() + likelihood.sum(1).log()
        losses.append(width / sum(dims) * (both / 2 + scale - own).mean())
    return sum(losses[1:], losses[0])


def _negatives(corpus: Corpus, batch: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs of the batch compete: not those of the same English or Chinese text; and each with itself."""
    english, chinese = corpus.fingerprints[:, batch].astype(np.int32)
    apart: NDArray[np.bool_] = (english[:, None] != english) & (chinese[:, None] != chinese)
    np.fill_diagonal(apart, True)
    return apart


def _step(
    corpus: Corpus, table: Table, recipe: Recipe, batch: NDArray[np.int64], chance: np.random.Generator
) -> torch.Tensor:
    import torch

    draw = chance.random(len(batch))
    cut_english = draw < recipe.crop / 2
    cut_chinese = draw > 1 - recipe.crop / 2
    english = table.bags(*_cropped(corpus.english, batch, cut_english, recipe.dropout, chance))
    chinese = table.bags(*_cropped(corpus.chinese, batch, cut_chinese, recipe.dropout, chance))
    negative = torch.from_numpy(_negatives(corpus, batch)).to(english.device)
    return _loss(english, chinese, negative, recipe.dims, recipe.scale)


def train(
    corpus: Corpus,
    vocabulary: int,
    recipe: Recipe,
    report: Callable[[str], None] = print,
) -> tuple[NDArray[np.float32], list[float]]:
    """The token vectors, and the mean loss of every hundred steps."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    chance = np.random.default_rng(recipe.seed)
    table = Table(vocabulary, recipe, device)
    optimiser = torch.optim.Adam([table.rows, table.weights], lr=recipe.learning_rate, betas=(0.9, 0.99), fused=True)
    losses: list[float] = []
    recent: list[float] = []
    begun = time.monotonic()
    for done, batch in _schedule(corpus, recipe, chance):
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * max(0.01, 1 - done)
        loss = _step(corpus, table, recipe, batch, chance)
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
