"""An OpenAI-compatible endpoint on the page's server, off unless it is asked for: /v1/chat/completions, with a ``citations`` field.

Only this machine is answered, and only who brings the key. What is streamed is the checked answer, so that nothing is taken back."""

from __future__ import annotations

import hmac
import json
import os
import secrets
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.filters import Filters
from rag import shapes
from rag.question import MAX_LENGTH
from rag.types import Answer
from ui import errors
from ui.waiting import FullError
from ui.web.api import RequestError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from rag.assistant import Assistant
    from ui.waiting import Line

FILE = "api-key"
MODEL = "yinju"
LARGEST = 1_000_000
"""Bytes of a request."""
AGAIN = 30
"""Seconds after which a program may ask again where too many wait."""


def key(home: Path) -> str:
    """The key that a program must bring: made once, and readable by its owner alone."""
    path = home / FILE
    try:
        kept = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        kept = ""
    if kept:
        return kept
    made = f"yinju-{secrets.token_urlsafe(24)}"
    home.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        file.write(made)
    return made


def routes(assistant: Assistant, expected: str, queue: Line) -> list[BaseRoute]:
    """The endpoint and the list of its one model. What is asked waits in the same ``queue`` as on the page."""
    from starlette.responses import JSONResponse, StreamingResponse
    from starlette.routing import Route

    async def models(request: Request) -> Response:
        if not _allowed(request, expected):
            return _refused()
        return JSONResponse({"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "yinju"}]})

    async def completions(request: Request) -> Response:
        if not _allowed(request, expected):
            return _refused()
        try:
            question, history, filters, stream = _read(await _body(request))
            answer = await queue.answered(lambda: assistant.ask(question, filters, history).answer)
        except FullError as error:
            told = {"message": str(error), "type": "rate_limit_error", "code": "rate_limit_exceeded"}
            return JSONResponse({"error": told}, 429, {"Retry-After": str(AGAIN)})
        except Exception as error:  # noqa: BLE001 - told to the caller where it can cure it, else logged as a bug
            return JSONResponse({"error": {"message": errors.told(error), "type": "invalid_request_error"}}, 400)
        if stream:
            return StreamingResponse(_streamed(answer), media_type="text/event-stream")
        return JSONResponse(_whole(answer))

    return [
        Route("/v1/chat/completions", completions, methods=["POST"]),
        Route("/v1/models", models, methods=["GET"]),
    ]


def _allowed(request: Request, expected: str) -> bool:
    """True if a request brings the key; a page that is open in a browser here cannot, as it may not read it."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), expected.encode())


def _refused() -> Response:
    from starlette.responses import JSONResponse

    told = {
        "message": "Bring the key that `yinju ui --api` printed.",
        "type": "invalid_request_error",
        "code": "invalid_api_key",
    }
    return JSONResponse({"error": told}, 401)


async def _body(request: Request) -> Any:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise RequestError(f"The request is longer than {LARGEST:,} bytes")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError("The request is no JSON") from error


def _read(body: Any) -> tuple[str, list[Answer], Filters, bool]:
    """The question (the last message of the user), the turns before it, filters, and whether to stream. Raises RequestError."""
    messages = body.get("messages") if isinstance(body, dict) else None
    said = [_said(message) for message in messages] if isinstance(messages, list) else []
    if not said or said[-1][0] != "user" or not said[-1][1].strip():
        raise RequestError("messages must end with a question of the user, as text")
    named = {name: body.get(name, "") for name in ("since", "until", "source", "language", "path")}
    return said[-1][1].strip()[:MAX_LENGTH], _history(said[:-1]), Filters(**named), body.get("stream") is True


def _said(message: Any) -> tuple[str, str]:
    """Role and text of a message; of its parts those that are text."""
    if not isinstance(message, dict):
        return "", ""
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(message.get("role", "")), content if isinstance(content, str) else ""


def _history(said: Sequence[tuple[str, str]]) -> list[Answer]:
    """Earlier questions with their answers, so that a follow-up is understood."""
    return [
        Answer(asked, text, (), (), (), refused=False, engine="quote")
        for (role, asked), (other, text) in zip(said, said[1:], strict=False)
        if (role, other) == ("user", "assistant")
    ]


def _citations(answer: Answer) -> list[dict[str, Any]]:
    """What the answer cites; of where it lies nothing but its address."""
    shape = shapes.answer_json(answer)["citations"]
    return [
        {**one, "article": {name: value for name, value in one["article"].items() if name != "path"}} for one in shape
    ]


def _head(kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": MODEL}


def _whole(answer: Answer) -> dict[str, Any]:
    message = {"role": "assistant", "content": _text(answer)}
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    told = {"citations": _citations(answer), "refused": answer.refused}
    return {
        **_head("chat.completion"),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage,
        **told,
    }


async def _streamed(answer: Answer) -> AsyncIterator[str]:
    """The answer line by line, then what it cites with the last piece."""
    head = _head("chat.completion.chunk")
    deltas: list[dict[str, str]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": line} for line in _text(answer).splitlines(keepends=True)]
    for delta in deltas:
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        yield f"data: {json.dumps({**head, 'choices': [choice]}, ensure_ascii=False)}\n\n"
    last = {
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        "citations": _citations(answer),
        "refused": answer.refused,
    }
    yield f"data: {json.dumps(head | last, ensure_ascii=False)}\n\ndata: [DONE]\n\n"


def _text(answer: Answer) -> str:
    """What was understood above the answer, where it is not the question itself."""
    return f"{answer.understood}\n{answer.text}" if answer.understood and answer.kind else answer.text
