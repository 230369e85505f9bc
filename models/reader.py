"""The bundled reader: reads a question and a window of text together, and says whether the window answers it, and where.

Knows nothing of articles and passages. How it was made: ``models/training/reader``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models import ModelError, Read, Span, Window

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

FILE = Path(__file__).parent / "bundled" / "reader" / "reader.onnx"
CURE = "Install Yinju again."

MAX_QUESTION = 1_000
MAX_WINDOW = 4_000
"""Characters that the tokenizer is given: bounds beyond any question and window."""

WORKERS = min(4, os.cpu_count() or 1)
"""Windows that are read at the same time, each by one thread: five windows in a batch took 3.7 s of two cores where they take 2.4
by themselves, as what one layer makes of a window stays in the cache of its core. And a window is read alike beside any others."""

SPANS = 12
"""Places told of a window, best first, no two with a token in common."""

LONGEST_SPAN = 64
"""Tokens of a span."""


class BundledReader:
    """The reader that comes with the installation, or another file of its kind. May be called from several threads."""

    def __init__(self, file: Path = FILE) -> None:
        """Loads the file, a third of a second. Raises :class:`ModelError` where it is missing or damaged."""
        self.name = file.stem
        self._session = _session(file)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="reader")
        try:
            kept: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
            self._settings: Mapping[str, Any] = json.loads(kept["settings"])
            self._simplified = str.maketrans(kept["traditional"], kept["simplified"])
            self._tokenizer = _tokenizer(kept["tokenizer"])
            self.read("?", [Window("", "?")])
        except Exception as problem:  # a damaged file fails wherever the damage lies, in ways of its own
            raise _damaged(file, problem) from problem

    def read(self, question: str, windows: Sequence[Window]) -> list[Read]:
        """For each window the log-odds that it answers the question, and the places of the answer in its text, best first."""
        if not windows:
            return []
        head = self._tokenizer.encode(self._plain(question[:MAX_QUESTION]), add_special_tokens=False)
        asked = head.ids[: int(self._settings["longest_question"])]
        bodies = self._tokenizer.encode_batch(
            [self._plain(_whole(window)) for window in windows], add_special_tokens=False
        )
        lead = len(asked) + 3
        room = int(self._settings["longest"]) - lead - 1
        rows = [[0, *asked, 2, 2, *body.ids[:room], 2] for body in bodies]
        return list(self._workers.map(self._read, rows, bodies, windows, [lead] * len(windows)))

    def _read(self, row: list[int], body: Encoding, window: Window, lead: int) -> Read:
        ids = np.array([row], dtype=np.int64)
        answers, starts, ends = self._session.run(["answers", "starts", "ends"], {"ids": ids})
        return Read(float(answers[0]), _spans(starts[0], ends[0], lead, len(row) - 1, body, window))

    def _plain(self, text: str) -> str:
        return text.translate(self._simplified)


def _whole(window: Window) -> str:
    return _title(window) + window.text[:MAX_WINDOW]


def _title(window: Window) -> str:
    return f"{window.title}: " if window.title else ""


def _spans(
    start: NDArray[np.float32], end: NDArray[np.float32], lead: int, last: int, body: Encoding, window: Window
) -> tuple[Span, ...]:
    """The best places between the tokens ``lead`` and ``last`` that lie in the window's text, none overlapping another.

    A span's score is its log-odds against the first token, where the reader points when nothing answers.
    """
    title = len(_title(window))
    null = float(start[0] + end[0])
    inside = np.array([a for a in range(lead, last) if body.offsets[a - lead][1] > title], dtype=np.int64)
    if not len(inside):
        return ()
    first = int(inside[0])
    pairs = start[first:last, None] + end[None, first:last]
    apart = np.arange(last - first)[None, :] - np.arange(last - first)[:, None]
    pairs = np.where((apart >= 0) & (apart < LONGEST_SPAN), pairs, -np.inf)
    found: list[Span] = []
    while len(found) < SPANS:
        a, b = divmod(int(pairs.argmax()), last - first)
        score = float(pairs[a, b])
        if not np.isfinite(score):
            break
        pairs[: b + 1, a:] = -np.inf  # what shares a token with it
        begin, stop = _characters(body, first - lead + a, first - lead + b, title, window.text)
        if stop > begin and not any(begin < one.end and one.start < stop for one in found):  # two tokens of one sign
            found.append(Span(begin, stop, score - null))
    return tuple(found)


def _characters(body: Encoding, first: int, last: int, title: int, text: str) -> tuple[int, int]:
    """Where two tokens begin and end in the window's text, without the space around."""
    begin, stop = max(0, body.offsets[first][0] - title), body.offsets[last][1] - title
    piece = text[begin:stop]
    return begin + len(piece) - len(piece.lstrip()), stop - len(piece) + len(piece.rstrip())


def _session(file: Path) -> InferenceSession:
    try:
        import onnxruntime
    except ImportError as problem:
        raise ModelError("The reader needs onnxruntime: pip install 'onnxruntime<1.29'.") from problem
    if not file.is_file():
        raise ModelError(f"The reader is missing: there is no {file}. {CURE}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The file's products are fused already: what more is tried takes a third of the time to load it, and reading is no quicker.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # onnxruntime's own exceptions have no common parent but Exception
        raise _damaged(file, problem) from problem


def _tokenizer(text: str) -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_str(text)


def _damaged(file: Path, problem: Exception) -> ModelError:
    told = str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__
    return ModelError(f"The reader {file} is damaged ({told}). {CURE}")
