"""`make dist`: builds wheel and sdist into dist/, installs the wheel into an empty environment and asks it the samples.

Once with each of pip, pipx and uv that is here. The environments are thrown away.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
QUESTION, ANSWER = "青屿海上风电场并网容量达到多少？", "102万千瓦"


def build(folder: Path) -> tuple[Path, Path]:
    """Wheel and sdist in a folder, which is made."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    (wheel,), (sdist,) = folder.glob("yinju-*.whl"), folder.glob("yinju-*.tar.gz")
    return wheel, sdist


def ask(yinju: Sequence[str], folder: Path) -> str:
    """What an installed yinju answers after it has indexed the samples, run in a folder outside of the project."""
    home = ["--home", str(folder / "home")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "YINJU_"))}
    for words in (["index", str(ROOT / "samples")], ["ask", QUESTION]):
        done = subprocess.run(
            [*yinju, *words, *home], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def installers(wheel: Path, torch: str, folder: Path) -> Iterator[tuple[str, list[list[str]], Path]]:
    """Each way to install that is here: its name, its commands, and where they put the command yinju."""
    made = folder / "pip"
    python = str(made / "bin" / "python")
    yield (
        "pip",
        [
            [sys.executable, str(ROOT / "bench" / "venv.py"), str(made)],
            [python, "-m", "pip", "install", "-q", torch, str(wheel)],
        ],
        made / "bin" / "yinju",
    )
    if shutil.which("uv"):
        made = folder / "uv"
        python = str(made / "bin" / "python")
        install = ["uv", "pip", "install", "-q", "--python", python, torch, str(wheel)]
        yield "uv", [["uv", "venv", "-q", "--python", sys.executable, str(made)], install], made / "bin" / "yinju"
    if shutil.which("pipx"):
        yield "pipx", [["pipx", "install", "--preinstall", torch, str(wheel)]], folder / "pipx" / "bin" / "yinju"


def main() -> None:
    torch = sys.argv[1] if len(sys.argv) > 1 else "torch"
    for earlier in (ROOT / "dist").glob("yinju-*"):
        earlier.unlink()
    wheel, sdist = build(ROOT / "dist")
    for file in (wheel, sdist):
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1e6:.1f} MB")
    with tempfile.TemporaryDirectory(prefix="yinju-dist-") as name:
        folder = Path(name)
        kept = os.environ | {"PIPX_HOME": str(folder / "pipx" / "home"), "PIPX_BIN_DIR": str(folder / "pipx" / "bin")}
        for called, commands, yinju in installers(wheel, torch, folder):
            started = time.monotonic()
            for command in commands:
                subprocess.run(command, check=True, env=kept, cwd=folder)
            installed = time.monotonic() - started
            (folder / f"asked with {called}").mkdir()
            answer = ask([str(yinju)], folder / f"asked with {called}")
            if ANSWER not in answer:
                raise SystemExit(f"{called}: the installed yinju answers {answer!r}")
            print(f"{called}: installed in {installed:.0f} s, answers {ANSWER}")
        missing = [name for name in ("uv", "pipx") if not shutil.which(name)]
        if missing:
            print(f"not tried, as they are not here: {', '.join(missing)}")


if __name__ == "__main__":
    main()
