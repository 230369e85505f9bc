"""The architecture, read from the code itself: who may import whom, who owns which library, what may not be written."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("yinju", "index", "models", "rag", "ui")
ERRORS = Path("yinju/__init__.py")
MODULES = sorted(path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
EVERYWHERE = MODULES + sorted(
    path.relative_to(ROOT) for folder in ("bench", "tests") for path in (ROOT / folder).rglob("*.py")
)

MAY_IMPORT = {
    "yinju": {"yinju"},
    "index": {"index", "yinju"},
    "models": {"models", "yinju"},
    "rag": {"rag", "index", "models", "yinju"},
    "ui": {"ui", "rag", "index", "models", "yinju"},
}

# Who may import a heavy library at all. Training is a program of its own: whoever starts it waits for torch anyway.
OWNERS = {
    "faiss": ("index/vectors.py",),
    "langchain_text_splitters": ("index/passages.py",),
    "lxml": ("index/formats/",),
    "openpyxl": ("index/formats/sheets.py",),
    "pypdfium2": ("index/formats/pdf.py",),
    "cv2": ("index/formats/recognition.py",),
    "onnx": ("models/training/",),
    "onnxruntime": ("index/formats/recognition.py",),
    "rapidocr": ("index/formats/recognition.py",),
    "rensa": ("index/duplicates.py",),
    "watchfiles": ("rag/upkeep/watching.py",),
    "sentence_transformers": ("models/embedder.py", "models/reranker.py", "models/training/"),
    "torch": ("models/embedder.py", "models/reranker.py", "models/training/"),
    "transformers": ("models/embedder.py", "models/training/"),
    "huggingface_hub": ("models/hubs.py",),
    "modelscope_hub": ("models/hubs.py",),
    "llama_cpp": ("models/llm/llama_cpp_python.py",),
    "xllamacpp": ("models/llm/xllamacpp.py",),
    "jinja2": ("models/llm/template.py",),
    "gradio": ("ui/web/",),
    "matplotlib": ("ui/evaluation.py",),
    "docx": ("index/formats/", "ui/export.py"),
    "mcp": ("ui/mcp.py",),
}
HEAVY = (*OWNERS, "scipy", "pandas", "fastapi", "httpx", "filelock")

INTERNAL = {("index/segments.py", "CacheError")}  # caught where it is raised, by who can make anew what is damaged

# Who may delete a file, and what: everything that a reader put or was shown somewhere stays.
DELETES = {
    "index/folder.py": "the cache of a library",
    "index/segments.py": "its own segments in that cache",
    "models/files.py": "a model that the reader removes, and what a copy that was cut has left",
    "models/lock.py": "its own new file, where it could not be put in place",
    "models/pull.py": "what it fetched itself and found wrong",
    "ui/auth.py": "its own new file, where it could not be put in place",
}

VAGUE = ("util", "utils", "manager", "service", "factory", "base", "helper", "helpers", "common", "misc")
FORBIDDEN_MODULES = ("pickle", "cPickle", "dill", "shelve", "marshal")
FORBIDDEN_CALLS = ("eval", "exec", "compile", "__import__")
MAY_NAME_A_HOST = ("models/hubs.py",)
MAY_PRINT = ("ui/", "models/training/")
LONGEST = 50

HELP_SECONDS = 1.0


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def imports(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module imported anywhere below a node, with its line."""
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"relative import in line {child.lineno}"
            yield child.module or "", child.lineno


def at_start(module: ast.Module) -> Iterator[tuple[str, int]]:
    """What importing the module imports: all that stands outside functions and TYPE_CHECKING."""
    waiting: list[ast.AST] = list(module.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from imports(node)
        else:
            waiting += ast.iter_child_nodes(node)


def root(module: str) -> str:
    return module.partition(".")[0]


def named(path: Path) -> str:
    return path.as_posix()


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_imports_only_go_down(path: Path) -> None:
    allowed = MAY_IMPORT[path.parts[0]]
    wrong = [
        f"{path}:{line} imports {module}"
        for module, line in imports(tree(path))
        if root(module) in PACKAGES and root(module) not in allowed
    ]
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_one_file_owns_each_heavy_library(path: Path) -> None:
    wrong = [
        f"{path}:{line} imports {module}, which belongs to {OWNERS[root(module)]}"
        for module, line in imports(tree(path))
        if root(module) in OWNERS and not path.as_posix().startswith(OWNERS[root(module)])
    ]
    assert not wrong


@pytest.mark.parametrize("path", [p for p in MODULES if "training" not in p.parts], ids=named)
def test_heavy_libraries_are_imported_inside_functions(path: Path) -> None:
    wrong = [f"{path}:{line} imports {module}" for module, line in at_start(tree(path)) if root(module) in HEAVY]
    assert not wrong


@pytest.mark.timed
def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import json, sys\n"
        "from ui.cli import app\n"
        "app(['--help'], standalone_mode=False)\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
        seconds.append(time.perf_counter() - started)
    assert "ask" in done.stdout
    loaded = {root(module) for module in json.loads(done.stderr.splitlines()[-1])}
    assert not loaded & {*HEAVY, "numpy", "tokenizers", "safetensors", "rich"}
    assert min(seconds) < HELP_SECONDS


@pytest.mark.parametrize("path", EVERYWHERE, ids=named)
def test_names_say_what_a_thing_is(path: Path) -> None:
    words = set(path.stem.split("_"))
    assert not words & set(VAGUE), f"{path} has a name that says nothing"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            assert not node.name.lower().endswith(VAGUE), f"{path}:{node.lineno} class {node.name}"


@pytest.mark.parametrize("path", EVERYWHERE, ids=named)
def test_functions_fit_a_screen(path: Path) -> None:
    wrong = [
        f"{path}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST
    ]
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_each_module_says_its_idea_first(path: Path) -> None:
    first = (ast.get_docstring(tree(path)) or "").partition("\n")[0]
    assert 10 <= len(first) <= 160, f"{path} needs a first line that says what it is for"
    assert first.endswith((".", ":", "。")) or first[-1].isalnum()


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_nothing_runs_what_it_reads(path: Path) -> None:
    module = tree(path)
    unsafe = [f"{path}:{line} {name}" for name, line in imports(module) if root(name) in FORBIDDEN_MODULES]
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            unsafe.append(f"{path}:{node.lineno} {node.func.id}()")
        for keyword in node.keywords:
            value = keyword.value
            if keyword.arg in ("shell", "allow_pickle", "trust_remote_code") and (
                not isinstance(value, ast.Constant) or value.value is not False
            ):
                unsafe.append(f"{path}:{node.lineno} {keyword.arg}={ast.unparse(value)}")
    assert not unsafe


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_errors_for_people_are_one_tree(path: Path) -> None:
    """A class that is raised for people must not be caught where a mistake of the code is, nor the other way round."""
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.ClassDef) or not node.name.endswith("Error") or path == ERRORS:
            continue
        bases = {ast.unparse(base) for base in node.bases}
        internal = (path.as_posix(), node.name) in INTERNAL
        assert internal or bases & {"YinjuError", "ModelError"}, (
            f"{path}:{node.lineno} {node.name} stands outside the tree"
        )
        assert not bases & {"ValueError", "LookupError", "OSError", "RuntimeError"}, f"{path}:{node.lineno}"
        assert internal or node.name in (ROOT / ERRORS).read_text(encoding="utf-8"), (
            f"{node.name} is not drawn in {ERRORS}"
        )


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_few_may_delete(path: Path) -> None:
    """`rmtree`, `unlink` and the like, called on a module, a path or a file, whatever it is named."""
    names = {"rmtree", "unlink", "remove", "rmdir", "removedirs"}
    deleting = [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
        if node.func.attr != "remove" or ast.unparse(node.func.value) == "os"
    ]
    assert bool(deleting) == (path.as_posix() in DELETES), f"{path}: lines {deleting} delete"


@pytest.mark.parametrize("path", [p for p in MODULES if p.as_posix() not in MAY_NAME_A_HOST], ids=named)
def test_no_module_names_a_host(path: Path) -> None:
    """A host in the code is one step from a request to it: only the module that asks the hubs has one. Patterns such as
    https?:// name none; nor do docstrings."""
    module = tree(path)
    documented = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            for scheme in ("http://", "https://", "ws://", "wss://"):
                host = node.value.partition(scheme)[2]
                outside = host[:1].isalnum() and not host.startswith(("127.0.0.1", "localhost"))
                assert not outside, f"{path}:{node.lineno} names {scheme}{host}"


UNSHARED = ("rag/evidence.py", "rag/places.py", "models/training/")  # two that are to go; a program of its own


@pytest.mark.parametrize("path", [p for p in MODULES if not p.as_posix().startswith(UNSHARED)], ids=named)
def test_scripts_have_one_table(path: Path) -> None:
    """Seven classes of Han characters took different ones for Han; `index/text/scripts.py` has the only one."""
    source = (ROOT / path).read_text(encoding="utf-8")
    if path != Path("index/text/scripts.py"):
        assert not re.search(r"\\u4e00|\\u3400|[一㐀]-[\u9fa5-\u9fff]", source)


def test_the_hubs_are_asked_by_a_pull_alone() -> None:
    asking = {
        module: [path.as_posix() for path in MODULES if any(name == module for name, _ in _named_imports(tree(path)))]
        for module in ("models.hubs", "models.pull")
    }
    assert asking == {"models.hubs": ["models/pull.py"], "models.pull": ["ui/models.py"]}


def _named_imports(node: ast.AST) -> Iterator[tuple[str, int]]:
    """As :func:`imports`, and each name of `from package import name` as a module of its own."""
    yield from imports(node)
    for child in ast.walk(node):
        if isinstance(child, ast.ImportFrom):
            yield from ((f"{child.module}.{alias.name}", child.lineno) for alias in child.names)


@pytest.mark.parametrize("path", [p for p in MODULES if not p.as_posix().startswith(MAY_PRINT)], ids=named)
def test_only_faces_print(path: Path) -> None:
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    assert not [node.lineno for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]


def test_our_package_names_are_nobody_elses() -> None:
    owners = importlib.metadata.packages_distributions()
    for package in PACKAGES:
        assert set(owners.get(package, [])) <= {"yinju"}, f"another distribution installs {package}"


def test_the_installed_packages_are_these() -> None:
    for package in PACKAGES:
        module = __import__(package)
        assert module.__file__ is not None
        assert Path(module.__file__) == ROOT / package / "__init__.py"
