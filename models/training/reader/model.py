"""The reader as it is trained: the first layers of a BERT-like encoder, and three heads, one number each a token."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

PAD = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the encoder; ``still`` of its lowest layers, and the embeddings, are not trained."""

    vocabulary: int
    width: int = 384
    heads: int = 12
    inner: int = 1536
    layers: int = 8
    positions: int = 512
    still: int = 2

    def as_dict(self) -> dict[str, int]:
        """The sizes by name."""
        return asdict(self)


class Layer(nn.Module):
    """Attention and feed-forward, each added to what came in and normalised (Vaswani et al. 2017)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.attended = nn.Linear(shape.width, 3 * shape.width)
        self.mixed = nn.Linear(shape.width, shape.width)
        self.norm = nn.LayerNorm(shape.width, eps=1e-12)
        self.inner = nn.Linear(shape.width, shape.inner)
        self.outer = nn.Linear(shape.inner, shape.width)
        self.last = nn.LayerNorm(shape.width, eps=1e-12)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(batch, length, width) -> the same; ``mask`` is False where a key is padding: (batch, 1, 1, length)."""
        batch, length, width = x.shape
        query, key, value = self.attended(x).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = _attention(query, key, value, mask)
        x = self.norm(x + self.mixed(mixed.transpose(1, 2).reshape(batch, length, width)))
        out: Tensor = self.last(x + self.outer(functional.gelu(self.inner(x))))
        return out


def _attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """(batch, heads, length, width of a head), three times -> the same once."""
    if query.dtype != torch.bfloat16 or query.device.type != "cpu":
        return functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    # Of windows of 150 tokens the products of whole matrices take a third of the time of the fused one, back and forth.
    batch, heads, length, width = query.shape
    with torch.autocast("cpu", enabled=False):
        hidden = torch.zeros(mask.shape, dtype=query.dtype).masked_fill(~mask, -1e4)
        hidden = hidden.expand(batch, heads, length, length).reshape(batch * heads, length, length)
        asked, told, said = (each.reshape(batch * heads, length, width) for each in (query, key, value))
        likely = torch.baddbmm(hidden, asked, told.transpose(1, 2), alpha=1 / math.sqrt(width)).softmax(-1)
        return torch.bmm(likely, said).view(batch, heads, length, width)


class Encoder(nn.Module):
    """Question and window together -> (does it answer (batch,), where from and where to (batch, length) each)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(shape.vocabulary, shape.width)
        self.places = nn.Embedding(shape.positions, shape.width)
        self.norm = nn.LayerNorm(shape.width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.span = nn.Linear(shape.width, 2)
        self.answers = nn.Linear(shape.width, 1)

    def forward(self, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """``ids``: (batch, length), padded with :data:`PAD`. Where padding stands the span heads say -1e4."""
        mask = ids != PAD
        with torch.no_grad():
            x = self.norm(self.words(ids) + self.places(torch.arange(ids.shape[1], device=ids.device)))
            for layer in self.layers[: self.shape.still]:
                x = layer(x, mask[:, None, None])
        for layer in self.layers[self.shape.still :]:
            x = layer(x, mask[:, None, None])
        start, end = self.span(x).masked_fill(~mask[..., None], -1e4).unbind(-1)
        return self.answers(x[:, 0]).squeeze(-1), start, end

    def trained(self) -> list[tuple[str, nn.Parameter]]:
        """The parameters that learn."""
        still = ("words.", "places.", "norm.", *(f"layers.{i}." for i in range(self.shape.still)))
        return [(name, weight) for name, weight in self.named_parameters() if not name.startswith(still)]


def begin(folder: Path, rows: list[int], layers: int, still: int) -> Encoder:
    """The encoder with the weights of a sentence-transformers folder of a BERT: of its words the ``rows``, of its layers the first."""
    old = load_file(folder / "model.safetensors")
    old = {name: weight.float() for name, weight in old.items()}
    encoder = Encoder(Shape(vocabulary=len(rows), layers=layers, still=still))
    new = {
        "words.weight": old["embeddings.word_embeddings.weight"][rows],
        "places.weight": old["embeddings.position_embeddings.weight"]
        + old["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": old["embeddings.LayerNorm.weight"],
        "norm.bias": old["embeddings.LayerNorm.bias"],
    }
    names = {
        "mixed": "attention.output.dense",
        "norm": "attention.output.LayerNorm",
        "inner": "intermediate.dense",
        "outer": "output.dense",
        "last": "output.LayerNorm",
    }
    for i in range(layers):
        at = f"encoder.layer.{i}."
        for kind in ("weight", "bias"):
            parts = [old[f"{at}attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            new[f"layers.{i}.attended.{kind}"] = torch.cat(parts)
            new |= {f"layers.{i}.{ours}.{kind}": old[f"{at}{theirs}.{kind}"] for ours, theirs in names.items()}
    missing, unknown = encoder.load_state_dict(new, strict=False)
    assert not unknown  # noqa: S101
    assert all(name.startswith(("span.", "answers.")) for name in missing)  # noqa: S101
    for head in (encoder.span, encoder.answers):
        nn.init.normal_(head.weight, std=0.02)
        nn.init.zeros_(head.bias)
    return encoder
