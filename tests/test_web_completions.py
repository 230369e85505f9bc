"""The OpenAI-compatible endpoint, asked by OpenAI's own client: whole, streamed, with citations, and only with the key."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.page import serving
from ui.web import completions

ASKED = "青屿海上风电场并网容量达到多少？"
QUOTE = "102万千瓦"


@pytest.fixture(scope="module")
def endpoint(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Its address and its key; the first line that the command says names the address too, without the page."""
    home = tmp_path_factory.mktemp("api") / "home"
    shutil.copytree(sample_home, home)
    key = completions.key(home)
    assert (home / completions.FILE).stat().st_mode & 0o077 == 0
    assert completions.key(home) == key
    with serving(home, "--api") as address:
        yield address.rstrip("/").removesuffix("/v1") + "/v1", key


@pytest.fixture
def client(endpoint: tuple[str, str]) -> Iterator[Any]:
    openai = pytest.importorskip("openai", reason="needs the openai client, which the dev extra brings")
    # It starts asking when the page is up: the first requests may be refused.
    with openai.OpenAI(
        base_url=endpoint[0], api_key=endpoint[1], max_retries=8, http_client=httpx.Client(trust_env=False)
    ) as made:
        yield made


def test_it_answers_with_citations(client: Any) -> None:
    assert [model.id for model in client.models.list()] == ["yinju"]
    done = client.chat.completions.create(model="yinju", messages=[{"role": "user", "content": ASKED}])
    assert QUOTE in done.choices[0].message.content
    (first, *_) = done.citations
    assert QUOTE in first["quote"]
    assert "path" not in first["article"]
    assert done.refused is False


def test_it_streams_what_it_checked(client: Any) -> None:
    messages = [{"role": "user", "content": "哪些文章提到“青屿”"}]
    whole = client.chat.completions.create(model="yinju", messages=messages)
    pieces = list(client.chat.completions.create(model="yinju", messages=messages, stream=True))
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces)
    assert text == whole.choices[0].message.content
    assert pieces[-1].choices[0].finish_reason == "stop"
    assert pieces[-1].citations == whole.citations
    assert len(whole.citations) > 3


def test_what_was_said_before_completes_a_question(client: Any) -> None:
    turns = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "2024年青屿市供水管网漏损率是多少？"},
        {"role": "assistant", "content": "9.8%"},
        {"role": "user", "content": "那2025年呢？"},
    ]
    done = client.chat.completions.create(model="yinju", messages=turns)
    assert "8.1%" in done.choices[0].message.content


def test_without_the_key_nothing_is_told(client: Any, endpoint: tuple[str, str]) -> None:
    openai = pytest.importorskip("openai", reason="needs the openai client, which the dev extra brings")
    client.models.list()  # it is up
    for given in ("wrong", endpoint[1] + "x"):
        other = client.with_options(api_key=given, max_retries=0)
        with pytest.raises(openai.AuthenticationError):
            other.chat.completions.create(model="yinju", messages=[{"role": "user", "content": ASKED}])


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"messages": 5}', b'{"messages": [{"role": "user", "content": 7}]}', b'{"messages": [{"role": "user", "content": "q"}], "since": "x"}']
)  # fmt: skip
def test_a_request_that_cannot_be_read_is_told(client: Any, endpoint: tuple[str, str], body: bytes) -> None:
    client.models.list()
    head = {"Authorization": f"Bearer {endpoint[1]}"}
    told = httpx.post(f"{endpoint[0]}/chat/completions", content=body, headers=head, trust_env=False)
    assert told.status_code == 400
    assert told.json()["error"]["message"]


def test_it_is_off_unless_asked_for(sample_page: str) -> None:
    assert httpx.post(f"{sample_page}v1/chat/completions", json={}, trust_env=False).status_code in (404, 405)
