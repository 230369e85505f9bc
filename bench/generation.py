"""`python bench/generation.py FILE.gguf`: a writer's speed against the bare backend's, on the same file and prompts in one run.

Rounds take turns, so that a busy minute slows all alike, and the best of each is told: what else a machine does only adds time.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models import LanguageModel, Message
from models.llm import backends, machine
from models.llm.header import read_header
from models.llm.local import LocalModel
from models.llm.template import template_of

SAMPLES = Path(__file__).parents[1] / "samples"
EVIDENCE = 700
"""Characters of the samples that a prompt shows: about as much as an answer's evidence."""
WRITTEN = 48
GRAMMAR = 'root ::= [^\\[\\]]{40,400} "[" ("1" | "2" | "3" | "4" | "5" | "6") "]."'

Pieces = Callable[[Sequence[Message]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Timed:
    """One answer: seconds until its first piece, and tokens a second from there on."""

    first: float
    rate: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The best of all rounds: tokens a second, and seconds until the first word of a first and of a second turn."""

    file: str
    backend: str
    threads: int
    bare: float
    writer: float
    grammar: float
    first_turn: float
    second_turn: float

    def text(self) -> str:
        """For people, each beside what it is held against."""
        return "\n".join(
            [
                f"{self.file}, {self.backend}, {self.threads} threads",
                f"  bare backend          {self.bare:7.1f} tokens/s",
                f"  writer                {self.writer:7.1f} tokens/s  {self.writer / self.bare:.2f} of bare (floor 0.95)",
                f"  writer with grammar   {self.grammar:7.1f} tokens/s  {self.grammar / self.bare:.2f} of bare (floor 0.80)",
                f"  first word, 1st turn  {self.first_turn:7.2f} s",
                f"  first word, 2nd turn  {self.second_turn:7.2f} s         "
                f"{self.second_turn / self.first_turn:.2f} of the first (ceiling 0.50)",
            ]
        )


def prompts(rounds: int) -> Iterator[list[Message]]:
    """A prompt for each round, its evidence from another place of the samples, so that none has been read before."""
    text = " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in sorted(SAMPLES.glob("*.[tm][xd]*")))
    for at in range(rounds):
        start = at * EVIDENCE % (len(text) - EVIDENCE)
        shown = f"[{at}] {text[start : start + EVIDENCE]}"
        yield [{"role": "user", "content": f"{shown}\n\n请逐条概括以上内容，至少写三百字。"}]


def timed(pieces: Iterable[str], count: Callable[[str], int]) -> Timed:
    """How long the pieces took to come."""
    started = time.perf_counter()
    times, got = [], []
    for piece in pieces:
        times.append(time.perf_counter())
        got.append(piece)
    if len(times) < 2:
        raise ValueError("The model wrote fewer than two tokens: take another file.")
    tokens = count("".join(got)) - count(got[0])
    return Timed(times[0] - started, tokens / (times[-1] - times[0]))


def bare(path: Path, backend: str, context: int, threads: int) -> Pieces:
    """The backend as its own documentation says to use it."""
    template = template_of(read_header(path))
    if backend == "llama-cpp-python":
        import llama_cpp

        llama = llama_cpp.Llama(str(path), n_ctx=context, n_threads=threads, n_threads_batch=threads, verbose=False)
        named: dict[str, Any] = {"max_tokens": WRITTEN, "temperature": 0.0, "stream": True}
        return lambda messages: (
            chunk["choices"][0]["text"] for chunk in llama.create_completion(template.render(messages), **named)
        )
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path, parameters.n_ctx, parameters.n_parallel = str(path), context, 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.fit_params, parameters.verbosity = False, -1
    server = xllamacpp.Server(parameters)
    return lambda messages: _served(server, template.render(messages))


def _served(server: Any, prompt: str) -> Iterator[str]:
    """The pieces with their own pace: each is handed on from a thread of the backend's."""
    from concurrent.futures import ThreadPoolExecutor

    from models.llm.streaming import Emit, stream

    request = {"prompt": prompt, "max_tokens": WRITTEN, "temperature": 0.0, "stream": True}

    def produce(emit: Emit) -> None:
        server.handle_completions(request, lambda chunk: emit(chunk["choices"][0].get("text") or ""))

    with ThreadPoolExecutor(1) as worker:
        yield from stream(worker, produce)


def measure(path: Path, rounds: int, threads: int, backend: str) -> Figures:
    """All ways in turns, ``rounds`` times. Raises ModelError where the file is no model."""
    model = LocalModel(path, threads=threads, backend=backend)
    alone = bare(path, backend, model.context, threads)
    model.warm()
    asked = prompts(3 * rounds)
    plain, free, held, first, second = ([] for _ in range(5))
    for _ in range(rounds):
        plain.append(timed(alone(next(asked)), model.count).rate)
        opening = next(asked)
        answer = timed(model.chat(opening, most=WRITTEN), model.count)
        free.append(answer.rate)
        first.append(answer.first)
        second.append(timed(model.chat(_second(model, opening), most=WRITTEN), model.count).first)
        held.append(timed(model.chat(next(asked), most=WRITTEN, grammar=GRAMMAR), model.count).rate)
    model.close()
    best = (max(plain), max(free), max(held), min(first), min(second))
    return Figures(path.name, backend, threads, *best)


def _second(model: LanguageModel, opening: Sequence[Message]) -> list[Message]:
    answer = "".join(model.chat(opening, most=WRITTEN))
    return [*opening, {"role": "assistant", "content": answer}, {"role": "user", "content": "再简短一些。"}]


def main() -> None:
    """Prints the figures, and with ``--json`` one object for each file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=machine.physical_cores())
    parser.add_argument("--backend", choices=backends(), default=next(iter(backends()), None))
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if not chosen.backend:
        sys.exit('Nothing here runs GGUF files: pip install "yinju[gguf-wheel]"')
    for path in chosen.files:
        figures = measure(path, chosen.rounds, chosen.threads, chosen.backend)
        print(json.dumps(asdict(figures)) if chosen.json else figures.text(), flush=True)


if __name__ == "__main__":
    main()
