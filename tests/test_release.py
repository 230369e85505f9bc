"""What is released: the wheel holds what is needed at run time and nothing else, and answers from an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from bench import release

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    pytest.importorskip("hatchling", reason="needs hatchling, which the dev extra brings")
    return release.build(tmp_path_factory.mktemp("dist"))


def test_the_wheel_holds_what_is_needed_and_nothing_else(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert {name.partition("/")[0] for name in names} == {"index", "models", "rag", "ui", "yinju"}
    for needed in (
        "models/bundled/embedder/0_StaticEmbedding/model.safetensors", "models/bundled/lexicon/README.md", "ui/web/page.css", "ui/web/page.js",
        "rag/py.typed", "yinju/__init__.py",
    ):  # fmt: skip
        assert needed in names
    assert not [name for name in names if name.startswith("models/training/") or "__pycache__" in name]


def test_the_sdist_holds_tests_and_docs(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {
        "tests/test_release.py",
        "docs/python.md",
        "CONTRIBUTING.md",
        "Makefile",
        "pyproject.toml",
        "LICENSE",
    } <= names


def test_the_wheel_answers_from_an_environment_of_its_own(built: tuple[Path, Path], tmp_path: Path) -> None:
    """The libraries are those of this environment, read from where they lie; Yinju itself comes from the wheel alone."""
    made = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made)], check=True)
    python = made / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "-q",
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
        str(built[0]),
    ]
    subprocess.run(install, check=True)
    (packages,) = made.rglob("site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    outside = [str(python), "-c", "import rag, yinju; print(rag.__file__, yinju.__file__)"]
    placed = subprocess.run(outside, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert placed.count(str(made)) == 2, "the wheel is not what is imported"
    assert release.ANSWER in release.ask([str(python.with_name("yinju"))], tmp_path)


def test_a_python_without_ensurepip_and_without_apt_is_told_what_to_install(tmp_path: Path) -> None:
    made = tmp_path / "venv"
    lacking = "import runpy, sys; sys.modules['ensurepip'] = None; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-c", lacking, str(ROOT / "bench" / "venv.py"), str(made)]
    done = subprocess.run(command, env={"PATH": ""}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert (
        done.stderr
        == "This Python cannot make environments: it lacks ensurepip. Install it: sudo apt-get install python3-venv\n"
    )
    assert not made.exists()


def test_versions_are_the_same_everywhere() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    newest = next(line for line in (ROOT / "CHANGELOG.md").read_text("utf-8").splitlines() if line.startswith("## ["))
    assert newest.startswith(f"## [{version}] - ")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {version}\n" in citation
    assert f"date-released: {newest.rpartition(' ')[2]}\n" in citation
