"""`python -m bench.random_weights ARTICLES`: two hundred questions answered by a real GGUF file whose weights are random.

Whatever a model writes, no answer may cite what was not shown, raise, or hang, and a reader who stops it waits for one token.
The file is a small Llama with a byte-level vocabulary, written with the gguf package; the tests use the same.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.store import Store
from rag.assistant import Assistant
from rag.settings import Settings
from rag.types import Answer
from rag.upkeep.ingest import ingest
from rag.writing import ability
from ui.evaluation import machine

ASKED = 200
SLOW = 60.0
"""Seconds after which an answer counts as one that hangs."""

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)

TINY = {"width": 64, "heads": 4, "shared": 2, "hidden": 128, "layers": 2}


def write(
    path: Path,
    *,
    template: str = CHATML,
    context: int = 512,
    seed: int = 7,
    architecture: str = "llama",
    weights: bool = True,
) -> Path:
    """A real GGUF file: a small Llama with seeded random weights, and a byte-level vocabulary that covers any text."""
    import gguf

    tokens, merges = byte_vocabulary(["the ", "能", "不能", "可以", "资料", "问题"])
    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(context)
    add_shape(writer)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([*tokens, *marks])
    writer.add_token_types([1] * len(tokens) + [3] * len(marks))
    writer.add_token_merges(merges)
    writer.add_bos_token_id(len(tokens))
    writer.add_eos_token_id(len(tokens) + 2)
    if template:
        writer.add_chat_template(template)
    if weights:
        add_weights(writer, len(tokens) + len(marks), seed)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def add_shape(writer: Any) -> None:
    writer.add_embedding_length(TINY["width"])
    writer.add_block_count(TINY["layers"])
    writer.add_feed_forward_length(TINY["hidden"])
    writer.add_head_count(TINY["heads"])
    writer.add_head_count_kv(TINY["shared"])
    writer.add_rope_dimension_count(TINY["width"] // TINY["heads"])
    writer.add_layer_norm_rms_eps(1e-5)


def add_weights(writer: Any, size: int, seed: int) -> None:
    import numpy as np

    width, hidden, random = TINY["width"], TINY["hidden"], np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {"token_embd": (size, width), "output": (size, width), "output_norm": (width,)}
    for part in (f"blk.{layer}." for layer in range(TINY["layers"])):
        shapes |= {part + name: (width, width) for name in ("attn_q", "attn_output")}
        shapes |= {part + name: (width * TINY["shared"] // TINY["heads"], width) for name in ("attn_k", "attn_v")}
        shapes |= {part + name: (hidden, width) for name in ("ffn_gate", "ffn_up")}
        shapes |= {part + "ffn_down": (width, hidden)}
        shapes |= {part + name: (width,) for name in ("attn_norm", "ffn_norm")}
    for name, shape in shapes.items():
        values = np.ones(shape) if len(shape) == 1 else random.normal(0, 0.3, shape)
        writer.add_tensor(name + ".weight", values.astype(np.float32))


def byte_vocabulary(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The 256 bytes as GPT-2 writes them, then what building each word byte by byte makes; and the merges that do so."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in shown}
    letters |= {byte: chr(256 + at) for at, byte in enumerate(byte for byte in range(256) if byte not in letters)}
    tokens, merges = [letters[byte] for byte in range(256)], []
    for word in words:
        first, *rest = (letters[byte] for byte in word.encode())
        for letter in rest:
            merges.append(f"{first} {letter}")
            first += letter
            if first not in tokens:
                tokens.append(first)
    return tokens, list(dict.fromkeys(merges))


@dataclass
class Seen:
    """What two hundred answers were like."""

    asked: int = 0
    refused: int = 0
    written: int = 0
    outside: int = 0
    """Answers with a mark that cites nothing, or with a citation of what was not among the hits."""
    raised: int = 0
    hung: int = 0
    after_stop: int = 0
    """The most pieces that came after a reader had stopped."""

    def add(self, answer: Answer, seconds: float) -> None:
        self.refused += answer.refused
        self.written += answer.engine == "write" and not answer.refused
        self.hung += seconds > SLOW
        self.outside += not true_marks(answer)


def true_marks(answer: Answer) -> bool:
    """True if every mark is of a citation, and every citation verbatim and of an article that was found."""
    cited = {one.number for one in answer.citations}
    marks = {int(mark) for sentence in answer.sentences for mark in sentence.citations}
    marks |= {int(mark) for mark in re.findall(r"\[(\d{1,3})\]", answer.text)} if not answer.refused else set()
    found = {hit.article.id for hit in answer.hits}
    verbatim = all(one.article.text[one.start : one.end] == one.quote for one in answer.citations)
    return marks <= cited and verbatim and {one.article.id for one in answer.citations} <= found


def questions(library: Store) -> Iterator[str]:
    """What the articles are about, asked in many ways, over and over."""
    titles = [article.title for article in library.articles() if article.title]
    for form in (
        "{}，具体情况如何？",
        "{}",
        "{}是多少？",
        "What does it say about “{}”?",
        "How much, and when: {}?",
        "《{}》说了什么？",
    ):
        yield from (form.format(title) for title in titles)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("articles", type=Path, nargs="+", help="files and folders that are asked")
    parser.add_argument("--questions", type=int, default=ASKED)
    given = parser.parse_args()
    ability.TELLS = float("inf")  # chance must not refuse: everything is written
    with tempfile.TemporaryDirectory(prefix="yinju-bench-") as folder:
        path = write(Path(folder) / "random.gguf", context=8192)
        settings = Settings(Path(folder), engine="write", model=str(path))
        ingest(given.articles, settings)
        with Assistant(settings) as assistant:
            asked = [text for text, _ in zip(questions(assistant.library), range(given.questions), strict=False)]
            seen = ask(assistant, asked)
    print(f"{seen}\n{machine()}")


def ask(assistant: Assistant, asked: Sequence[str]) -> Seen:
    """The questions, every tenth of which is stopped at its first word."""
    seen = Seen()
    for at, text in enumerate(asked):
        started = time.perf_counter()
        try:
            reply = assistant.ask(text)
            if at % 10 == 0:
                words = iter(reply)
                next(words, "")
                reply.cancel()
                seen.after_stop = max(seen.after_stop, sum(1 for _ in words))
            answer = reply.answer
        except Exception as error:  # noqa: BLE001 - what is counted is that nothing at all is raised
            print(f"{text!r}: {error!r}")
            seen.raised += 1
            continue
        finally:
            seen.asked += 1
        seen.add(answer, time.perf_counter() - started)
    return seen


if __name__ == "__main__":
    main()
