"""llama.cpp by llama-cpp-python, compiled on the machine it runs on: faster than a prebuilt one, and needs a C++ compiler."""

from __future__ import annotations

import codecs
import ctypes
import math
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models import ModelError
from models.llm.streaming import Emit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 256
FEW = 200
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
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._llama.model)
        # At the end of the program too: afterwards there is no more of the library left to close it with.
        self._close = weakref.finalize(self, self._llama.close)

    def tokens(self, text: str, *, special: bool = False, opening: bool = False) -> list[int]:
        """The tokens of a text; ``special`` reads control tokens as such, ``opening`` adds what a text begins with."""
        return list(self._llama.tokenize(text.encode(), add_bos=opening, special=special))

    def complete(self, tokens: list[int], *, most: int, grammar: str, emit: Emit) -> None:
        """Go on after ``tokens`` with at most ``most`` more, the most probable each time, until ``emit`` says to stop."""
        if self._read(tokens, emit):
            return
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with self._grammar(grammar) as held:
            try:
                self._evaluate(tokens)
                for token in self._likeliest(most, held):
                    if emit(decoder.decode(self._llama.detokenize([token]))):
                        return
            except RuntimeError as problem:
                raise ModelError(f"llama.cpp cannot go on: {problem}") from problem
        emit(decoder.decode(b"", final=True))

    def log_odds(self, tokens: list[int], yes: int, no: int) -> float:
        """How much more probable ``yes`` is than ``no`` as the token after ``tokens``, in nats."""
        self._evaluate(tokens)
        logits = self._logits()
        return float(logits[yes] - logits[no])

    @contextmanager
    def _grammar(self, grammar: str) -> Iterator[Any]:
        """The grammar's state, None for none. Raises :class:`ModelError` where it is no grammar."""
        import llama_cpp

        if not grammar:
            yield None
            return
        held = llama_cpp.llama_sampler_init_grammar(self._vocabulary, grammar.encode(), b"root")
        if not held:
            raise ModelError(f"llama.cpp cannot read the grammar: {grammar[:200]!r}")
        try:
            yield held
        finally:
            llama_cpp.llama_sampler_free(held)

    def _likeliest(self, most: int, held: Any) -> Iterator[int]:
        """The most probable token that the grammar allows, time and again, until the model ends its answer."""
        import llama_cpp

        for at in range(most):
            token = self._best(held)
            if llama_cpp.llama_vocab_is_eog(self._vocabulary, token):
                return
            if held:
                llama_cpp.llama_sampler_accept(held, token)
            yield token
            if at + 1 < most:
                self._llama.eval([token])

    def _best(self, held: Any) -> int:
        """The grammar is asked about the likeliest token first, and about more only where it refuses that: to ask about all
        150,000 each time, as the library does, took a third of the speed of a 0.5B model."""
        import numpy as np

        logits = np.ctypeslib.as_array(self._logits(), shape=(self._llama.n_vocab(),))
        likeliest = int(logits.argmax())
        if not held or self._allowed(held, np.array([likeliest]), logits) is not None:
            return likeliest
        few = np.argpartition(logits, -min(FEW, len(logits)))[-FEW:]
        for candidates in (few, np.arange(len(logits))):
            allowed = self._allowed(held, candidates, logits)
            if allowed is not None:
                return allowed
        return int(self._llama.token_eos())

    def _allowed(self, held: Any, candidates: NDArray[np.intp], logits: NDArray[np.float32]) -> int | None:
        """The likeliest of the candidates that the grammar allows, if it allows one."""
        import llama_cpp
        import numpy as np

        data = np.zeros(len(candidates), dtype=[("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        data["id"], data["logit"] = candidates, logits[candidates]
        pointer = data.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
        array = llama_cpp.llama_token_data_array(data=pointer, size=len(data), selected=-1, sorted=False)
        llama_cpp.llama_sampler_apply(held, ctypes.byref(array))
        best = int(data["logit"].argmax())
        return int(data["id"][best]) if data["logit"][best] > -math.inf else None

    def _logits(self) -> Any:
        import llama_cpp

        return llama_cpp.llama_get_logits_ith(self._llama.ctx, -1)

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
