"""`make app`: builds dist/Yinju/, a folder that answers and opens the page with no Python, and measures it.

Prints its size, the time from a cold start to the page and to a first answer on the samples. PyTorch stays out: the
bundled embedder needs none, and a bigger one needs an installation by pip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.release import ANSWER, QUESTION

ROOT = Path(__file__).parents[1]
APP = ROOT / "dist" / "Yinju"
PROGRAM = APP / ("Yinju.exe" if sys.platform == "win32" else "Yinju")

OURS = ("index", "models", "rag", "ui", "yinju")
WITH_FILES = (
    "gradio",
    "gradio_client",
    "groovy",
    "safehttpx",
    "opencc",
    "pypinyin",
    "docx",
    "langchain_text_splitters",
)
"""Libraries that read files of their own package, which no import names."""
NAMED = ("opencc", "pypinyin")
"""Libraries that are looked up by name."""
WITH_VERSION = ("yinju", "gradio", "gradio_client", "mcp", "huggingface_hub")
"""Distributions whose version is asked for at run time."""
LEFT_OUT = ("torch", "transformers", "sentence_transformers", "matplotlib", "onnx", "playwright",
            "pytest", "hypothesis", "mypy", "rapidfuzz", "hf_xet", "IPython", "tkinter", "xllamacpp", "models.training")  # fmt: skip
MENTIONED = "黑脸琵鹭"
"""Stands in one of the samples, in what a brief tells of it as well."""
HOOK = 'module_collection_mode = "py"\n'
"""Gradio reads the source of its own modules when a page is built, so they lie in the app as source."""


def modules() -> list[str]:
    """Every module of ours that is needed at run time: many are imported in functions, some by name in a new process."""
    files = [path.relative_to(ROOT).with_suffix("") for package in OURS for path in (ROOT / package).rglob("*.py")]
    named = [".".join(path.parts).removesuffix(".__init__") for path in files]
    return sorted(name for name in named if not name.startswith("models.training"))


def command(work: Path) -> list[str]:
    """PyInstaller's command line for the app, its own files in the folder ``work``."""
    hooks = work / "hooks"
    hooks.mkdir(parents=True, exist_ok=True)
    (hooks / "hook-gradio.py").write_text(HOOK, encoding="utf-8")
    words = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "ERROR", "--name", "Yinju"]
    words += ["--distpath", str(APP.parent), "--workpath", str(work), "--specpath", str(work)]
    words += ["--additional-hooks-dir", str(hooks), "--collect-submodules", "gradio"]
    each = {
        "--hidden-import": [*modules(), *NAMED],
        "--collect-data": [*OURS, *WITH_FILES],
        "--copy-metadata": WITH_VERSION,
        "--exclude-module": LEFT_OUT,
    }
    words += [word for flag, names in each.items() for name in names for word in (flag, name)]
    return [*words, str(ROOT / "ui" / "app.py")]


def build() -> None:
    """dist/Yinju/, made anew."""
    shutil.rmtree(APP, ignore_errors=True)
    subprocess.run(command(ROOT / "build"), check=True, cwd=ROOT)
    shutil.rmtree(ROOT / "build")


def size(folder: Path) -> int:
    """Bytes of all its files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def quiet() -> dict[str, str]:
    """An environment in which no Python is found, and no setting of whoever builds."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "YINJU_", "VIRTUAL_ENV"))
    }
    return kept | {"PATH": "/nowhere"}


def ask(home: Path) -> tuple[float, float]:
    """Seconds to index the samples from a cold start, and to answer a question in a process of its own."""
    started = time.monotonic()
    run(["index", str(ROOT / "samples"), "--home", str(home)])
    indexed = time.monotonic()
    answer = run(["ask", QUESTION, "--home", str(home)])
    if ANSWER not in answer:
        raise SystemExit(f"the app answers {answer!r}")
    for words in (["list", MENTIONED], ["brief"]):
        if MENTIONED not in (told := run([*words, "--home", str(home)])):
            raise SystemExit(f"the app tells of {words}: {told!r}")
    return indexed - started, time.monotonic() - indexed


def run(words: list[str]) -> str:
    """What the app prints for these words."""
    done = subprocess.run([PROGRAM, *words], env=quiet(), capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def opened(home: Path, port: int = 7897) -> float:
    """Seconds from the start to a page that answers."""
    started = time.monotonic()
    serving = [str(PROGRAM), "ui", "--port", str(port), "--home", str(home)]
    with subprocess.Popen(serving, env=quiet(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as page:
        try:
            while page.poll() is None:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/config", timeout=5) as answer:
                        answer.read()
                    return time.monotonic() - started
                except (urllib.error.URLError, ConnectionError, TimeoutError):
                    time.sleep(0.05)
            raise SystemExit(f"the page of the app did not open: {page.stderr.read().decode() if page.stderr else ''}")
        finally:
            page.terminate()


def main() -> None:
    started = time.monotonic()
    build()
    print(f"{APP.relative_to(ROOT)}: {size(APP) / 1e6:.0f} MB, built in {time.monotonic() - started:.0f} s")
    with tempfile.TemporaryDirectory(prefix="yinju-app-") as name:
        home = Path(name) / "home"
        indexed, answered = ask(home)
        print(
            f"indexes the samples in {indexed:.1f} s, answers {ANSWER} in {answered:.1f} s, opens the page in {opened(home):.1f} s"
        )


if __name__ == "__main__":
    main()
