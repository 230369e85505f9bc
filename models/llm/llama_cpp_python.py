"""llama.cpp by llama-cpp-python, compiled on the machine it runs on: faster than a prebuilt one, and needs a C++ compiler."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

from models import ModelError
from models.llm.streaming import Emit

BATCH = 256
SEED = 0


class Engine:
    """A loaded file. One call at a time, but for :meth:`tokens`."""

    def __init__(self, path: Path, *, context: int, threads: int, quiet: bool = True) -> None:
        import llama_cpp

        try:
            self._llama = llama_cpp.Llama(
                str(path),
                n_ctx=context,
                n_batch=BATCH,
                n_threads=threads,
                n_threads_batch=threads,
                seed=SEED,
                use_mmap=True,
                verbose=not quiet,
            )
        except (ValueError, RuntimeError, OSError) as problem:
            raise ModelError(f"{path} cannot be loaded by llama.cpp ({problem}).") from problem
        # At the end of the program too: afterwards there is no more of the library left to close it with.
        self._close = weakref.finalize(self, self._llama.close)

    def tokens(self, text: str, *, special: bool = False, opening: bool = False) -> list[int]:
        """The tokens of a text; ``special`` reads control tokens as such, ``opening`` adds what a text begins with."""
        return list(self._llama.tokenize(text.encode(), add_bos=opening, special=special))

    def complete(self, tokens: list[int], *, most: int, grammar: str, emit: Emit) -> None:
        """Go on after ``tokens`` with at most ``most`` more, the most probable each time, until ``emit`` says to stop."""
        if self._read(tokens, emit):
            return
        held = self._grammar(grammar) if grammar else None
        try:
            for chunk in self._llama.create_completion(
                tokens, max_tokens=most, temperature=0.0, seed=SEED, stream=True, grammar=held
            ):
                if emit(chunk["choices"][0]["text"]):
                    return
        except (ValueError, RuntimeError) as problem:
            raise ModelError(f"llama.cpp cannot answer: {problem}") from problem

    def log_odds(self, tokens: list[int], yes: int, no: int) -> float:
        """How much more probable ``yes`` is than ``no`` as the token after ``tokens``, in nats."""
        import llama_cpp

        self._evaluate(tokens)
        logits = llama_cpp.llama_get_logits_ith(self._llama.ctx, -1)
        return float(logits[yes] - logits[no])

    def _grammar(self, grammar: str) -> Any:
        """The grammar, tried before it is used: with one that is none the library ends the process."""
        import llama_cpp

        vocabulary = llama_cpp.llama_model_get_vocab(self._llama.model)
        sampler = llama_cpp.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
        if not sampler:
            raise ModelError(f"llama.cpp cannot read the grammar: {grammar[:200]!r}")
        llama_cpp.llama_sampler_free(sampler)
        return llama_cpp.LlamaGrammar.from_string(grammar, verbose=False)

    def _read(self, tokens: list[int], emit: Emit) -> bool:
        """Reads what was not read before, batch by batch, so that a cancel is seen in between; whether there was one."""
        seen = self._llama.longest_token_prefix(self._llama.input_ids[: self._llama.n_tokens].tolist(), tokens)
        for end in range(seen + BATCH, len(tokens), BATCH):
            if emit(""):
                return True
            self._evaluate(tokens[:end])
        return emit("")

    def _evaluate(self, tokens: list[int]) -> None:
        """Has llama.cpp know ``tokens`` and no more, as if it were about to write; what it knows already is not read again."""
        next(self._llama.generate(tokens, temp=0.0))

    def close(self) -> None:
        """Gives the memory back."""
        self._close()
