"""`python -m models.training --data FOLDER --out FOLDER`: read, tokenise, train, save, measure. With `lexicon` first: the lexicon; with `reader`: the reader."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from models.embedder import StaticEmbedder
from models.training import evaluate, lexicon
from models.training.card import card
from models.training.corpus import encode
from models.training.data import one_pass, read_sources
from models.training.save import save
from models.training.tokenizer import train_tokenizer
from models.training.train import Recipe, train
from models.training.whiten import whitened

VOCABULARY = 64_000


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    usual = Recipe()
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of *.jsonl.xz, each line [english, chinese]")
    parser.add_argument("--out", type=Path, required=True, help="folder to write the embedder to")
    parser.add_argument("--evaluation", type=Path, help="folder of xquad.en.json and xquad.zh.json to measure on")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--epochs", type=float, default=usual.epochs, help="passes over the text")
    parser.add_argument("--batch", type=int, default=usual.batch)
    parser.add_argument(
        "--questions", type=float, default=usual.questions, help="batches of questions for one of pairs"
    )
    parser.add_argument("--width", type=int, default=usual.width, help="numbers a vector")
    parser.add_argument("--rate", type=float, default=usual.learning_rate, help="learning rate at the start")
    parser.add_argument("--scale", type=float, default=usual.scale, help="what cosines are multiplied by")
    parser.add_argument("--crop", type=float, default=usual.crop, help="share of pairs with one side cut to a stretch")
    parser.add_argument("--dropout", type=float, default=usual.dropout, help="share of tokens left out")
    parser.add_argument("--vocabulary", type=int, default=VOCABULARY)
    parser.add_argument("--sample", type=int, metavar="N", help="at most N pairs of each source: a quick try")
    return parser.parse_args(argv)


def _recipe(options: argparse.Namespace) -> Recipe:
    return Recipe(
        width=options.width,
        epochs=options.epochs,
        batch=options.batch,
        questions=options.questions,
        learning_rate=options.rate,
        scale=options.scale,
        crop=options.crop,
        dropout=options.dropout,
        seed=options.seed,
    )


def main(argv: Sequence[str] | None = None) -> list[float]:
    """Make the embedder; returns the losses on the way."""
    options = arguments(argv)
    recipe = _recipe(options)
    sources = read_sources(options.data, seed=options.seed, sample=options.sample)
    drawn = one_pass(sources, options.seed)
    tokenizer = train_tokenizer([pair[0] for pair in drawn], [pair[1] for pair in drawn], options.vocabulary)
    vocabulary = tokenizer.get_vocab_size()
    print(f"{len(sources)} sources, {vocabulary:,} tokens", flush=True)
    marks = [number for number in map(tokenizer.token_to_id, "?\uff1f") if number is not None]
    corpus = encode(sources, tokenizer)
    rows, losses = train(corpus, vocabulary, recipe, marks)
    save(options.out, whitened(rows, corpus, options.seed), tokenizer)
    embedder = StaticEmbedder(options.out, name=options.out.name)
    figures = evaluate.report(options.evaluation, embedder.embed_passages) if options.evaluation else "not measured"
    command = " ".join(["python -m models.training", *(sys.argv[1:] if argv is None else argv)])
    page = card(sources, options.data, vocabulary=vocabulary, recipe=recipe, command=command, figures=figures)
    (options.out / "README.md").write_text(page, encoding="utf-8")
    print(figures)
    return losses


if __name__ == "__main__":
    if sys.argv[1:2] == ["lexicon"]:
        lexicon.main(sys.argv[2:])
    elif sys.argv[1:2] == ["reader"]:
        from models.training.reader.__main__ import main as reader

        reader(sys.argv[2:])
    else:
        main()
