"""The training: as many processes as there are cores, each with a core, examples of its own and the same weights."""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from models.training.reader.drawn import Groups
from models.training.reader.examples import Example
from models.training.reader.model import PAD, Encoder
from models.training.reader.overlap import Overlap

AHEAD = 32
"""Steps whose examples are drawn at once, so that those of like length go together."""

EVEN = 16
"""Windows are padded to a multiple of so many tokens, so that products of few shapes are asked for, each made ready once."""

LOOKED_AT = 2_000
"""Questions from which it is learned what shared words tell."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of a training. ``groups`` are questions a step and process, ``rate`` the highest learning rate."""

    minutes: float = 100.0
    groups: int = 8
    rate: float = 1.2e-4
    heads_rate: float = 6e-4
    warming: float = 0.03
    decay: float = 0.01
    null: float = 0.3
    among: float = 0.5
    seed: int = 1
    layers: int = 8
    still: int = 2
    save_every: float = 5.0
    device: str = "cpu"

    @property
    def halved(self) -> bool:
        """Whether products are in bfloat16: on a graphics card, and on a processor that multiplies such numbers itself (AMX, AVX-512 BF16)."""
        able = torch.cpu.get_capabilities()
        return self.device == "cuda" or any(able.get(each, False) for each in ("amx_bf16", "avx512_bf16"))


def batch(examples: Sequence[Example], multiple: int = 1) -> Tensor:
    """Tokens (examples, longest), padded to a ``multiple``."""
    longest = max(len(example.ids) for example in examples)
    ids = torch.full((len(examples), -(-longest // multiple) * multiple), PAD)
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
    return ids


def loss(encoder: Encoder, examples: Sequence[Example], overlap: Overlap, recipe: Recipe) -> tuple[Tensor, list[float]]:
    """Of a batch: does it answer (logistic, beside what ``overlap`` tells), where (marginal over all places that are right, Clark & Gardner 2018; the first token
    where nowhere), and which window of a question answers (softmax over its windows)."""
    device = encoder.words.weight.device
    with torch.autocast(device.type, torch.bfloat16, enabled=recipe.halved):
        said, start, end = encoder(batch(examples, EVEN).to(device))
    said = said.float() + torch.from_numpy(overlap.log_odds(examples)).to(device)
    start, end = start.float(), end.float()
    told = torch.tensor([float(example.answers) for example in examples], device=device)
    answer = functional.binary_cross_entropy_with_logits(said, told)
    weight = recipe.null + (1 - recipe.null) * told
    places = [_missed(start, [e.starts for e in examples]), _missed(end, [e.ends for e in examples])]
    span = ((places[0] + places[1]) * weight).sum() / (2 * weight.sum())
    among = _among(said, told, [example.group for example in examples])
    whole = answer + span + recipe.among * among
    return whole, [answer.item(), span.item(), among.item()]


def _missed(logits: Tensor, right: Sequence[Sequence[int]]) -> Tensor:
    """-log of the probability that is on right places, (batch,)."""
    allowed = torch.full(logits.shape, -math.inf)
    for row, places in enumerate(right):
        allowed[row, list(set(places))] = 0.0
    return logits.logsumexp(1) - (logits + allowed.to(logits.device)).logsumexp(1)


def _among(said: Tensor, told: Tensor, groups: Sequence[int]) -> Tensor:
    """-log of the probability that is on the window that answers, of those of its question; mean over the questions with both kinds."""
    windows = (torch.tensor(sorted(set(groups)))[:, None] == torch.tensor(groups)[None]).to(said.device)
    own = said.expand(windows.shape).masked_fill(~windows, -1e4)
    right = windows & (told > 0)
    both = right.any(1) & (windows & (told == 0)).any(1)
    missed: Tensor = own.logsumexp(1) - own.masked_fill(~right, -1e4).logsumexp(1)
    mean: Tensor = (missed * both).sum() / both.sum().clamp(min=1)
    return mean


def train(
    rank: int, world: int, port: int, encoder: Encoder, draw: Groups, tokenizer: Tokenizer, recipe: Recipe, out: Path
) -> None:
    """One of ``world`` processes; the first one tells how it goes and saves."""
    overlap = Overlap(tokenizer, draw.groups(LOOKED_AT))
    # The MKL's float32 products are 1.7 times as fast, where bfloat16 is not ten times; what comes after computes as before.
    before = torch.backends.mkldnn.set_flags(_enabled=recipe.halved)  # type: ignore[no-untyped-call]
    try:
        _train(rank, world, port, encoder, draw, overlap, recipe, out)
    finally:
        torch.backends.mkldnn.set_flags(_enabled=before[0])  # type: ignore[no-untyped-call]


def _train(
    rank: int, world: int, port: int, encoder: Encoder, draw: Groups, overlap: Overlap, recipe: Recipe, out: Path
) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    if world > 1:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), GLOO_SOCKET_IFNAME="lo")
        dist.init_process_group("gloo", rank=rank, world_size=world)
    encoder.to(recipe.device)
    trained = encoder.trained()
    heads = [weight for name, weight in trained if name.startswith(("span.", "answers."))]
    body = [weight for name, weight in trained if not name.startswith(("span.", "answers."))]
    optimizer = torch.optim.AdamW(
        [{"params": body, "lr": recipe.rate}, {"params": heads, "lr": recipe.heads_rate}],
        betas=(0.9, 0.98),
        weight_decay=recipe.decay,
    )
    rates = [group["lr"] for group in optimizer.param_groups]
    began = saved = time.monotonic()
    done, seen, told = 0.0, 0, []
    waiting: list[list[list[Example]]] = []
    step = 0
    while done < 1:
        if not waiting:
            waiting = _ahead(draw, recipe, step)
        examples = [example for group in waiting.pop() for example in group]
        whole, parts = loss(encoder, examples, overlap, recipe)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(whole)
        done = _together([weight for _, weight in trained], (time.monotonic() - began) / 60 / recipe.minutes, world)
        torch.nn.utils.clip_grad_norm_([weight for _, weight in trained], 1.0)
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, done / recipe.warming) * max(0.02, 1 - done)
        optimizer.step()
        step, seen = step + 1, seen + len(examples) * world
        told.append(parts)
        if rank == 0 and step % 20 == 0:
            means = [sum(column) / 20 for column in zip(*told[-20:], strict=True)]
            minutes = (time.monotonic() - began) / 60
            print(
                f"{minutes:.1f} min, step {step}, windows {seen}: answers {means[0]:.3f} span {means[1]:.3f} among {means[2]:.3f}",
                flush=True,
            )
        if rank == 0 and (time.monotonic() - saved > 60 * recipe.save_every or done >= 1):
            saved = time.monotonic()
            save_file({k: v.cpu().contiguous() for k, v in encoder.state_dict().items()}, out / "weights.saving")
            (out / "weights.saving").replace(out / "weights.safetensors")
    if world > 1:
        dist.destroy_process_group()


def _ahead(draw: Groups, recipe: Recipe, step: int) -> list[list[list[Example]]]:
    """Batches of groups of like length, in any order."""
    groups = draw.groups(AHEAD * recipe.groups)
    groups.sort(key=lambda group: max(len(example.ids) for example in group))
    batches = [groups[i : i + recipe.groups] for i in range(0, len(groups), recipe.groups)]
    random.Random(step).shuffle(batches)  # the same order in each process: they finish together
    return batches


def _together(weights: Sequence[torch.nn.Parameter], done: float, world: int) -> float:
    """Averages the gradients of all processes; the furthest one's share of the time is everybody's."""
    if world == 1:
        return done
    flat = torch.cat([weight.grad.flatten() for weight in weights if weight.grad is not None] + [torch.tensor([done])])
    dist.all_reduce(flat)
    flat /= world
    at = 0
    for weight in weights:
        if weight.grad is not None:
            weight.grad.copy_(flat[at : at + weight.numel()].view_as(weight))
            at += weight.numel()
    return float(flat[-1])
