"""One frozen dataclass of settings: defaults < settings.toml < YINJU_* < flags; an unknown key is an error."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import log
from pathlib import Path
from typing import Any

from models import catalogue
from yinju import YinjuError

PREFIX = "YINJU_"
FILE = "settings.toml"
ENGINES = ("auto", "quote", "write")
WORSE: Mapping[str, float] = {"bold": 1 / 4, "usual": 1.0, "sure": 4.0}
"""How many times worse than usual a wrong answer is, beside a wrong refusal."""
CAREFUL = tuple(WORSE)

# A library's name becomes a folder, on any platform: no separators, no leading dot or dash, no trailing dot or space.
_LIBRARY_NAME = re.compile(r"\w(?:[\w .-]{0,62}\w)?")


SettingValue = str | Path | int | bool | None
"""What a setting may be given as; a path counts as its text, None as not given."""


class SettingsError(YinjuError):
    """A setting is unknown or cannot be used; the message names it, where it was written, and what would do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person chose. ``home`` holds all state; ``passages`` is how many an answer may draw on; no ``reranker``: "".

    ``model`` writes: a name, a GGUF file or an address of this machine, "" for one that is installed. ``strict`` leaves out
    of an answer what no article supports, instead of quoting in its place. ``translate`` has the writer say a question in the
    library's other language, which is then searched as well. ``careful`` is how sure Yinju must be to answer. Raises SettingsError."""

    home: Path
    library: str = "default"
    store: str = field(default="", repr=False)
    """The server that the library lies on, with the password: oceanbase://user:password@host:port/database; "" for the home."""
    embedder: str = "bundled"
    reranker: str = ""
    engine: str = "auto"
    model: str = ""
    elsewhere: bool = False
    """``model`` is written in settings.toml: the one place where an address of another machine is taken at its word."""
    careful: str = "usual"
    strict: bool = False
    translate: bool = True
    passages: int = 8
    model_key: str = field(default="", repr=False)
    """What a server that writes asks for as its API key; "" where it asks for none."""
    answers_at_once: int = 2
    """Questions that a page answers at once, the others waiting in their order, and answers asked of a server that writes."""
    questions_waiting: int = 200
    """Questions that may wait at a page; of more it is told that there are too many."""
    answer_seconds: int = 600
    """Seconds that an answer of a server that writes may take."""
    log: str = ""
    """Where a line of JSON is written for whatever is done: "stderr" or a file; "" for nowhere."""
    proxy_header: str = ""
    """The header in which a proxy before the page names who has logged in there, "" where there is none."""
    proxy_from: str = "127.0.0.1"
    """The addresses that this header is believed from, with commas between."""
    metrics_from: str = "127.0.0.1"
    """The addresses that /metrics is told to, the same."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", Path(self.home))
        for key in KINDS:
            object.__setattr__(self, key, _checked(key, plain(getattr(self, key))))

    @property
    def caution(self) -> float:
        """What ``careful`` adds to a threshold in log-odds: it is lowest in expected cost where the odds that the articles answer are
        those of the two costs (Duda, Hart & Stork, Pattern Classification, 2001, section 2.2), so a cost adds its logarithm."""
        return log(WORSE[self.careful])

    @property
    def library_folder(self) -> Path:
        """Where the chosen library lies."""
        return self.home / "libraries" / self.library

    @property
    def models_folder(self) -> Path:
        """Where models of the catalogue lie, each in a folder of its name."""
        return self.home / "models"


def shown(key: str, value: object) -> str:
    """A value as messages show it: of a store not the password, and no key."""
    if key == "model_key":
        return "***"
    return re.sub(r"(://[^/:]*):[^/]*@", r"\1:***@", repr(value)) if key == "store" else repr(value)


def plain(value: object) -> object:
    """A path as text, any other value unchanged."""
    return os.fspath(value) if isinstance(value, os.PathLike) else value


KINDS: Mapping[str, type] = {
    "library": str,
    "store": str,
    "embedder": str,
    "reranker": str,
    "engine": str,
    "model": str,
    "careful": str,
    "strict": bool,
    "translate": bool,
    "passages": int,
    "model_key": str,
    "answers_at_once": int,
    "questions_waiting": int,
    "answer_seconds": int,
    "log": str,
    "proxy_header": str,
    "proxy_from": str,
    "metrics_from": str,
}
"""What may be set anywhere, and its type. ``home`` is not among them: it is where settings.toml lies."""

RANGES: Mapping[str, tuple[range, str]] = {
    "passages": (range(1, 51), "an answer draws on 1 to 50 passages"),
    "answers_at_once": (range(1, 201), "1 to 200 questions are answered at once"),
    "questions_waiting": (range(100_001), "up to 100,000 questions may wait"),
    "answer_seconds": (range(5, 3601), "an answer may take 5 to 3,600 seconds"),
}
EMPTY = ("reranker", "model", "model_key", "store", "log", "proxy_header")
"""What may be set to nothing."""


def load_settings(home: str | Path | None = None, **flags: SettingValue) -> Settings:
    """The settings in force; a flag that is None was not given, a name of the catalogue is the path where that model lies.

    Raises :class:`SettingsError`.
    """
    folder = _home(home)
    written = _from_file(folder / FILE)
    chosen = written | _from_environment(os.environ) | _from_flags(flags)
    settings = Settings(folder, elsewhere="model" in written and chosen["model"] == written["model"])
    for kind in ("embedder", "reranker"):
        # A name becomes a path here, where home is known, so that a library in another home finds the same model.
        if catalogue.find(str(chosen.get(kind))):
            chosen[kind] = str(settings.models_folder / chosen[kind])
    return replace(settings, **chosen)


def default_home() -> Path:
    """The platform's user-data folder for Yinju."""
    import platformdirs

    return platformdirs.user_data_path("yinju", appauthor=False)


def _home(home: str | Path | None) -> Path:
    named = home or os.environ.get(PREFIX + "HOME") or default_home()
    return Path(os.path.abspath(Path(named).expanduser()))


def _from_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML ({error}): correct it or remove it") from error
    return {key: _checked(key, value, str(path)) for key, value in table.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in environment.items():
        key = name.removeprefix(PREFIX).lower()
        if not name.startswith(PREFIX) or key == "home" or not value:
            continue
        place = f"the environment ({name})"
        found[key] = _checked(key, _read(key, value), place)
    return found


def _read(key: str, value: str) -> str | int:
    """A value of the environment, which is always text."""
    if KINDS.get(key) is bool and value in ("true", "false"):
        return value == "true"
    return int(value) if KINDS.get(key) is int and re.fullmatch(r"\d{1,9}", value, re.ASCII) else value


def _from_flags(flags: Mapping[str, SettingValue]) -> dict[str, Any]:
    return {key: _checked(key, plain(value)) for key, value in flags.items() if value is not None}


def _checked(key: str, value: object, place: str = "") -> object:
    """A value of a known key; ``place`` is where it was written, "" where it was given by the caller."""
    written = f" in {place}" if place else ""
    if key not in KINDS:
        raise SettingsError(f"{key!r}{written} is no setting of Yinju: known are {', '.join(KINDS)}")
    if problem := _problem(key, value):
        raise SettingsError(f"{key} = {shown(key, value)}{written} {problem}")
    return value


def _problem(key: str, value: object) -> str:
    """What is wrong with a value of a known key, or ""."""
    if KINDS[key] is int and type(value) is not int:
        return "must be a whole number"
    if KINDS[key] is bool and type(value) is not bool:
        return "must be true or false"
    if KINDS[key] is str and type(value) is not str:
        return "must be text in quotes"
    if value == "" and key not in EMPTY:
        return "must be text in quotes, and not empty"
    if key == "library" and not _LIBRARY_NAME.fullmatch(str(value)):
        return "cannot name a folder: use up to 64 letters, digits, '-', '_' or '.'"
    if key == "engine" and value not in ENGINES:
        return f"is none of {', '.join(ENGINES)}"
    if key == "careful" and value not in CAREFUL:
        return f"is none of {', '.join(CAREFUL)}"
    if key in RANGES and value not in RANGES[key][0]:
        return f"is out of range: {RANGES[key][1]}"
    return ""
