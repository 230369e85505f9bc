"""`python -m models.training.reader.average OUT RUN SHARE RUN SHARE...`: the mean of the weights of runs that went on from one another.

What a later stretch of training gains on one kind of question an earlier one has kept on another, and their mean keeps more of both than
either (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima"; Wortsman et al. 2022, "Model soups").
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file


def average(out: Path, runs: Sequence[tuple[Path, float]]) -> None:
    """Write a run whose weights are those of ``runs``, each by its share of the sum of shares. Raises ValueError where their weights
    differ in name or shape."""
    whole = sum(share for _, share in runs)
    held = [(load_file(run / "weights.safetensors"), np.float32(share / whole)) for run, share in runs]
    first = {name: value.shape for name, value in held[0][0].items()}
    if any({name: value.shape for name, value in weights.items()} != first for weights, _ in held):
        raise ValueError(f"{', '.join(str(run) for run, _ in runs)} are not of one shape: no mean of them can be made")
    out.mkdir(parents=True, exist_ok=True)
    mean = {name: sum((weights[name] * share for weights, share in held), np.float32(0)) for name in first}
    save_file({name: np.asarray(value, np.float32) for name, value in mean.items()}, out / "weights.safetensors")
    for name in ("tokenizer.json", "shape.json"):
        shutil.copyfile(runs[0][0] / name, out / name)


def main(argv: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m models.training.reader.average", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("runs", nargs="+", metavar="RUN SHARE", help="a folder, and how much it counts")
    given = parser.parse_args(argv)
    if len(given.runs) % 2:
        parser.error("give a share after each run")
    average(given.out, [(Path(run), float(share)) for run, share in zip(*[iter(given.runs)] * 2, strict=True)])


if __name__ == "__main__":
    main()
