"""`python3 bench/venv.py FOLDER`: a virtual environment with pip, also where Debian left ensurepip out of Python.

Debian keeps the pip that `python3 -m venv` installs in packages of their own. This unpacks the one that holds pip's wheel
in a folder of its own, which needs no root, and lets that pip install itself. Imports the standard library alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

WHEEL = "python3-pip-whl"  # Debian's and Ubuntu's package with pip as a wheel
MISSING = "This Python cannot make environments: it lacks ensurepip. Install it: sudo apt-get install python3-venv"


def packaged_pip(folder: Path) -> Path:
    """Debian's wheel of pip, fetched and unpacked in this folder; OSError or CalledProcessError where there is no apt."""
    lists, cache = folder / "lists", folder / "cache"
    for needed in (lists / "partial", cache / "archives" / "partial"):
        needed.mkdir(parents=True)
    apt = ["apt-get", "-qq", "-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={cache}"]
    apt += ["-o", "APT::Sandbox::User="]  # As root, apt would fetch as a user who may not write here.
    for words in (["update"], ["download", WHEEL]):
        subprocess.run([*apt, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (package,) = folder.glob("*.deb")
    subprocess.run(["dpkg-deb", "--extract", str(package), str(folder / "unpacked")], check=True)
    (wheel,) = (folder / "unpacked").rglob("pip-*.whl")
    return wheel


def main() -> None:
    made = Path(sys.argv[1])
    if find_spec("ensurepip"):
        subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
        return
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made)], check=True)
    try:
        with tempfile.TemporaryDirectory(prefix="yinju-pip-") as name:
            path = os.environ | {"PYTHONPATH": str(packaged_pip(Path(name)))}
            install = [str(made / "bin" / "python"), "-m", "pip", "install", "--quiet", "pip"]
            subprocess.run(install, check=True, env=path)
    except (OSError, ValueError, subprocess.CalledProcessError):
        shutil.rmtree(made)
        raise SystemExit(MISSING) from None


if __name__ == "__main__":
    main()
