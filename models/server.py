"""A writer behind an OpenAI-compatible server: llama-server, Ollama, LM Studio, vLLM. So many answers at once as it is allowed."""

from __future__ import annotations

import ipaddress
import json
import math
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urldefrag, urlsplit

from models import Message, ModelError
from models.llm.streaming import POLL_SECONDS, Emit, stream

if TYPE_CHECKING:
    import httpx

CONTEXT = 4096
"""Tokens taken for held where the server does not say: what Ollama and LM Studio start with."""
PATIENCE_SECONDS, KNOCK_SECONDS = 600.0, 5.0
SEED = 0
BUSY = (429, 502, 503, 504)
"""What a server answers that may take the same request a little later."""
PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before a request is sent again, each drawn from a half to one and a half of it, so that not all come back at once."""
LONGEST_PAUSE = 10.0
"""Seconds that a server may ask for with Retry-After; of one that asks for more the reader is told at once."""
CERTAIN = 10.0
"""Log-odds of a word where the server tells no probabilities and simply said it: 1 to 22,000."""
ALTERNATIVES = 20
REMEMBERED = 4096
Told = TypeVar("Told")
_CONTROL = re.compile(r"<(?=\|[^|<>\s]{1,40}\|>|/?s>|(?:start|end)_of_turn>|/?think>)|\[(?=/?INST\])")
"""Where a text has what models take for the beginning or end of a message: which of them, only the server knows."""
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


class BusyError(ModelError):
    """A server takes no request now; ``after`` are the seconds that it asks to wait for, 0 where it says none."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class ServedModel:
    """Speaks to ``address``, an OpenAI base such as ``http://127.0.0.1:8080/v1``, with ``#MODEL`` for one of several.

    ``at_once`` answers are asked for at the same time, and others wait in the order asked; one that takes longer than ``seconds`` is
    given up. A server that is busy is asked again, four times at most. ``key`` is sent to it where it wants one."""

    def __init__(
        self,
        address: str,
        *,
        context: int = 0,
        elsewhere: bool = False,
        at_once: int = 1,
        seconds: float = PATIENCE_SECONDS,
        key: str = "",
    ) -> None:
        """Raises :class:`ModelError` where the address is not of this machine (unless ``elsewhere``) or nothing answers."""
        import httpx

        self._base, self._model = urldefrag(address.rstrip("/"))
        _may_reach(self._base, elsewhere)
        self._seconds = seconds
        # No proxy and no credentials of the environment: what is asked goes to this address and nowhere else.
        self._http = httpx.Client(
            trust_env=False,
            timeout=httpx.Timeout(seconds, connect=KNOCK_SECONDS),
            headers={"Authorization": f"Bearer {key}"} if key else {},
            limits=httpx.Limits(max_connections=None),
        )
        try:
            served = self._served()
        except ModelError:
            self._http.close()
            raise
        self._model = self._model or str(served["id"])
        self.name = self._model
        self._properties = self._optional("GET", self._root + "/props")
        self.context = context or self._told_context(served)
        self._worker = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="writer")
        self.count = lru_cache(REMEMBERED)(self._count)

    @property
    def _root(self) -> str:
        return self._base.removesuffix("/v1")

    def _served(self) -> dict[str, Any]:
        """What the server says of the model; the first of its models where none is named."""
        listed = self._told("GET", "/models", cure=" Start it, or name an address as http://127.0.0.1:PORT/v1")
        models = [model for model in listed.get("data") or () if isinstance(model, dict) and model.get("id")]
        names = [str(model["id"]) for model in models]
        if not names:
            raise ModelError(f"{self._base} serves no model: load one there.")
        if self._model and self._model not in names:
            raise ModelError(f"{self._base} does not serve {self._model!r}: it has {', '.join(names[:10])}.")
        return models[names.index(self._model)] if self._model else models[0]

    def _told_context(self, served: dict[str, Any]) -> int:
        defaults = self._properties.get("default_generation_settings")
        told = defaults.get("n_ctx") if isinstance(defaults, dict) else None
        told = told or served.get("max_model_len")
        return told if isinstance(told, int) and told > 0 else CONTEXT

    def _count(self, text: str) -> int:
        """How many tokens a text has: as the server counts, or no fewer than likely where it does not tell."""
        if not text:
            return 0
        asked = {"content": text, "prompt": text, "model": self._model, "add_special_tokens": False}
        told = self._optional("POST", self._root + "/tokenize", asked)
        if isinstance(told.get("tokens"), list):
            return len(told["tokens"])
        han = len(_HAN.findall(text))
        return han + math.ceil((len(text) - han) / 2.5)

    def count_chat(self, messages: Sequence[Message]) -> int:
        """How many tokens the conversation has: as llama-server renders it, or with a generous guess of what a template adds."""
        request = {key: self._request(messages, 0)[key] for key in ("messages", "chat_template_kwargs")}
        rendered = self._optional("POST", self._root + "/apply-template", request).get("prompt")
        if isinstance(rendered, str):
            return self._count(rendered)
        return 8 + sum(self.count(message["content"]) + 8 for message in messages)

    def chat(
        self, messages: Sequence[Message], *, most: int, grammar: str = "", cancel: threading.Event | None = None
    ) -> Iterator[str]:
        """The answer in pieces, as the server streams it. Only llama-server is held to the ``grammar``; others ignore it."""
        request = self._request(messages, most) | {"stream": True}
        if grammar and self._properties:
            request["grammar"] = grammar

        def produce(emit: Emit) -> None:
            self._insist(lambda until: self._streamed(request, emit, until), lambda: emit(""))

        return stream(self._worker, produce, cancel)

    def log_odds(self, messages: Sequence[Message], yes: str, no: str) -> float:
        """log P(``yes``) - log P(``no``) of the answer's first token, in nats, by the likeliest tokens that the server tells."""
        request = self._request(messages, 1) | {"logprobs": True, "top_logprobs": ALTERNATIVES}
        told = self._worker.submit(
            self._insist, lambda _: self._told("POST", "/chat/completions", request), bool
        ).result()
        return _odds(told or {}, yes, no)

    def warm(self, messages: Sequence[Message] = ()) -> None:
        """Has the server load the model and read the messages."""
        for _ in self.chat([*messages, {"role": "user", "content": "1"}], most=1):
            pass

    def close(self) -> None:
        """Ends what is running; nothing may be asked afterwards."""
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._http.close()

    def _request(self, messages: Sequence[Message], most: int) -> dict[str, Any]:
        return {
            "model": self._model,
            "messages": [
                {"role": message["role"], "content": _CONTROL.sub(r"\g<0> ", message["content"])}
                for message in messages
            ],
            "max_tokens": most,
            "temperature": 0,
            "seed": SEED,
            "cache_prompt": True,
            "chat_template_kwargs": {"enable_thinking": False},
        }

    def _insist(self, send: Callable[[float], Told], stop: Callable[[], bool]) -> Told | None:
        """What comes of a request, sent again while the server is busy; None where it was to stop meanwhile."""
        until = time.monotonic() + self._seconds
        for pause in PAUSES:
            try:
                return send(until)
            except BusyError as busy:
                again = time.monotonic() + (busy.after or pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
                if busy.after > LONGEST_PAUSE or again > until:
                    raise
            while time.monotonic() < again:
                if stop():
                    return None
                time.sleep(POLL_SECONDS)
        return send(until)

    def _streamed(self, request: dict[str, Any], emit: Emit, until: float) -> None:
        import httpx

        begun = ended = False
        try:
            with self._http.stream("POST", self._base + "/chat/completions", json=request) as answer:
                if not answer.is_success:
                    answer.read()
                    self._json(answer)
                for line in answer.iter_lines():
                    piece, last = _piece(line)
                    begun, ended = begun or bool(piece), ended or last
                    if emit(piece):
                        return
                    if time.monotonic() > until:
                        raise ModelError(f"{self._base} took longer than {self._seconds:.0f} s for an answer.")
        except httpx.TimeoutException as problem:
            if isinstance(problem, (httpx.ConnectTimeout, httpx.PoolTimeout)):
                raise BusyError(f"{self._base} does not answer ({problem}).") from problem
            raise ModelError(f"{self._base} said nothing for {self._seconds:.0f} s.") from problem
        except httpx.HTTPError as problem:
            raise self._broken(begun, str(problem)) from problem
        if not ended:
            raise self._broken(begun, "the answer broke off")

    def _broken(self, begun: bool, told: str) -> ModelError:
        """What to raise of a connection that broke: another try would say again what the reader has read already."""
        if begun:
            return ModelError(f"{self._base} broke off in the middle of an answer ({told}). Ask again.")
        return BusyError(f"{self._base} does not answer ({told}).")

    def _told(self, method: str, path: str, body: object = None, cure: str = "") -> dict[str, Any]:
        import httpx

        try:
            return self._json(self._http.request(method, self._base + path, json=body))
        except httpx.HTTPError as problem:
            again = isinstance(problem, (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout))
            raise (BusyError if again else ModelError)(f"{self._base} does not answer ({problem}).{cure}") from problem

    def _optional(self, method: str, address: str, body: object = None) -> dict[str, Any]:
        """What only some servers know; {} from the others."""
        import httpx

        try:
            answer = self._http.request(method, address, json=body, timeout=KNOCK_SECONDS)
            found = answer.json() if answer.is_success else {}
        except (httpx.HTTPError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _json(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            found = answer.json()
        except ValueError:
            found = None
        if answer.is_success and isinstance(found, dict):
            return found
        told = f"{self._base} answers {answer.status_code}: {answer.text[:200]!r}."
        if answer.status_code in BUSY:
            after = answer.headers.get("retry-after", "")
            raise BusyError(told, float(after) if after.isascii() and after.isdigit() else 0.0)
        raise ModelError(told)


def is_loopback(address: str) -> bool:
    """True if an address is of this machine and of no other."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _may_reach(base: str, elsewhere: bool) -> None:
    if not urlsplit(base).hostname:
        raise ModelError(f"{base!r} is no address: write it as http://127.0.0.1:PORT/v1")
    if not elsewhere and not is_loopback(base):
        raise ModelError(
            f"{base} is not this machine: your articles would leave it. If that is what you want, write the address into "
            "settings.toml as `model`; otherwise take one that begins with http://127.0.0.1"
        )


def _odds(answer: dict[str, Any], yes: str, no: str) -> float:
    """log P(``yes``) - log P(``no``) of the first token of an answer."""
    choice = (answer.get("choices") or [{}])[0]
    told = ((choice.get("logprobs") or {}).get("content") or [{}])[0].get("top_logprobs") or []
    if not told:
        said = str((choice.get("message") or {}).get("content") or "").strip()
        return CERTAIN * (_begins(yes, said) - _begins(no, said))
    least = min(float(word["logprob"]) for word in told)
    first, second = (
        max((float(word["logprob"]) for word in told if _begins(wanted, str(word["token"]))), default=least)
        for wanted in (yes, no)
    )
    return first - second


def _begins(wanted: str, token: str) -> bool:
    """True if a token is the first of the wanted word, however a model writes its space."""
    token = token.strip().lower()
    return bool(token) and (wanted.lower().startswith(token) or token.startswith(wanted.lower()))


def _piece(line: str) -> tuple[str, bool]:
    """The text of a line of the stream, "" where it has none, and whether it tells that the answer is whole. Raises ModelError where it
    tells of a problem."""
    if not line.startswith("data:"):
        return "", False
    if line.endswith("[DONE]"):
        return "", True
    try:
        event = json.loads(line.removeprefix("data:"))
    except ValueError as problem:
        raise ModelError(f"The server sends what is no JSON: {line[:200]!r}.") from problem
    if "error" in event:
        raise ModelError(f"The server reports: {str(event['error'])[:200]}")
    choices = event.get("choices") or ()
    text = "".join((choice.get("delta") or {}).get("content") or "" for choice in choices)
    return text, any(choice.get("finish_reason") for choice in choices)
