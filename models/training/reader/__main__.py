"""`python -m models.training reader`: read the sets, cut the vocabulary, train, save. With --draw the examples are drawn and kept
instead, with the weights to begin with; with --drawn they are learned from, where there are no sets and perhaps a graphics card."""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
import torch.multiprocessing as multiprocessing
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from models import load_embedder
from models.training.reader import asked, data, made, vocabulary
from models.training.reader.data import Question
from models.training.reader.drawn import Drawn, write
from models.training.reader.examples import Draw
from models.training.reader.model import Encoder, Shape, begin
from models.training.reader.negatives import Mined
from models.training.reader.train import Recipe, train

ACROSS = 20_000
"""Questions made across languages."""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    usual = Recipe()
    parser = argparse.ArgumentParser(prog="python -m models.training reader", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of question sets, *.jsonl.xz")
    parser.add_argument("--pairs", type=Path, help="folder of translated sentences, *.jsonl.xz")
    parser.add_argument("--start", type=Path, help="sentence-transformers folder of the encoder to start from")
    parser.add_argument("--again", type=Path, help="folder of an earlier run to go on from")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--minutes", type=float, default=usual.minutes)
    parser.add_argument("--layers", type=int, default=usual.layers)
    parser.add_argument("--still", type=int, default=usual.still, help="lowest layers that are not trained")
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument("--groups", type=int, default=usual.groups, help="questions a step and process")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sample", type=int, metavar="N", help="N rows of each file: a quick try")
    parser.add_argument("--draw", type=int, metavar="N", help="keep the examples of N questions in OUT/drawn-SEED.npz")
    parser.add_argument("--drawn", type=Path, help="folder of such files to learn from, with --again")
    parser.add_argument("--device", default=usual.device, help="cpu or cuda")
    options = parser.parse_args(argv)
    if options.drawn and not options.again:
        parser.error("--drawn needs --again: the tokens it holds are those of that run's tokenizer")
    if not options.drawn and not (options.data and (options.start or options.again)):
        parser.error("give --data with --start or --again, or --drawn with --again")
    return options


def main(argv: Sequence[str] | None = None) -> None:
    """Make the reader's weights, its tokenizer and its shape in ``--out``."""
    options = arguments(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    recipe = Recipe(
        minutes=options.minutes,
        groups=options.groups,
        rate=options.rate,
        seed=options.seed,
        layers=options.layers,
        still=options.still,
        device=options.device,
    )
    if options.drawn:
        tokenizer, encoder = _beginning(options, ())
        drawn = Drawn(sorted(options.drawn.glob("drawn-*.npz")), options.seed)
        train(0, 1, 0, encoder, drawn, tokenizer, recipe, options.out)
        return
    random_ = random.Random(options.seed)
    learned, apart = data.read(options.data, options.sample)
    own, own_apart = asked.read(learned, sample=options.sample)
    learned, apart = learned + own, apart + own_apart
    if options.pairs:
        learned += made.across(options.pairs, random_, options.sample or ACROSS)
    print(f"{len(learned):,} questions to learn from, {len(apart):,} kept apart", flush=True)
    tokenizer, encoder = _beginning(options, learned)
    mined = Mined(learned, load_embedder())
    if options.draw:
        draw = Draw(learned, mined, tokenizer, options.seed * 1000)
        write(draw.groups(options.draw), options.out / f"drawn-{options.seed}.npz")
        save_file(encoder.state_dict(), options.out / "weights.safetensors")
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world = options.processes
    torch.set_num_threads(1)
    started = multiprocessing.get_context("fork")
    others = [
        started.Process(target=_run, args=(rank, world, port, encoder, learned, mined, tokenizer, recipe, options.out))
        for rank in range(world)
    ]
    for process in others:
        process.start()
    for process in others:
        process.join()
    if any(process.exitcode for process in others):
        raise SystemExit("A process of the training ended early.")


def _run(
    rank: int,
    world: int,
    port: int,
    encoder: Encoder,
    learned: list[Question],
    mined: Mined,
    tokenizer: Tokenizer,
    recipe: Recipe,
    out: Path,
) -> None:
    draw = Draw(learned, mined, tokenizer, recipe.seed * 1000 + rank)
    train(rank, world, port, encoder, draw, tokenizer, recipe, out)


def _beginning(options: argparse.Namespace, learned: Sequence[Question]) -> tuple[Tokenizer, Encoder]:
    """The tokenizer and the encoder to start from: cut from the pretrained one, or those of an earlier run."""
    if options.again:
        tokenizer = Tokenizer.from_file(str(options.again / "tokenizer.json"))
        shape = json.loads((options.again / "shape.json").read_text(encoding="utf-8"))
        encoder = Encoder(Shape(**{**shape, "still": options.still}))
        encoder.load_state_dict(load_file(options.again / "weights.safetensors"))
    else:
        whole = Tokenizer.from_file(str(options.start / "tokenizer.json"))
        tokenizer, rows = vocabulary.cut(whole, _texts(learned, options.pairs))
        encoder = begin(options.start, rows, options.layers, options.still)
    tokenizer.save(str(options.out / "tokenizer.json"))
    (options.out / "shape.json").write_text(json.dumps(encoder.shape.as_dict()), encoding="utf-8")
    print(f"{tokenizer.get_vocab_size():,} pieces", flush=True)
    return tokenizer, encoder


def _texts(learned: Sequence[Question], pairs: Path | None) -> Iterator[str]:
    """All questions and passages, and the translated sentences, each once."""
    yield from (question.text for question in learned)
    yield from {window.text: 1 for question in learned for window in question.answering + question.other}
    if pairs:
        yield from made.prose(pairs)


if __name__ == "__main__":
    main()
