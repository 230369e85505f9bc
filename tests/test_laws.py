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
from functools import cache
from pathlib import Path

import pytest

from index.text.units import MEASURE_WORDS

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
    "onnxruntime": ("index/formats/recognition.py", "models/reader.py"),
    "onnx": ("models/training/",),
    "rapidocr": ("index/formats/recognition.py",),
    "pymysql": ("index/engines/sessions.py",),
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
    "sklearn": ("rag/whole/grouping.py",),
    "gradio": ("ui/web/",),
    "matplotlib": ("ui/evaluation.py",),
    "docx": ("index/formats/", "ui/export.py"),
    "mcp": ("ui/mcp.py",),
    "prometheus_client": ("ui/web/health.py",),
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
    "ui/names.py": "its own new file, where it could not be put in place",
}

VAGUE = ("util", "utils", "manager", "service", "factory", "base", "helper", "helpers", "common", "misc")
FORBIDDEN_MODULES = ("pickle", "cPickle", "dill", "shelve", "marshal")
FORBIDDEN_CALLS = ("eval", "exec", "compile", "__import__")
MAY_NAME_A_HOST = ("models/hubs.py",)
MAY_PRINT = ("ui/", "models/training/")
LONGEST = 50

HELP_SECONDS = 1.0


@cache
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


def test_imports_only_go_down() -> None:
    wrong = [
        f"{path}:{line} imports {module}"
        for path in MODULES
        for module, line in imports(tree(path))
        if root(module) in PACKAGES and root(module) not in MAY_IMPORT[path.parts[0]]
    ]
    assert not wrong


def test_one_file_owns_each_heavy_library() -> None:
    wrong = [
        f"{path}:{line} imports {module}, which belongs to {OWNERS[root(module)]}"
        for path in MODULES
        for module, line in imports(tree(path))
        if root(module) in OWNERS and not path.as_posix().startswith(OWNERS[root(module)])
    ]
    assert not wrong


def test_heavy_libraries_are_imported_inside_functions() -> None:
    wrong = [
        f"{path}:{line} imports {module}"
        for path in MODULES
        if "training" not in path.parts
        for module, line in at_start(tree(path))
        if root(module) in HEAVY
    ]
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


def test_names_say_what_a_thing_is() -> None:
    assert not [path for path in EVERYWHERE if set(path.stem.split("_")) & set(VAGUE)]
    assert not [
        f"{path}:{node.lineno} class {node.name}"
        for path in EVERYWHERE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and node.name.lower().endswith(VAGUE)
    ]


def test_functions_fit_a_screen() -> None:
    wrong = [
        f"{path}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in EVERYWHERE
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST
    ]
    assert not wrong


def test_each_module_says_its_idea_first() -> None:
    for path in MODULES:
        first = (ast.get_docstring(tree(path)) or "").partition("\n")[0]
        assert 10 <= len(first) <= 160, f"{path} needs a first line that says what it is for"
        assert first.endswith((".", ":", "。")) or first[-1].isalnum(), path


def test_nothing_runs_what_it_reads() -> None:
    assert not [told for path in MODULES for told in unsafe(path)]


def unsafe(path: Path) -> Iterator[str]:
    """What in a module could run what it reads: a library, a call, or a flag that allows it."""
    module = tree(path)
    yield from (f"{path}:{line} {name}" for name, line in imports(module) if root(name) in FORBIDDEN_MODULES)
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            yield f"{path}:{node.lineno} {node.func.id}()"
        for keyword in node.keywords:
            value = keyword.value
            if keyword.arg in ("shell", "allow_pickle", "trust_remote_code") and (
                not isinstance(value, ast.Constant) or value.value is not False
            ):
                yield f"{path}:{node.lineno} {keyword.arg}={ast.unparse(value)}"


def test_errors_for_people_are_one_tree() -> None:
    """A class that is raised for people must not be caught where a mistake of the code is, nor the other way round."""
    classes = [
        (module, node)
        for module in MODULES
        if module != ERRORS
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error")
    ]
    for path, node in classes:
        bases = {ast.unparse(base) for base in node.bases}
        internal = (path.as_posix(), node.name) in INTERNAL
        assert internal or bases & {"YinjuError", "ModelError"}, (
            f"{path}:{node.lineno} {node.name} stands outside the tree"
        )
        assert not bases & {"ValueError", "LookupError", "OSError", "RuntimeError"}, f"{path}:{node.lineno}"
        assert internal or node.name in (ROOT / ERRORS).read_text(encoding="utf-8"), (
            f"{node.name} is not drawn in {ERRORS}"
        )


def test_few_may_delete() -> None:
    """`rmtree`, `unlink` and the like, called on a module, a path or a file, whatever it is named."""
    names = {"rmtree", "unlink", "remove", "rmdir", "removedirs"}
    for path in MODULES:
        deleting = [
            node.lineno
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
            if node.func.attr != "remove" or ast.unparse(node.func.value) == "os"
        ]
        assert bool(deleting) == (path.as_posix() in DELETES), f"{path}: lines {deleting} delete"


def test_no_module_names_a_host() -> None:
    """A host in the code is one step from a request to it: only the module that asks the hubs has one. Patterns such as
    https?:// name none; nor do docstrings."""
    assert not [host for path in MODULES if path.as_posix() not in MAY_NAME_A_HOST for host in hosts(path)]


def hosts(path: Path) -> Iterator[str]:
    """The addresses beyond this machine that stand in the strings of a module."""
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
                if host[:1].isalnum() and not host.startswith(("127.0.0.1", "localhost")):
                    yield f"{path}:{node.lineno} names {scheme}{host}"


UNSHARED = ("models/training/",)  # a program of its own


def matching(pattern: str, owner: str) -> set[str]:
    """The modules but the owner in which a pattern stands."""
    others = [path for path in MODULES if not path.as_posix().startswith((*UNSHARED, owner))]
    return {path.as_posix() for path in others if re.search(pattern, (ROOT / path).read_text(encoding="utf-8"))}


def test_scripts_have_one_table() -> None:
    """Seven classes of Han characters took different ones for Han; `index/text/scripts.py` has the only one."""
    assert not matching(r"\\u4e00|\\u3400|[一㐀]-[\u9fa5-\u9fff]", "index/text/scripts.py")


def test_months_and_years_have_one_table() -> None:
    """Four patterns of a year took different ones; `index/text/dates.py` has the names of months and what a year is."""
    months = matching(r"Jan(?:uary)?\W{1,6}Feb|January\|March", "index/text/dates.py")
    assert months == {"index/passages.py"}  # abbreviations, whose point ends no sentence
    assert not matching(r"19\|20|[\]d]\|20\)?\\d|20\\d(?:\\d|\{2\})|\[12\]\\d(?:\\d|\{3\})|令和", "index/text/dates.py")


def test_parts_of_a_year_have_one_table() -> None:
    """Quarters, halves and seasons were named in three patterns; `index/text/quarters.py` has the only ones."""
    assert not matching(
        r"[一1][二-四2-4]{2,3}1?-?4?\]季|\[上下\]半年|春夏秋冬\]?\[季|first\|second\|third", "index/text/quarters.py"
    )


def test_sentences_and_clauses_end_by_one_table() -> None:
    """Three patterns ended clauses differently; `index/text/clauses.py` has the only ones. Passages are cut by their own."""
    ends = matching(r",\(\?!\\d\)|\[\^?[^\]\n]{0,3}。！？[.!?\\n]{0,4}\]", "index/text/clauses.py")
    assert not ends


def test_measure_words_have_one_table() -> None:
    """A class of a pattern that lists measure words lists others than the next: `index/text/units.py` has them."""
    words = MEASURE_WORDS | set("人名位")
    listed = {
        path.as_posix(): found
        for path in MODULES
        if not path.as_posix().startswith((*UNSHARED, "index/text/"))
        for found in re.findall(r"\[[^\]\n]{1,60}\]", (ROOT / path).read_text(encoding="utf-8"))
        if len(words & set(found)) >= 4 and len(words & set(found)) >= len(found) / 2
    }
    assert not listed


READING = {"find", "index", "split", "splitlines", "partition", "search", "match", "finditer", "findall", "sub"}


def test_nobody_reads_an_answers_text_again() -> None:
    """A renderer that looked for sentences and marks in the text took an article's [1] for a mark: they are in the answer."""
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READING:
                read = {ast.unparse(one) for one in (node.func.value, *node.args)}
                assert not read & {f"{name}.text" for name in ("answer", "given", "earlier", "told")}, (
                    f"{path}:{node.lineno}"
                )


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


def test_only_faces_print() -> None:
    assert not [
        f"{path}:{node.lineno}"
        for path in MODULES
        if not path.as_posix().startswith(MAY_PRINT)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def test_our_package_names_are_nobody_elses() -> None:
    owners = importlib.metadata.packages_distributions()
    for package in PACKAGES:
        assert set(owners.get(package, [])) <= {"yinju"}, f"another distribution installs {package}"


def test_the_installed_packages_are_these() -> None:
    for package in PACKAGES:
        module = __import__(package)
        assert module.__file__ is not None
        assert Path(module.__file__) == ROOT / package / "__init__.py"
