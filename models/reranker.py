"""Rerankers: cross-encoders from local folders, which read a question and a text together and say how well they fit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import ModelError, files
from models.embedder import stay_offline

MAX_TOKENS = 512
"""Of question and text together: more than a passage has, and time grows with it."""

MAX_QUESTION = 1_000
MAX_CHARS = 8_000
"""Characters looked at: a bound on what the tokenizer is given, beyond any question and passage."""

PAIRS_A_BATCH = 8
"""Pairs of like length go through the model together; more would mean more padding, and a processor gains nothing."""


class CrossEncoderReranker:
    """A cross-encoder in a local folder: one logit a pair, or two of which the second means that the text fits."""

    def __init__(self, folder: Path) -> None:
        """Raises :class:`ModelError` where the folder holds no whole reranker."""
        files.check(folder)
        if not files.classifies(folder):
            raise ModelError(f"{folder} is no reranker: give the folder of a cross-encoder, such as bge-reranker-base.")
        self.name = folder.name
        self._folder = folder
        self._model = _offline_model(folder)
        if self._model.num_labels not in (1, 2):
            raise ModelError(
                f"{folder} tells {self._model.num_labels} classes apart and is no reranker: give the folder of a cross-encoder."
            )
        head = getattr(self._model[-1], "activation_function", None)
        self._gives_probabilities = type(head).__name__ == "Sigmoid"
        self._model.max_seq_length = min(self._model.max_seq_length or MAX_TOKENS, MAX_TOKENS)

    @cached_property
    def revision(self) -> str:
        """Short SHA-256 of weights, tokenizer and configuration."""
        return files.revision(self._folder)

    def scores(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """How well each text answers the question, 0 to 1, shape (texts,)."""
        if not texts:
            return np.zeros(0, dtype=np.float32)
        pairs = [(question[:MAX_QUESTION], text[:MAX_CHARS]) for text in texts]
        said = self._model.predict(pairs, batch_size=PAIRS_A_BATCH, show_progress_bar=False)
        said = np.asarray(said, dtype=np.float32)
        return said if self._gives_probabilities else _probabilities(said)


def _probabilities(said: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits of shape (n,), or (n, 2) for two classes, as the probability that the text fits, shape (n,)."""
    logits = said[:, 1] - said[:, 0] if said.ndim == 2 else said
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), dtype=np.float32)


def _offline_model(folder: Path) -> Any:
    """The model in float32, giving logits."""
    stay_offline()
    try:
        from sentence_transformers import CrossEncoder
        from torch.nn import Identity
    except ImportError as problem:
        raise ModelError(f"{folder} needs sentence-transformers: pip install sentence-transformers.") from problem
    try:
        return CrossEncoder(
            str(folder),
            local_files_only=True,
            trust_remote_code=False,
            # Named here, the activation is not looked up by whatever name the folder's configuration gives.
            activation_fn=Identity(),
            model_kwargs={"use_safetensors": True},
        ).float()
    except Exception as problem:  # each kind of model fails in its own way
        raise files.unloadable(folder, problem) from problem
