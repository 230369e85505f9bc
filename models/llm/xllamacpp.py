"""llama.cpp by the prebuilt xllamacpp: its own completion engine in this process, no compiler needed."""

from __future__ import annotations

import contextlib
import ctypes
import math
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from models import ModelError
from models.llm.streaming import Emit

BATCH = 256
"""Tokens of a prompt read at once; between two batches a cancel is seen. A core reads a 0.5B model's prompt at 79 tokens a
second by 64 at once, and at 82 to 84 by 256, 512 and 2048."""
KEPT_MB = 256
"""Memory for prompts read before the last one, so that a short question in between does not cost their prefix."""
SEED = 0
BIAS = 50.0
"""Added to the two words compared, so that they are far above all others and keep their difference."""
LEAST = 1e-37
QUIET, ERRORS = -1, 1
OPENMP = "libgomp.so.1"
"""What the package needs and does not bring; a Linux without a compiler may lack it."""


def library() -> Any:
    """The package, with the OpenMP of PyTorch where the system has none. Raises ModelError where neither is there."""
    try:
        import xllamacpp
    except ImportError as problem:
        if OPENMP not in str(problem):
            raise
        spec = find_spec("torch")
        brought = Path(spec.origin).parent / "lib" / OPENMP if spec and spec.origin else Path(OPENMP)
        try:
            ctypes.CDLL(str(brought), mode=ctypes.RTLD_GLOBAL)
        except OSError as missing:
            raise ModelError(
                f"llama.cpp needs {OPENMP}, which is missing here: sudo apt-get install libgomp1"
            ) from missing
        import xllamacpp
    return xllamacpp


class Engine:
    """A loaded file. One call at a time, but for :meth:`tokens`."""

    def __init__(self, path: Path, *, context: int, threads: int, quiet: bool = True) -> None:
        import httpx

        xllamacpp, key = library(), secrets.token_urlsafe()
        try:
            self._server = xllamacpp.Server(_parameters(xllamacpp, path, context, threads, key, quiet))
        except RuntimeError as problem:
            raise ModelError(f"{path} cannot be loaded by llama.cpp ({problem}).") from problem
        # The library hands out its tokenizer only on its own loopback port; the key keeps all other programs out of it.
        self._http = httpx.Client(
            base_url=self._server.listening_address,
            headers={"Authorization": f"Bearer {key}"},
            trust_env=False,
            timeout=60,
        )

    def tokens(self, text: str, *, special: bool = False, opening: bool = False) -> list[int]:
        """The tokens of a text; ``special`` reads control tokens as such, ``opening`` adds what a text begins with."""
        asked = {"content": text, "parse_special": special, "add_special": opening}
        answer = self._http.post("/tokenize", json=asked)
        if answer.is_error:
            raise ModelError(f"llama.cpp cannot read the text ({answer.text[:200]}).")
        return [int(token) for token in answer.json()["tokens"]]

    def complete(self, tokens: list[int], *, most: int, grammar: str, emit: Emit) -> None:
        """Go on after ``tokens`` with at most ``most`` more, the most probable each time, until ``emit`` says to stop."""
        request = _request(tokens, most) | {"stream": True, "return_progress": True, "temperature": 0.0}
        if grammar:
            request["grammar"] = grammar
        problems: list[str] = []

        def took(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                problems.append(str(chunk["error"].get("message", chunk["error"])))
                return True
            return emit("".join(choice.get("text") or "" for choice in chunk.get("choices", ())))

        answer = self._server.handle_completions(request, took)
        _raise_error({"error": problems[0]} if problems else answer)

    def log_odds(self, tokens: list[int], yes: int, no: int) -> float:
        """How much more probable ``yes`` is than ``no`` as the token after ``tokens``, in nats."""
        request = _request(tokens, 1) | {
            "logit_bias": [[yes, BIAS], [no, BIAS]],
            "temperature": 1.0,
            "samplers": ["temperature"],
            "n_probs": 2,
            "post_sampling_probs": True,
        }
        answer = self._server.handle_completions(request)
        _raise_error(answer)
        told = answer["choices"][0]["logprobs"]["content"][0]["top_probs"]
        probability = {word["id"]: word["prob"] for word in told}
        return math.log(max(probability.get(yes, 0.0), LEAST)) - math.log(max(probability.get(no, 0.0), LEAST))

    def close(self) -> None:
        """Gives the memory back."""
        self._http.close()
        with contextlib.suppress(AttributeError):
            del self._server


def _parameters(library: Any, path: Path, context: int, threads: int, key: str, quiet: bool) -> Any:
    parameters = library.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx, parameters.n_parallel = context, 1
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.cache_ram_mib = KEPT_MB
    parameters.api_keys = [key]
    parameters.offline, parameters.ui, parameters.endpoint_slots = True, False, False
    parameters.fit_params = parameters.ctx_shift = parameters.warmup = False
    # The template is rendered by Yinju; the server compiles another of its own, which a broken one must not stop.
    parameters.chat_template = "chatml"
    parameters.verbosity = QUIET if quiet else ERRORS
    return parameters


def _request(tokens: list[int], most: int) -> dict[str, Any]:
    return {"prompt": tokens, "max_tokens": most, "seed": SEED, "cache_prompt": True}


def _raise_error(answer: Any) -> None:
    if isinstance(answer, dict) and "error" in answer:
        error = answer["error"]
        raise ModelError(f"llama.cpp: {error.get('message', error) if isinstance(error, dict) else error}")
