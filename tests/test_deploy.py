"""The image and the services of a team, by their shape: they are not built here, so what can be checked without that is."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from index.engines.sessions import Address
from rag.settings import KINDS, Settings
from ui.cli import app
from ui.web.gate import is_open

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with what follows each, lines joined."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [
        (name, " ".join(rest.split()))
        for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)
    ]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"])


def parses(words: list[str]) -> None:
    """Raises what the command line says of words that it does not take."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("yinju", list(words))
    name, chosen, rest = command.resolve_command(context, context._protected_args + context.args)
    chosen.make_context(name, rest, parent=context)


def test_the_image_keeps_to_what_its_linters_ask(steps: list[tuple[str, str]]) -> None:
    named = [name for name, _ in steps]
    assert named[0] == "FROM"
    assert re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*", steps[0][1])  # a version, not "latest"
    assert "ADD" not in named
    assert named.count("CMD") == named.count("ENTRYPOINT") == named.count("HEALTHCHECK") == 1
    runs = [rest for name, rest in steps if name == "RUN"]
    for run in runs:
        assert "sudo" not in run
        if "apt-get install" in run:
            assert {"--yes", "--no-install-recommends"} <= set(run.split())
            assert "rm -rf /var/lib/apt/lists/*" in run
        if "pip install" in run:
            assert "--no-cache-dir" in run
    users = [at for at, (name, rest) in enumerate(steps) if name == "USER" and rest not in ("root", "0")]
    assert users
    assert all(at < users[0] for at, (name, _) in enumerate(steps) if name in ("RUN", "COPY"))


def test_what_the_image_copies_and_installs_is_there(steps: list[tuple[str, str]]) -> None:
    for sources in (rest.split()[:-1] for name, rest in steps if name == "COPY"):
        assert all((ROOT / source).exists() for source in sources)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    asked = re.search(r'"\.\[(.*?)\]"', " ".join(rest for _, rest in steps))
    assert asked
    assert set(asked[1].split(",")) <= set(extras)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages <= {source for name, rest in steps if name == "COPY" for source in rest.split()[:-1]}


def test_its_command_and_its_health_are_ours(steps: list[tuple[str, str]]) -> None:
    told = dict(steps)
    assert json.loads(told["ENTRYPOINT"]) == ["yinju"]
    parses(json.loads(told["CMD"]))
    path = re.search(r"127\.0\.0\.1:(\d+)(/\w+)", told["HEALTHCHECK"])
    assert path
    assert (path[1], is_open(path[2])) == (told["EXPOSE"], True)
    for name in re.findall(r"YINJU_(\w+)=", told["ENV"]):
        assert name.lower() in {*KINDS, "home"}


def test_the_services_ask_for_what_there_is(services: dict[str, Any]) -> None:
    volumes = set(yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["volumes"])
    for name, service in services.items():
        image = str(service["image"])
        assert image == "yinju" or re.search(r":\$\{\w+:\?", image), f"{name} names no version"
        assert set(service.get("depends_on", {})) <= set(services)
        assert service["restart"] == "unless-stopped"
        for mount in service.get("volumes", []):
            source = re.sub(r"\$\{.*?\}", "./", mount).split(":")[0]
            assert source in volumes or source == "./" or (DEPLOY / source).exists(), mount
        if image == "yinju":
            parses(service["command"])
    assert all("127.0.0.1:" in port for service in services.values() for port in service.get("ports", []))


def test_no_secret_stands_there_and_the_settings_are_ours(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            assert "PASSWORD" not in name or str(value).startswith("${")
    text = (DEPLOY / "settings.toml").read_text(encoding="utf-8")
    for written in (text, re.sub(r"(?m)^# (?=\w+ = )", "", text)):
        told = tomllib.loads(written)
        Settings(DEPLOY, **told)
        address = Address.of(told["store"])
        assert address.host in services
        assert (address.user, address.password) == ("root@test", "PASSWORD")
