"""The page's other faces and its guards, asked by real clients: named endpoints, MCP, the gate, payloads that name an address."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from ui.web.gate import _holds_a_file, is_open

ZH, ZH_QUOTE = "青屿海上风电场并网容量达到多少？", "青屿海上风电场并网容量达到102万千瓦"


@pytest.fixture(scope="module")
def client(sample_page: str) -> Any:
    from gradio_client import Client

    return Client(sample_page, verbose=False, analytics_enabled=False)


def test_the_endpoints_answer_as_the_command_line_does(client: Any) -> None:
    answer = client.predict(ZH, api_name="/ask")
    assert ZH_QUOTE in answer["answer"]
    assert not answer["refused"]
    assert answer["citations"][0]["quote"] in answer["citations"][0]["passage"]
    assert answer["citations"][0]["article"]["file"].endswith("weekly-digest-2026-03.txt")
    assert client.predict(ZH, until="2025", api_name="/ask")["refused"]
    hits = client.predict("wind farm", k=3, api_name="/search")["hits"]
    assert [hit["rank"] for hit in hits] == [1, 2, 3]
    found = client.predict(find="云栖", api_name="/articles")["articles"]
    assert found[0]["title"].startswith("云栖县高铁站")


def test_a_client_is_told_what_is_wrong_and_what_can_be_asked(client: Any) -> None:
    from gradio_client.exceptions import AppError

    for name, values, told in (
        ("/ask", [" "], "The question is empty"),
        ("/ask", [ZH, "2026-13"], "since = '2026-13' is no date"),
        ("/search", [ZH, 51], "ask for 1 to 50 passages"),
    ):
        with pytest.raises(AppError, match=told):
            client.predict(*values, api_name=name)
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    whole = ["/list_matching", "/count", "/timeline", "/compare", "/brief", "/whats_new"]
    assert list(named) == ["/ask", "/search", "/articles", *whole]
    assert [each["parameter_name"] for each in named["/search"]["parameters"]] == [
        "question",
        "k",
        "since",
        "until",
        "source",
    ]
    assert "best first" in named["/search"]["description"]


def get(address: str, path: str, body: object = None) -> tuple[int, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address.rstrip("/") + path, data, headers)  # noqa: S310 - the test's own address
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_mcp_is_served_beside_the_page(sample_page: str) -> None:
    status, told = get(sample_page, "/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert status == 200
    assert {"ask", "search"} <= {tool["name"] for tool in json.loads(told)["result"]["tools"]}


@pytest.mark.parametrize(
    ("path", "opened"),
    [
        ("/", True),
        ("/config", True),
        ("/mcp", True),
        ("/assets/index.js", True),
        ("/gradio_api/queue/join", True),
        ("/gradio_api/run/predict", True),
        ("/gradio_api/file=/etc/passwd", False),
        ("/gradio_api/file=http://evil.example/x", False),
        ("/gradio_api/proxy=http://evil.example/x", False),
        ("/gradio_api/file/x", False),
        ("/gradio_api/stream/1/2/3/playlist.m3u8", False),
        ("/gradio_api/vibe-edit", False),
        ("/gradio_api/deep_link", False),
        ("/monitoring", False),
        ("/custom_component/x", False),
        ("//gradio_api/file=/etc/passwd", False),
        ("/gradio_api//file=/etc/passwd", False),
    ],
)
def test_only_what_the_page_needs_is_open(path: str, opened: bool) -> None:
    assert is_open(path) is opened


def test_the_gate_stands_before_the_app(sample_page: str) -> None:
    for path in (
        "/gradio_api/file=http://93.184.216.34/x",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/proxy=http://a.b/c",
    ):
        assert get(sample_page, path)[0] in (403, 404)


FILE = {"path": "http://93.184.216.34/x.txt", "url": "http://evil.example/x", "meta": {"_type": "gradio.FileData"}}


def test_an_event_that_names_a_file_is_not_let_in(sample_page: str) -> None:
    """Gradio takes a dict of this shape, in any input, for a file to be copied or fetched from its address."""
    config = json.loads(get(sample_page, "/config")[1])
    number = next(each["id"] for each in config["dependencies"] if each["api_name"] == "articles")
    event = {"data": [FILE], "fn_index": number, "session_hash": "x"}
    for path in ("/gradio_api/run/articles", "/gradio_api/call/articles", "/gradio_api/queue/join"):
        assert get(sample_page, path, event) == (400, "An event may name no file")
    assert get(sample_page, "/gradio_api/run/predict", {"data": ["x" * 4_000_001]})[0] == 400
    status, told = get(sample_page, "/gradio_api/run/articles", {**event, "data": ['{"_type": "gradio.FileData"}']})
    assert (status, json.loads(told)["data"]) == (200, [{"articles": []}])


@pytest.mark.parametrize(
    ("body", "holds"),
    [
        (b'{"data": [{"\\u005ftype": "x"}]}', True),
        (b'[[[{"a": [1, {"_type": 1}]}]]]', True),
        (b"[" * 100_000, True),
        (b'{"data": ["_type"]}', False),
        (b"", False),
        (b"{", False),
        (b"\xff\xfe", False),
    ],
)
def test_a_file_is_found_however_it_is_written(body: bytes, holds: bool) -> None:
    assert _holds_a_file(body) is holds


def test_the_endpoints_tell_the_library_as_a_whole(client: Any) -> None:
    listed = client.predict("青屿", api_name="/list_matching")
    assert client.predict("青屿", api_name="/count")["total"] == listed["total"] == len(listed["rows"]) > 3
    assert all("file" in row["article"] and "path" not in row["article"] for row in listed["rows"])
    assert client.predict("青屿市智能算力规模", api_name="/timeline")["kind"] == "timeline"
    assert client.predict("青屿港和云栖北站的吞吐量", api_name="/compare")["columns"] == ["青屿港", "云栖北站"]
    assert len(client.predict(lines=3, api_name="/brief")["rows"]) == 3
    assert client.predict(api_name="/whats_new") == {"watched": []}
