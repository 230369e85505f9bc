"""A GGUF file as a writer: its chat template, its budget of tokens, one generation at a time, on whichever llama.cpp is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from models import ModelError
from models.llm import header as headers
from models.llm import machine, trial
from models.llm.streaming import Emit, stream
from models.llm.template import template_of

LONGEST_CONTEXT = 8192
"""Tokens to make room for unless more are asked for: reading that many takes a laptop a minute or two."""
SHORTEST_CONTEXT = 512
SHARE = 0.5
"""Of the free memory beside the weights, the part that what was read may take."""
REMEMBERED = 4096


class Engine(Protocol):
    """llama.cpp with a file loaded: tokens in, text out."""

    def tokens(self, text: str, *, special: bool = False, opening: bool = False) -> list[int]: ...

    def complete(self, tokens: list[int], *, most: int, grammar: str, emit: Emit) -> None: ...

    def log_odds(self, tokens: list[int], yes: int, no: int) -> float: ...

    def close(self) -> None: ...


class LocalModel:
    """The file loaded into memory. May be called from any thread; generations wait for each other in the order asked."""

    def __init__(
        self, path: Path, *, context: int = 0, threads: int = 0, backend: str = "", folder: Path | None = None
    ) -> None:
        """``folder`` is where models lie and where it is noted that a file could be loaded.

        Raises :class:`ModelError` naming the file and the cure: no file, no whole one, no writer, no backend."""
        from models.llm import CURE, backends, engine

        header = headers.read_header(path)
        headers.check(header)
        self.name = path.stem
        self.context = _context(header, context)
        self._template = template_of(header)
        chosen = backend or next(iter(backends()), "")
        if not chosen:
            raise ModelError(f"{path} needs llama.cpp, which is not installed: {CURE}")
        threads = threads or machine.physical_cores()
        trial.passed(header, chosen, self.context, threads, folder)
        self._engine = engine(chosen, path, context=self.context, threads=threads)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._closing = threading.Event()
        self._opening = self._engine.tokens("", opening=True)
        self.count = lru_cache(REMEMBERED)(self._count)

    def _count(self, text: str) -> int:
        """How many tokens a text has."""
        return len(self._engine.tokens(text))

    def count_chat(self, messages: Sequence[Mapping[str, str]]) -> int:
        """How many tokens the conversation has as the model reads it, with the opening of the answer."""
        return len(self._prompt(messages))

    def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        most: int,
        grammar: str = "",
        cancel: threading.Event | None = None,
    ) -> Iterator[str]:
        """The answer in pieces, of at most ``most`` tokens. Raises :class:`ModelError` where the context is too short."""
        tokens = self._within(messages)
        room = min(most, self.context - len(tokens))
        if room < 1:
            return iter(())
        return stream(
            self._worker,
            lambda emit: self._engine.complete(
                tokens, most=room, grammar=grammar, emit=lambda piece: emit(piece) or self._closing.is_set()
            ),
            cancel,
        )

    def log_odds(self, messages: Sequence[Mapping[str, str]], yes: str, no: str) -> float:
        """log P(``yes``) - log P(``no``), in nats, of the first token of the answer. What was read stays read for a chat."""
        first, second = (self._engine.tokens(word)[:1] for word in (yes, no))
        if not first or not second or first == second:
            raise ModelError(f"{self.name} begins {yes!r} and {no!r} with the same token: ask for other words.")
        return self._worker.submit(self._engine.log_odds, self._within(messages), first[0], second[0]).result()

    def warm(self, messages: Sequence[Mapping[str, str]] = ()) -> None:
        """Reads the weights and the messages now, so that a chat which begins with them starts sooner."""
        opened = list(messages) or [{"role": "user", "content": ""}]
        if opened[-1]["role"] != "user":
            opened.append({"role": "user", "content": ""})
        for _ in self.chat(opened, most=1):
            pass

    def close(self) -> None:
        """Ends what is running and gives the memory back; nothing may be asked afterwards."""
        self._closing.set()
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._engine.close()

    def _prompt(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        tokens = self._engine.tokens(self._template.render(messages), special=True)
        # Some templates write the token that opens a text, others leave it to the tokenizer.
        return tokens if tokens[: len(self._opening)] == self._opening else self._opening + tokens

    def _within(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        tokens = self._prompt(messages)
        if len(tokens) >= self.context:
            raise ModelError(
                f"The question and its evidence are {len(tokens)} tokens, and {self.name} holds {self.context}: "
                "give it less to read."
            )
        return tokens


def _context(header: headers.Header, asked: int) -> int:
    """Tokens to make room for: what was asked, or a useful many, within what the model knows and the memory holds."""
    beside = machine.free_memory() - header.path.stat().st_size
    affordable = max(SHORTEST_CONTEXT, int(SHARE * beside) // header.bytes_per_token)
    return min(asked or LONGEST_CONTEXT, header.context, affordable)
