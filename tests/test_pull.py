"""Pulling from a hub on loopback that serves real files by ranges: cut, killed, full, wrong and hostile pulls end well."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from safetensors.numpy import save

from models import ModelError, files, lock

NAME = "multilingual-e5-small"
REPO = "intfloat/multilingual-e5-small"
REVISION = "fd1525a9fd15316a2d503bf26ab031a61d056e98"
WEIGHTS = save({"weight": np.random.default_rng(7).integers(0, 256, 24_000_000, dtype=np.uint8)})
PULL = (str(Path(sys.executable).with_name("yinju")), "models", "pull")
CUT = 15_000_000
KEPT = 14 << 20
"""Where the connection is cut, and what is kept of that: whole MiB."""

CONTENT = {
    "README.md": b"words",
    "config.json": b'{"model_type": "bert"}',
    "modules.json": b'[{"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]',
    "1_Pooling/config.json": b"{}",
    "tokenizer.json": b"{}",
    "special_tokens_map.json": b"{}",
    "sentencepiece.bpe.model": b"pieces",
    "pytorch_model.bin": b"\x80\x04.",
    "onnx/model.safetensors": b"the same in another format",
    "onnx/config.json": b"{}",
    "model.safetensors": WEIGHTS,
}
TAKEN = [name for name in CONTENT if name not in ("README.md", "pytorch_model.bin") and not name.startswith("onnx/")]


@dataclass
class Repository:
    """What the hub holds, what it does wrong, and what it was asked: the path and the first byte wanted of each file."""

    content: dict[str, bytes] = field(default_factory=lambda: dict(CONTENT))
    served: dict[str, bytes] = field(default_factory=dict)
    cut_at: int = 0
    down: bool = False
    goes_down: bool = False
    hold: bool = False
    ranges: bool = True
    held: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def listing(self) -> dict[str, object]:
        """As Hugging Face answers: big files with their SHA-256, small ones with the SHA-1 of git."""
        siblings: list[dict[str, object]] = []
        for name, data in self.content.items():
            git = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
            item: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": git}
            if name.endswith((".safetensors", ".gguf")):
                item["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            siblings.append(item)
        return {"_id": "1", "id": REPO, "sha": REVISION, "siblings": siblings}

    def listing_of_modelscope(self) -> dict[str, object]:
        """As ModelScope answers: every file with its SHA-256, folders too."""
        found: list[dict[str, object]] = [{"Path": "1_Pooling", "Type": "tree", "Size": 0}]
        for name, data in self.content.items():
            known = hashlib.sha256(data).hexdigest()
            found.append({"Path": name, "Type": "blob", "Size": len(data), "Sha256": known})
        return {"Code": 200, "Success": True, "Data": {"Files": found}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def repository(self) -> Repository:
        assert isinstance(self.server, Server)
        return self.server.repository

    def log_message(self, *_: object) -> None:
        pass

    def do_CONNECT(self) -> None:
        self.repository.asked.append((self.path, 0))
        self.answer(502, b"")

    def do_GET(self) -> None:
        repository = self.repository
        if repository.down:
            self.answer(503, b"")
        elif self.path.startswith(f"/api/models/{REPO}/revision/{REVISION}"):
            repository.asked.append(("listing", 0))
            self.answer(200, json.dumps(repository.listing()).encode(), type="application/json")
        elif self.path.startswith(f"/api/v1/models/{REPO}/repo/files?Revision=master"):
            repository.asked.append(("listing", 0))
            self.answer(200, json.dumps(repository.listing_of_modelscope()).encode(), type="application/json")
        elif self.path.startswith(f"/api/v1/models/{REPO}/repo?"):
            self.send_file(parse_qs(urlsplit(self.path).query)["FilePath"][0])
        elif self.path.startswith(f"/{REPO}/resolve/{REVISION}/"):
            self.send_file(self.path.rpartition(f"/{REVISION}/")[2])
        else:
            repository.asked.append((self.path, 0))
            self.answer(404, b"", **{"X-Error-Code": "RepoNotFound"})

    def send_file(self, name: str) -> None:
        repository = self.repository
        data = repository.served.get(name, repository.content[name])
        first = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
        repository.asked.append((name, first))
        first = first if repository.ranges else 0
        span = {"Content-Range": f"bytes {first}-{len(data) - 1}/{len(data)}"} if first else {}
        if not repository.cut_at or not name.endswith(".safetensors"):
            self.answer(206 if first else 200, data[first:], **span)
            return
        self.head(206 if first else 200, len(data) - first, **span)
        self.wfile.write(data[first : repository.cut_at])
        self.wfile.flush()
        repository.cut_at, repository.down = 0, repository.goes_down
        if repository.hold:
            repository.held.set()
            self.rfile.read(1)  # Until the other side is gone.
        self.close_connection = True

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.head(status, len(body), **headers)
        self.wfile.write(body)

    def head(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(length), **headers}.items():
            self.send_header("Content-Type" if name == "type" else name, value)
        self.end_headers()


class Server(ThreadingHTTPServer):
    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that is killed breaks the pipe: as meant."""


@dataclass
class Hub(Repository):
    address: str = ""


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    with Server(hub) as server:
        hub.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield hub
        server.shutdown()
        thread.join()


def environment(hub: Hub, **more: str) -> dict[str, str]:
    """As a person's who has set no switch of the hubs' libraries, save the hub's address."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HF_", "TRANSFORMERS_")) and not name.lower().endswith("_proxy")
    }
    return plain | {"HF_ENDPOINT": hub.address} | more


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000))


@dataclass
class Done:
    code: int
    out: str
    said: str


@pytest.fixture
def models(own_home: Path) -> Path:
    return own_home / "models"


def pull(hub: Hub, *options: str, full: bool = False, **more: str) -> Done:
    """`yinju models pull` in a process of its own."""
    program = [*PULL, NAME, *options]
    done = subprocess.run(
        program,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment(hub, **more),
        preexec_fn=limited if full else None,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def begin(hub: Hub, *options: str, **more: str) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen([*PULL, NAME, *options], env=environment(hub, **more), stdout=quiet, stderr=quiet)


def kill(child: subprocess.Popen[bytes], hub: Hub, come: Callable[[], bool]) -> None:
    """End it at once, where the hub holds the rest back and the first has come; nobody else may pull until then."""
    with child:
        assert hub.held.wait(60)
        waiting = threading.Event()
        assert any(come() or waiting.wait(0.02) for _ in range(3_000))
        second = pull(hub)
        assert second.code == 1
        assert "Another pull is writing into" in second.said
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL


def whole(models: Path) -> bool:
    """All that was wanted is there to the byte, nothing else, and locked."""
    folder = models / NAME
    present = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    same = all((folder / name).read_bytes() == CONTENT[name] for name in TAKEN)
    files.check(folder)
    return (
        same
        and present == sorted([*TAKEN, lock.NAME])
        and [*(models / files.STAGING).iterdir()] == [models / files.STAGING / "lock"]
    )


def partial(models: Path) -> int:
    """Bytes that have come of the weights."""
    path = models / files.STAGING / NAME / hashlib.sha256(WEIGHTS).hexdigest()
    return path.stat().st_size if path.exists() else 0


def test_weights_tokenizer_and_configuration_come_and_are_locked(hub: Hub, models: Path) -> None:
    done = pull(hub, "--json")
    assert (done.code, done.said) == (0, "")
    assert json.loads(done.out) == {"name": NAME, "folder": str(models / NAME), "state": "is here and whole"}
    assert whole(models)
    equal_to_one_before = {"tokenizer.json", "special_tokens_map.json"}
    assert hub.asked == [("listing", 0), *((name, 0) for name in TAKEN if name not in equal_to_one_before)]
    locked = lock.read(models / NAME)
    assert locked
    assert (locked.hub, locked.repo, locked.revision) == ("huggingface", REPO, REVISION)
    sums = {file.file: (file.size, file.sha256) for file in locked.files}
    assert sums == {name: (len(CONTENT[name]), hashlib.sha256(CONTENT[name]).hexdigest()) for name in TAKEN}


def test_what_is_there_is_not_fetched_again_and_what_changed_is(hub: Hub, models: Path) -> None:
    assert pull(hub).code == 0
    del hub.asked[:]
    assert pull(hub).code == 0
    assert hub.asked == [("listing", 0)]
    weights = models / NAME / "model.safetensors"
    before = weights.stat()
    with weights.open("r+b") as file:
        file.seek(12_345_678)
        byte = file.read(1)[0]
        file.seek(12_345_678)
        file.write(bytes([byte ^ 1]))
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(
        ModelError, match=rf"model\.safetensors has changed: .* Fetch it again: yinju models pull {NAME}"
    ):
        files.check(models / NAME)
    del hub.asked[:]
    assert pull(hub).code == 0
    assert hub.asked == [("listing", 0), ("model.safetensors", 0)]
    assert whole(models)


def test_a_connection_that_breaks_once_is_mended_by_the_client(hub: Hub, models: Path) -> None:
    hub.cut_at = CUT
    assert pull(hub).code == 0
    assert hub.asked[-2:] == [("model.safetensors", 0), ("model.safetensors", KEPT)]
    assert whole(models)


def test_a_hub_that_goes_down_is_told_of_and_the_next_pull_goes_on(hub: Hub, models: Path) -> None:
    hub.cut_at, hub.goes_down = CUT, True
    done = pull(hub)
    assert (done.code, done.out) == (1, "")
    assert "503" in done.said
    assert f"What has come is kept: look at the network and run yinju models pull {NAME} again" in done.said
    assert not (models / NAME).exists()
    assert partial(models) == KEPT
    hub.down = False
    del hub.asked[:]
    assert pull(hub).code == 0
    assert hub.asked == [("listing", 0), ("model.safetensors", KEPT)]
    assert whole(models)


def test_a_hub_that_gives_all_when_asked_for_the_rest(hub: Hub, models: Path) -> None:
    hub.cut_at, hub.ranges = CUT, False
    assert pull(hub).code == 0
    assert hub.asked[-2:] == [("model.safetensors", 0), ("model.safetensors", KEPT)]
    assert whole(models)


def test_a_pull_that_is_killed_is_gone_on_with(hub: Hub, models: Path) -> None:
    hub.cut_at, hub.hold = CUT, True
    kill(begin(hub), hub, lambda: partial(models) == KEPT)
    assert not (models / NAME).exists()
    assert partial(models) == KEPT
    hub.hold = False
    del hub.asked[:]
    assert pull(hub).code == 0
    assert hub.asked == [("listing", 0), ("model.safetensors", KEPT)]
    assert whole(models)


def test_wrong_bytes_are_thrown_away(hub: Hub, models: Path) -> None:
    hub.served["model.safetensors"] = WEIGHTS[:-1] + bytes([WEIGHTS[-1] ^ 1])
    done = pull(hub)
    assert done.code == 1
    assert "The bytes that came as model.safetensors are not the file's (its SHA-256 is wrong)" in done.said
    assert not (models / NAME).exists()
    assert partial(models) == 0
    hub.served.clear()
    assert pull(hub).code == 0
    assert whole(models)


def test_wrong_bytes_of_a_small_file_are_thrown_away(hub: Hub, models: Path) -> None:
    hub.served["config.json"] = b'{"model_type": "evil"}'
    done = pull(hub)
    assert done.code == 1
    assert "The bytes that came as config.json are not the file's" in done.said
    assert not (models / NAME).exists()


def test_more_bytes_than_the_hub_said_are_not_taken(hub: Hub, models: Path) -> None:
    hub.served["config.json"] = CONTENT["config.json"] * 1_000
    done = pull(hub)
    assert done.code == 1
    assert f"config.json is longer than the hub says ({len(CONTENT['config.json'])} bytes): not taken" in done.said
    assert not (models / NAME).exists()


def test_a_full_disk_keeps_what_has_come(hub: Hub, models: Path) -> None:
    done = pull(hub, full=True)
    assert done.code == 1
    assert f"The disk is full while {NAME} comes. What has come is kept: free some space and run" in done.said
    assert not (models / NAME).exists()
    assert partial(models) == 5_000_000
    del hub.asked[:]
    assert pull(hub).code == 0
    assert hub.asked == [("listing", 0), ("model.safetensors", 5_000_000)]
    assert whole(models)


def test_a_repository_without_safetensors_gives_nothing(hub: Hub, models: Path) -> None:
    for name in ("model.safetensors", "onnx/model.safetensors"):
        del hub.content[name]
    done = pull(hub)
    assert done.code == 1
    assert f"{REPO} has no weights as safetensors at revision {REVISION}: it was moved or renamed" in done.said
    assert hub.asked == [("listing", 0)]
    assert not (models / NAME).exists()


def test_a_repository_that_is_gone_is_told_of(hub: Hub) -> None:
    done = subprocess.run(
        [*PULL, "bge-m3"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(hub),
    )
    assert done.returncode == 1
    assert f"{hub.address} does not give BAAI/bge-m3: 404 Client Error" in done.stderr
    assert "or take another hub: --from huggingface|modelscope|hf-mirror" in done.stderr
    assert [path.partition("?")[0] for path, _ in hub.asked] == [
        "/api/models/BAAI/bge-m3/revision/80087bf0b7876bc948d3b5677706633f6c795fa2"
    ]


def test_who_has_switched_the_network_off_is_heard(hub: Hub) -> None:
    done = pull(hub, HF_HUB_OFFLINE="1")
    assert done.code == 1
    assert "HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set, so nothing is fetched: unset it" in done.said
    assert not hub.asked


@pytest.mark.parametrize(("name", "host"), [("huggingface", "huggingface.co:443"), ("hf-mirror", "hf-mirror.com:443")])
def test_each_hub_is_asked_where_it_lies(hub: Hub, name: str, host: str) -> None:
    endpoint = "https://huggingface.co" if name == "huggingface" else hub.address
    done = pull(hub, "--from", name, HTTPS_PROXY=hub.address, HF_ENDPOINT=endpoint)
    assert done.code == 1
    assert f"https://{host.partition(':')[0]} does not give {REPO}: 502" in done.said
    assert {path for path, _ in hub.asked} == {host}


def test_modelscope_without_its_client_is_told_how_to_get_it(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "modelscope_hub.py").write_text("raise ImportError('not here')", encoding="utf-8")
    done = pull(hub, "--from", "modelscope", PYTHONPATH=str(tmp_path))
    assert done.code == 1
    assert 'The client of ModelScope is not installed: pip install "yinju[modelscope]"' in done.said


def test_modelscope_gives_the_same_and_is_gone_on_with(hub: Hub, models: Path) -> None:
    pytest.importorskip("modelscope_hub")
    hub.cut_at, hub.hold = CUT, True
    started = begin(hub, "--from", "modelscope", MODELSCOPE_ENDPOINT=hub.address)
    kill(started, hub, lambda: any(path.stat().st_size for path in models.rglob("*.safetensors.incomplete")))
    assert not (models / NAME).exists()
    hub.hold = False
    del hub.asked[:]
    done = pull(hub, "--from", "modelscope", MODELSCOPE_ENDPOINT=hub.address)
    assert (done.code, done.out) == (0, ""), done.said
    assert [name for name, _ in hub.asked] == ["listing", "model.safetensors"]
    assert 0 < hub.asked[1][1] <= CUT
    assert whole(models)
    locked = lock.read(models / NAME)
    assert locked
    assert (locked.hub, locked.repo, locked.revision) == ("modelscope", REPO, "master")


# --- a writer: one file whose SHA-256 is known ------------------------------------------------------------------------

GGUF = b"GGUF" + random.Random(3).randbytes(70_000)
WRITER = """
import sys
from pathlib import Path
from models import ModelError
from models.catalogue import Entry
from models.pull import pull

entry = Entry("writer", "writer", sys.argv[2], sys.argv[3], "Apache-2.0", 1, 512, file=sys.argv[4], sha256=sys.argv[5])
try:
    print(pull(entry, Path(sys.argv[1]), progress=lambda *told: print(*told)))
except ModelError as problem:
    sys.exit(str(problem))
"""


def pull_writer(hub: Hub, models: Path, *, file: str = "writer-q4_k_m.gguf", sha256: str = "") -> Done:
    hub.content = {"writer-q4_k_m.gguf": GGUF, "writer-q8_0.gguf": GGUF * 2}
    known = sha256 or hashlib.sha256(GGUF).hexdigest()
    program = [sys.executable, "-c", WRITER, str(models), REPO, REVISION, file, known]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False, env=environment(hub))
    return Done(done.returncode, done.stdout, done.stderr)


def test_a_writer_is_its_one_file(hub: Hub, models: Path) -> None:
    done = pull_writer(hub, models)
    assert done.code == 0, done.said
    size = len(GGUF)
    assert done.out.splitlines() == [f"{size} {size}", str(models / "writer")]
    assert files.gguf("writer", models).read_bytes() == GGUF
    assert sorted(path.name for path in (models / "writer").iterdir()) == ["models.lock", "writer-q4_k_m.gguf"]


def test_a_file_that_is_not_the_known_one_is_not_even_begun(hub: Hub, models: Path) -> None:
    done = pull_writer(hub, models, sha256="0" * 64)
    assert done.code == 1
    assert "writer-q4_k_m.gguf of intfloat/multilingual-e5-small is another file than the one known" in done.said
    assert hub.asked == [("listing", 0)]


def test_a_file_that_was_renamed_is_told_of(hub: Hub, models: Path) -> None:
    done = pull_writer(hub, models, file="writer-q5_k_m.gguf")
    assert done.code == 1
    assert f"{REPO} has no writer-q5_k_m.gguf at revision {REVISION}: it was moved or renamed" in done.said
    assert "yinju models add FILE" in done.said
