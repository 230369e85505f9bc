"""llama.cpp by llama-cpp-python, compiled on the machine it runs on: faster than a prebuilt one, and needs a C++ compiler."""

from __future__ import annotations

from pathlib import Path

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

    def tokens(self, text: str, *, special: bool = False, opening: bool = False) -> list[int]:
        """The tokens of a text; ``special`` reads control tokens as such, ``opening`` adds what a text begins with."""
        return list(self._llama.tokenize(text.encode(), add_bos=opening, special=special))

    def complete(self, tokens: list[int], *, most: int, grammar: str, emit: Emit) -> None:
        """Go on after ``tokens`` with at most ``most`` more, the most probable each time, until ``emit`` says to stop."""
        import llama_cpp

        held = llama_cpp.LlamaGrammar.from_string(grammar, verbose=False) if grammar else None
        if emit(""):
            return
        for chunk in self._llama.create_completion(
            tokens, max_tokens=most, temperature=0.0, seed=SEED, stream=True, grammar=held
        ):
            if emit(chunk["choices"][0]["text"]):
                return

    def log_odds(self, tokens: list[int], yes: int, no: int) -> float:
        """How much more probable ``yes`` is than ``no`` as the token after ``tokens``, in nats."""
        for _ in self._llama.generate(tokens, temp=0.0):
            break
        logits = self._llama.eval_logits[-1]
        return float(logits[yes] - logits[no])

    def close(self) -> None:
        """Gives the memory back."""
        self._llama.close()
