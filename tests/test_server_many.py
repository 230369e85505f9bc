"""A server that writes for many: so many answers at once, asked again while it is busy, given up when it stalls or breaks off."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from models import ModelError, load_llm, server
from models.server import BusyError, ServedModel

ASKED = [{"role": "user", "content": "Which ships came?"}]
WORDS = ("Three ", "ships ", "came.")
Speak = Callable[["Handler"], None]


@dataclass
class Script:
    """What a server does with each request in turn, the last of it for ever, and what it was sent."""

    turns: list[Speak]
    keys: list[str | None] = field(default_factory=list)
    asked: int = 0

    def next(self) -> Speak:
        self.asked += 1
        return self.turns[min(self.asked, len(self.turns)) - 1]


class Handler(BaseHTTPRequestHandler):
    """OpenAI's protocol over HTTP, as far as a writer is asked by it."""

    script: Script

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            body = json.dumps({"data": [{"id": "sea", "max_model_len": 8192}]}).encode()
            self.head(200, "application/json", {"Content-Length": str(len(body))})
            self.wfile.write(body)
        else:
            self.head(404)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/v1/chat/completions":
            self.head(404)
            return
        self.script.keys.append(self.headers["Authorization"])
        self.script.next()(self)

    def head(self, status: int, kind: str = "text/plain", more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in (more or {"Content-Length": "0"}).items():
            self.send_header(name, value)
        self.end_headers()

    def say(self, *words: str) -> None:
        for word in words:
            event = {"choices": [{"delta": {"content": word}, "finish_reason": None}]}
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is the base class's
        """Keeps quiet."""


def stream(handler: Handler) -> None:
    handler.head(200, "text/event-stream", {"Connection": "close"})


def whole(handler: Handler) -> None:
    stream(handler)
    handler.say(*WORDS)
    handler.wfile.write(b"data: [DONE]\n\n")


def busy(status: int, after: str = "") -> Speak:
    return lambda handler: handler.head(
        status, more={"Content-Length": "0"} | ({"Retry-After": after} if after else {})
    )


def hang_up(handler: Handler) -> None:
    handler.close_connection = True


def break_off(handler: Handler) -> None:
    stream(handler)
    handler.say(WORDS[0])


def stall(handler: Handler) -> None:
    stream(handler)
    handler.say(WORDS[0])
    time.sleep(1)


def trickle(handler: Handler) -> None:
    stream(handler)
    for _ in range(100):
        handler.say("a ")
        time.sleep(0.02)


Open = Callable[..., tuple[ServedModel, Script]]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a model behind a server that does what it is told to."""
    monkeypatch.setattr(server, "PAUSES", (0.01, 0.01, 0.01, 0.01))
    running: list[tuple[ThreadingHTTPServer, threading.Thread, ServedModel]] = []

    def open_model(*turns: Speak, **named: float | str) -> tuple[ServedModel, Script]:
        script = Script(list(turns))
        listening = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"script": script}))
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        model = load_llm(f"http://127.0.0.1:{listening.server_port}/v1", **named)  # type: ignore[arg-type]  # by name
        assert isinstance(model, ServedModel)
        running.append((listening, thread, model))
        return model, script

    yield open_model
    for listening, thread, model in running:
        model.close()
        listening.shutdown()
        thread.join()
        listening.server_close()


def said(model: ServedModel) -> str:
    return "".join(model.chat(ASKED, most=50))


def test_as_many_answers_are_asked_for_at_once_as_it_takes(opened: Open) -> None:
    together, here, most = threading.Barrier(3), [0], [0]
    lock = threading.Lock()

    def with_two_others(handler: Handler) -> None:
        with lock:
            here[0] += 1
            most[0] = max(most[0], here[0])
        together.wait(10)  # nobody goes on until three are here
        with lock:
            here[0] -= 1
        whole(handler)

    model, script = opened(with_two_others, at_once=3)
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: said(model), range(6)))
    assert answers == ["".join(WORDS)] * 6
    assert (most[0], script.asked, model.context) == (3, 6, 8192)


@pytest.mark.parametrize("turn", [busy(503), busy(429, "0"), hang_up])
def test_a_busy_server_is_asked_again(opened: Open, turn: Speak) -> None:
    model, script = opened(turn, turn, whole)
    assert said(model) == "".join(WORDS)
    assert script.asked == 3


def test_a_server_that_stays_busy_is_given_up_after_five_tries(opened: Open) -> None:
    model, script = opened(busy(503))
    with pytest.raises(BusyError, match="answers 503"):
        said(model)
    assert script.asked == 5
    model, script = opened(busy(429, "600"))
    with pytest.raises(BusyError, match="answers 429"):
        said(model)
    with pytest.raises(BusyError):
        model.log_odds(ASKED, "yes", "no")
    assert script.asked == 2  # who is told to come back in ten minutes does not ask again in a second


@pytest.mark.parametrize("turn", [busy(307), busy(400), busy(500)])
def test_what_no_second_try_mends_is_told_at_once(opened: Open, turn: Speak) -> None:
    model, script = opened(turn)
    with pytest.raises(ModelError, match="answers"):
        said(model)
    assert script.asked == 1


def test_an_answer_that_breaks_off_is_not_taken_for_whole_nor_begun_anew(opened: Open) -> None:
    model, script = opened(break_off, whole)
    came: list[str] = []
    with pytest.raises(ModelError, match="broke off in the middle"):
        came.extend(model.chat(ASKED, most=50))
    assert script.asked == 1


@pytest.mark.parametrize(("turn", "told"), [(stall, "said nothing for"), (trickle, "took longer than")])
def test_an_answer_takes_no_longer_than_it_may(opened: Open, turn: Speak, told: str) -> None:
    model, script = opened(turn, seconds=0.2)
    with pytest.raises(ModelError, match=told):
        said(model)
    assert script.asked == 1


def test_who_stops_waits_for_no_busy_server(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PAUSES", (60.0,))
    cancel = threading.Event()

    def turned_away(handler: Handler) -> None:
        busy(503)(handler)
        cancel.set()

    model, script = opened(turned_away)
    assert list(model.chat(ASKED, most=50, cancel=cancel)) == []
    assert script.asked == 1  # and closing it, at the end, does not wait either


def test_a_key_goes_to_the_server_that_wants_one_and_nowhere_else(opened: Open) -> None:
    model, script = opened(whole, key="team-secret")
    said(model)
    plain, other = opened(whole)
    said(plain)
    assert (script.keys, other.keys) == (["Bearer team-secret"], [None])
