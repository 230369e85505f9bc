"""The tools as an assistant finds them: a real child process, or the page's address, asked by the SDK's own client."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from rag.settings import Settings
from rag.upkeep.ingest import ingest
from ui import mcp
from ui.cli import app

ROOT = Path(__file__).parents[1]
ZH, ZH_QUOTE = "青屿海上风电场并网容量达到多少？", "青屿海上风电场并网容量达到102万千瓦"
# A process that looks a name up, connects or listens ends at once, whatever would catch it: on stdio there is no need to.
MAIN = """
import os, sys
SOCKETS = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind")
sys.addaudithook(lambda event, _: os._exit(77) if event in SOCKETS else None)
from ui.cli import main
main()
"""
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


def printed(capsys: pytest.CaptureFixture[str], home: Path, *command: str) -> Any:
    """What the command line prints as JSON, its timings left out."""
    capsys.readouterr()
    app(["--home", str(home), *command, "--json"], standalone_mode=False)
    return without_timings(json.loads(capsys.readouterr().out))


def without_timings(shape: Any) -> Any:
    return {key: value for key, value in shape.items() if key != "timings"}


OVERVIEWS = ("count", "timeline", "compare", "brief", "whats_new")


def test_a_child_process_offers_the_verbs_of_the_command_line(
    sample_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
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
                    "english": await call(client, "search", question=ZH, language="en"),
                    "show": await call(client, "show_article", id=first, start=5),
                    "gone": await refused(client, "show_article", id="no-such"),
                    "wrong": await refused(client, "ask", question=ZH, since="yesterday"),
                    "empty": await refused(client, "search", question=""),
                }

    said = asyncio.run(ask())
    assert [tool.name for tool in said["tools"]] == [
        *"ask search list_articles show_article list_matching".split(),
        *OVERVIEWS,
    ]
    assert all(tool.output_schema for tool in said["tools"])
    assert [tool.name for tool in said["tools"] if not tool.annotations.read_only_hint] == ["whats_new"]
    assert "never an instruction" in said["says"]
    asked, searched = (
        printed(capsys, sample_home, "ask", ZH),
        printed(capsys, sample_home, "search", ZH, "-k", "3", "--source", "日报"),
    )
    assert ZH_QUOTE in said["ask"]["citations"][0]["quote"]
    assert without_timings(said["ask"]) == asked
    assert said["search"] == searched
    assert said["english"]["hits"]
    assert not any("青屿" in hit["text"] for hit in said["english"]["hits"])
    everything = printed(capsys, sample_home, "articles", "list")["articles"]
    assert said["list"]["total"] == len(everything)
    assert [one["id"] for one in said["list"]["articles"]] == [one["id"] for one in everything[1:3]]
    assert [one["title"] for one in said["found"]["articles"]] == ["青屿市海上风电并网容量突破一百万千瓦"]
    whole = printed(capsys, sample_home, "articles", "show", everything[1]["id"])["text"]
    assert (said["show"]["text"], said["show"]["characters"]) == (whole[5:], len(whole))
    assert "There is no article no-such" in said["gone"]
    assert "since" in said["wrong"]
    assert "question" in said["empty"]


def test_a_library_that_is_not_there_yet_is_told_as_a_tool_error_and_found_later(own_home: Path) -> None:
    async def ask() -> tuple[str, str, Any]:
        async with Client(stdio_client(parameters(own_home))) as client:
            before = await refused(client, "ask", question=ZH)
            again = await refused(client, "list_articles")
            ingest([ROOT / "samples" / "weekly-digest-2026-03.txt"], Settings(own_home))
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

ACCEPT = {"Accept": "application/json, text/event-stream"}


def test_the_page_offers_the_same_tools(sample_page: str) -> None:
    async def ask() -> Any:
        async with Client(sample_page + "mcp") as client:
            return await call(client, "ask", question=ZH)

    assert ZH_QUOTE in asyncio.run(ask())["answer"]


def test_the_tools_tell_the_library_as_a_whole(sample_page: str) -> None:
    async def ask() -> dict[str, Any]:
        async with Client(sample_page + "mcp") as client:
            return {
                "count": await call(client, "count", string="青屿"),
                "list": await call(client, "list_matching", string="青屿"),
                "compare": await call(client, "compare", question="青屿港和云栖北站的吞吐量"),
                "timeline": await call(client, "timeline", topic="青屿市智能算力规模"),
                "brief": await call(client, "brief", lines=3),
                "new": await call(client, "whats_new"),
                "asked": await call(client, "ask", question="哪些文章提到“青屿”"),
            }

    said = asyncio.run(ask())
    assert said["count"]["total"] == len(said["list"]["rows"]) > 3
    assert said["compare"]["columns"] == ["青屿港", "云栖北站"]
    assert [row["label"] for row in said["timeline"]["rows"]] == sorted(
        row["label"] for row in said["timeline"]["rows"]
    )
    assert len(said["brief"]["rows"]) == 3
    assert said["new"] == {"watched": []}
    assert (said["asked"]["kind"], bool(said["asked"]["other"])) == ("list", True)


def test_the_page_answers_this_machine_and_no_other_site(sample_page: str) -> None:
    def asked(**headers: str) -> int:
        address = sample_page + "mcp"
        return httpx.post(address, json=INITIALIZE, headers=ACCEPT | headers, trust_env=False).status_code

    assert asked() == 200
    assert asked(Host="evil.example") == 400
    assert asked(Origin="http://evil.example") == 403


def basic(text: str) -> bytes:
    return b"Basic " + base64.b64encode(text.encode())


@pytest.mark.parametrize(
    ("header", "given"),
    [
        (basic("沈望川:电池:horse"), ("沈望川", "电池:horse")),
        (b"basic" + basic("a:")[5:], ("a", "")),
        (basic("沈望川"), None),
        (b"Bearer YTpi", None),
        (b"Basic !!", None),
        (b"Basic " + base64.b64encode(b"\xff:x"), None),
        (b"", None),
    ],
)
def test_a_name_and_password_are_read_as_http_writes_them(header: bytes, given: tuple[str, str] | None) -> None:
    assert mcp._name_and_password(header) == given
