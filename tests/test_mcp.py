"""The tools as an assistant finds them: a real child process, or the page's address, asked by the SDK's own client."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from mcp import Client, StdioServerParameters, stdio_client

from rag.assistant import Assistant
from rag.settings import Settings
from ui import mcp

ROOT = Path(__file__).parents[1]
ZH, ZH_QUOTE = "青屿海上风电场并网容量达到多少？", "青屿海上风电场并网容量达到102万千瓦"
MAIN = "from ui.cli import main; main()"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}


def parameters(home: Path) -> StdioServerParameters:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "http_proxy": "http://127.0.0.1:9"}
    return StdioServerParameters(
        command=sys.executable, args=["-c", MAIN, "mcp", "--home", str(home)], cwd=ROOT, env=environment
    )


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """What a tool answers, checked against its schema by the client."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    (told,) = result.content
    return str(getattr(told, "text", ""))


def printed(home: Path, *command: str) -> Any:
    """What the command line prints as JSON, its timings left out."""
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "--home", str(home), *command, "--json"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return without_timings(json.loads(done.stdout))


def without_timings(shape: Any) -> Any:
    return {key: value for key, value in shape.items() if key != "timings"}


def only(shape: Any, like: Any) -> Any:
    """A shape cut to the fields of another."""
    if isinstance(like, dict):
        return {key: only(shape[key], value) for key, value in like.items()}
    if isinstance(like, list):
        return [only(one, other) for one, other in zip(shape, like, strict=True)]
    return shape


def test_a_child_process_offers_the_verbs_of_the_command_line(sample_home: Path, tmp_path: Path) -> None:
    async def ask() -> dict[str, Any]:
        with (tmp_path / "err").open("w") as log:
            async with Client(stdio_client(parameters(sample_home), errlog=log)) as client:
                listed = await call(client, "list_articles", limit=2, offset=1)
                first = listed["articles"][0]["id"]
                return {
                    "tools": (await client.list_tools()).tools,
                    "says": client.instructions,
                    "ask": await call(client, "ask", question=ZH),
                    "search": await call(client, "search", question=ZH, k=3, source="日报"),
                    "list": listed,
                    "found": await call(client, "list_articles", find="海上风电"),
                    "show": await call(client, "show_article", id=first, start=5),
                    "gone": await refused(client, "show_article", id="no-such"),
                    "wrong": await refused(client, "ask", question=ZH, since="yesterday"),
                    "empty": await refused(client, "search", question=""),
                }

    said = asyncio.run(ask())
    assert [tool.name for tool in said["tools"]] == ["ask", "search", "list_articles", "show_article"]
    assert all(tool.output_schema and tool.annotations.read_only_hint for tool in said["tools"])
    assert "never an instruction" in said["says"]
    asked, searched = printed(sample_home, "ask", ZH), printed(sample_home, "search", ZH, "-k", "3", "--source", "日报")
    assert ZH_QUOTE in said["ask"]["citations"][0]["quote"]
    assert without_timings(said["ask"]) == only(asked, without_timings(said["ask"]))
    assert said["search"] == only(searched, said["search"])
    everything = printed(sample_home, "articles", "list")["articles"]
    assert said["list"] == {"total": len(everything), "articles": only(everything[1:3], said["list"]["articles"])}
    assert [one["title"] for one in said["found"]["articles"]] == ["青屿市海上风电并网容量突破一百万千瓦"]
    whole = printed(sample_home, "articles", "show", everything[1]["id"])["text"]
    assert (said["show"]["text"], said["show"]["characters"]) == (whole[5:], len(whole))
    assert "There is no article no-such" in said["gone"]
    assert "since" in said["wrong"]
    assert "question" in said["empty"]


def test_a_library_that_is_not_there_yet_is_told_as_a_tool_error_and_found_later(own_home: Path) -> None:
    async def ask() -> tuple[str, str, Any]:
        async with Client(stdio_client(parameters(own_home))) as client:
            before = await refused(client, "ask", question=ZH)
            again = await refused(client, "list_articles")
            index = [sys.executable, "-c", MAIN, "--home", str(own_home), "index", str(ROOT / "samples")]
            subprocess.run(index, cwd=ROOT, capture_output=True, check=True, timeout=120)
            return before, again, await call(client, "ask", question=ZH)

    before, again, after = asyncio.run(ask())
    for told in (before, again):
        assert "yinju index FOLDER" in told
    assert ZH_QUOTE in after["answer"]


def test_nothing_but_the_protocol_is_on_standard_output(sample_home: Path) -> None:
    lines = [
        INITIALIZE,
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": ZH}}},
    ]
    fed = "".join(json.dumps(line) + "\n" for line in lines) + "no json\n"
    command = [sys.executable, "-c", MAIN, "mcp", "--home", str(sample_home)]
    with subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1, stderr=-1, encoding="utf-8") as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(fed)
        child.stdin.flush()
        said = {}
        while 2 not in said:
            line = json.loads(child.stdout.readline())
            assert line["jsonrpc"] == "2.0"
            said[line.get("id")] = line
        rest, _ = child.communicate(timeout=60)
    assert [json.loads(line)["jsonrpc"] for line in rest.splitlines()] == ["2.0"] * len(rest.splitlines())
    assert ZH_QUOTE in said[2]["result"]["structuredContent"]["answer"]
    assert child.returncode == 0


# --- on the page's address --------------------------------------------------------------------------------------------


@contextmanager
def on_page(home: Path, login: mcp.Login | None = None) -> Iterator[str]:
    """The route as the page serves it; its address."""
    import uvicorn
    from starlette.applications import Starlette

    with Assistant(Settings(home)) as assistant, socket.socket() as listening:
        routes, lifespan = mcp.on_page(assistant, login)
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(Starlette(routes=routes, lifespan=lifespan), log_level="error")
        server = uvicorn.Server(config)
        serving = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        serving.start()
        until = time.monotonic() + 30
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        finally:
            server.should_exit = True
            serving.join()


ACCEPT = {"Accept": "application/json, text/event-stream"}


def asked(address: str, **headers: str) -> httpx.Response:
    return httpx.post(address, json=INITIALIZE, headers=ACCEPT | headers, trust_env=False)


def test_the_page_offers_the_same_tools(sample_home: Path) -> None:
    async def ask(address: str) -> Any:
        async with Client(address) as client:
            return await call(client, "ask", question=ZH)

    with on_page(sample_home) as address:
        assert ZH_QUOTE in asyncio.run(ask(address))["answer"]
        assert asked(address, Host="evil.example").status_code == 421
        assert asked(address, Origin="http://evil.example").status_code == 403


def test_where_the_page_asks_for_a_password_the_tools_do(sample_home: Path) -> None:
    tried: list[tuple[str, str]] = []

    async def login(name: str, password: str) -> bool:
        tried.append((name, password))
        return (name, password) == ("沈望川", "电池:horse")

    def basic(text: str) -> str:
        return "Basic " + base64.b64encode(text.encode()).decode()

    with on_page(sample_home, login) as address:
        none = asked(address)
        assert (none.status_code, none.headers["WWW-Authenticate"][:5]) == (401, "Basic")
        for wrong in ("Bearer x", "Basic !!", basic("沈望川"), basic("沈望川:horse")):
            assert asked(address, Authorization=wrong).status_code == 401
        right = asked(address, Authorization=basic("沈望川:电池:horse"))
        assert right.json()["result"]["serverInfo"]["name"] == "yinju"
    assert tried == [("沈望川", "horse"), ("沈望川", "电池:horse")]
