"""Embedders from local folders: token tables read with numpy alone, and transformers through sentence-transformers."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models import ModelError, Parted, catalogue, files, late, parts
from models.bags import Bags

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController
    from tokenizers import Encoding, Tokenizer

MAX_CHARS = 32_768
"""Longer texts are embedded by their beginning: a bound on time and memory, far beyond any passage."""

CHUNK_TOKENS = 65_536
"""Tokens counted at once: a bound on memory."""

TEXTS_A_BATCH = 1_024

FEW = 4
"""Texts, those of a question, that are not worth waking the tokenizer's threads for."""

CHARS_AT_ONCE = 32_768
"""Characters of texts in parts whose tokens are counted at once: the arrays stay in the processor's cache."""

TEXTS_A_PASS = 8
BATCH_CHARS = 32_768
"""Texts and characters that go through a transformer together: memory grows with both, and with the square of the length. Of 32
texts what is between two layers no longer fits the cache, and they take a quarter longer."""

SUMMED, DAMPED = "embedding.weight", "embedding.damped"
"""Names a table has in its file: what a repeated token adds follows from it. The first is sentence-transformers' own."""

CURE = "Install Yinju again, or name the folder of a complete sentence-transformers model."


_LIMITED = Lock()
"""Held while products are made by one thread, so that of two that limit them none restores what the other set."""


@lru_cache(maxsize=1)
def _products() -> ThreadpoolController:
    """The threads that numpy's products are made by."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Products are made by the thread that asks for them: those of a text are done before a second thread is of use, which then
    waits for the next at full load (1,501 texts take 1.5 s of processor time, with two threads 2.6)."""
    with _LIMITED, _products().limit(limits=1):
        yield


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows at length one; a zero row stays zero."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))  # without the copies that numpy's norm makes
    return np.asarray(vectors / np.maximum(lengths, np.float32(1e-12))[:, None])


def damped(
    ids: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """For texts end to end, `lengths` tokens each: the distinct tokens, how many each text has, what each counts.

    A token that stands n times counts 1 + ln n: the second mention says less than the first (Manning, Raghavan and
    Schütze 2008, Introduction to Information Retrieval, 6.4.1). Worth .02 to .03 of R@1 within a language.
    """
    span = int(ids.max(initial=0)) + 1
    keys, counts = np.unique(np.repeat(np.arange(len(lengths)), lengths) * span + ids, return_counts=True)
    factors = (1 + np.log(counts)).astype(np.float32)
    return keys % span, np.bincount(keys // span, minlength=len(lengths)), factors


def _bag_sums(table: NDArray[Any], bags: Sequence[Sequence[int]], *, damp: bool) -> NDArray[np.float32]:
    """For each bag of row numbers the sum of those rows, repeated ones damped if told; an empty bag sums to zero.

    One product a text: its few hundred rows stay in the processor's cache, ten times faster than all texts at once.
    """
    lengths = np.array([len(bag) for bag in bags], dtype=np.int64)
    rows = np.fromiter(itertools.chain.from_iterable(bags), dtype=np.int64, count=int(lengths.sum()))
    factors = np.ones(len(rows), dtype=np.float32)
    if damp:
        rows, lengths, factors = damped(rows, lengths)
    ends = np.cumsum(lengths)
    sums = np.empty((len(bags), table.shape[1]), dtype=np.float32)
    for total, start, end in zip(sums, ends - lengths, ends, strict=True):
        np.dot(factors[start:end], table.take(rows[start:end], axis=0).astype(np.float32), out=total)
    return sums


def _together(texts: Sequence[Parted]) -> Iterator[Sequence[Parted]]:
    """Some texts at a time, at least one and about CHARS_AT_ONCE of their characters."""
    start = held = 0
    for at, text in enumerate(texts):
        own = len(text.above) + sum(end - begin for begin, end in text.parts)
        if at > start and held + own > CHARS_AT_ONCE:
            yield texts[start:at]
            start, held = at, 0
        held += own
    if texts:
        yield texts[start:]


def _chunks(bags: Sequence[Sequence[int]]) -> list[slice]:
    """Stretches of bags that hold about CHUNK_TOKENS tokens each, at least one bag."""
    slices, start, held = [], 0, 0
    for i, bag in enumerate(bags):
        if held and held + len(bag) > CHUNK_TOKENS:
            slices.append(slice(start, i))
            start, held = i, 0
        held += len(bag)
    return [*slices, slice(start, len(bags))]


class StaticEmbedder:
    """A token table: a text is the sum of its tokens' rows, brought to length one. Starts in a fraction of a second.

    A table named DAMPED in its file counts a repeated token less each time (see :func:`damped`); its rows may be whole
    numbers of one byte, in one scale for all.
    """

    passage_prefix = ""
    query_prefix = ""

    def __init__(self, folder: Path, *, name: str) -> None:
        self.name = name
        part = folder / "0_StaticEmbedding"
        self._table, self._damp, self._tokenizer, self.revision = _load(part if part.is_dir() else folder)
        self.dimension = int(self._table.shape[1])

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a text; an empty text has the zero vector."""
        vectors = [np.zeros((0, self.dimension), dtype=np.float32)]
        for start in range(0, len(texts), TEXTS_A_BATCH):
            bags = self._bags([text[:MAX_CHARS] for text in texts[start : start + TEXTS_A_BATCH]])
            vectors += [unit(_bag_sums(self._table, bags[chunk], damp=self._damp)) for chunk in _chunks(bags)]
        return np.concatenate(vectors)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As passages: the table knows no difference."""
        return self.embed_passages(texts)

    def embed_parts(self, texts: Sequence[Parted]) -> list[NDArray[np.float32]]:
        """Of each text its parts and, where it has several, the whole behind them: shape (vectors, dimension). Each is as
        :meth:`embed_passages` has it of the part below what stands above, and no text is read more than once."""
        return [vectors for some in _together(texts) for vectors in self._summed(some)]

    def _summed(self, texts: Sequence[Parted]) -> list[NDArray[np.float32]]:
        """The vectors of each text: one product of how much each token counts in each, and its row."""
        pieces = [text.above[:MAX_CHARS] for text in texts]
        pieces += [text.text[start:end][:MAX_CHARS] for text in texts for start, end in text.parts]
        tokens, owners = self._cut.of(pieces)
        sizes = np.array([len(text.parts) for text in texts], dtype=np.int64)
        every = np.arange(len(texts))
        within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        counted = parts.count(
            tokens,
            np.append(every, np.repeat(every, sizes))[owners],
            np.append(np.full(len(texts), -1), within)[owners],
            sizes,
        )
        share = np.arange(int(counted.times.max(initial=0)) + 1, dtype=np.float32)  # by how often a token stands
        if self._damp:
            share[1:] = 1 + np.log(share[1:])  # see :func:`damped`
        shares = share[counted.times]
        sums = np.empty((int(counted.lines.sum()), self.dimension), dtype=np.float32)
        cell = row = line = 0
        with _one_thread():
            for end, lines in zip(counted.ends.tolist(), counted.lines.tolist(), strict=True):
                rows = self._table.take(counted.tokens[row:end], axis=0).astype(np.float32)
                stop = cell + lines * (end - row)
                np.matmul(shares[cell:stop].reshape(lines, end - row), rows, out=sums[line : line + lines])
                cell, row, line = stop, end, line + lines
        return np.split(unit(sums), np.cumsum(counted.lines)[:-1])

    @cached_property
    def _cut(self) -> Bags:
        return Bags(self._tokenizer)

    def _bags(self, texts: list[str]) -> list[list[int]]:
        if len(texts) <= FEW:
            return [self._tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
        encodings: list[Encoding] = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [encoding.ids for encoding in encodings]


def _load(part: Path) -> tuple[NDArray[Any], bool, Tokenizer, str]:
    """Table, whether repeated tokens are damped, tokenizer and revision (short SHA-256 of both files)."""
    from safetensors import SafetensorError
    from safetensors.numpy import load
    from tokenizers import Tokenizer

    weights, words = part / "model.safetensors", part / "tokenizer.json"
    try:
        raw, vocabulary = weights.read_bytes(), words.read_bytes()
    except OSError as problem:
        raise ModelError(f"The embedder in {part} lacks {problem.filename}. {CURE}") from problem
    try:
        tables = load(raw)
        table = tables[DAMPED if DAMPED in tables else SUMMED]
    except (SafetensorError, KeyError, ValueError) as problem:
        raise ModelError(f"{weights} is damaged ({problem}). {CURE}") from problem
    try:
        tokenizer = Tokenizer.from_buffer(vocabulary)
    except Exception as problem:  # tokenizers raises nothing narrower
        raise ModelError(f"{words} is damaged ({problem}). {CURE}") from problem
    if table.ndim != 2 or tokenizer.get_vocab_size() > len(table):
        raise ModelError(f"{weights} has not one row a token of {words}. {CURE}")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    digest = hashlib.sha256(raw)
    digest.update(vocabulary)
    return table, DAMPED in tables, tokenizer, digest.hexdigest()[:12]


class TransformerEmbedder:
    """A sentence-transformers model in a local folder, with the prompts that its own configuration names, or else those
    that the catalogue knows for a folder of this name."""

    def __init__(self, folder: Path) -> None:
        """Raises :class:`ModelError` where the folder holds no whole model."""
        files.check(folder)
        entry = catalogue.find(folder.name)
        self.name = folder.name
        self._model = _offline_model(folder, entry.pooling if entry else "")
        prompts = self._model.prompts
        self.query_prefix: str = prompts.get("query") or (entry.query_prefix if entry else "")
        own = prompts.get("document") or prompts.get("passage")
        self.passage_prefix: str = own or (entry.passage_prefix if entry else "")
        self.dimension = int(self._model.get_embedding_dimension())
        self.revision = files.revision(folder)
        if entry and self._model.max_seq_length:
            self._model.max_seq_length = min(self._model.max_seq_length, entry.context)
        self._late = bool(self._model.max_seq_length) and late.pools_means(self._model)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a text, the passage prefix before each; a text longer than the context by its beginning."""
        return self._embed(texts, self.passage_prefix)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a text, the query prefix before each; a text longer than the context by its beginning."""
        return self._embed(texts, self.query_prefix)

    def embed_parts(self, texts: Sequence[Parted]) -> list[NDArray[np.float32]]:
        """Of each text its parts and, where it has several, the whole behind them: shape (vectors, dimension). By late
        chunking (:mod:`models.late`) where the model takes the mean of its tokens, else each as a text of its own."""
        if not self._late:
            said = [[text.text[start:end] for start, end in _with_whole(text)] for text in texts]
            under = [
                "\n".join([*([text.above] if text.above else []), one])
                for text, own in zip(texts, said, strict=True)
                for one in own
            ]
            return np.split(self.embed_passages(under), np.cumsum([len(own) for own in said])[:-1]) if texts else []
        context = int(self._model.max_seq_length)
        read = late.windows(texts, self._model.tokenizer, self.passage_prefix, context)
        tokens: list[NDArray[np.float32]] = [np.empty((0, self.dimension), dtype=np.float32)] * len(read)
        offsets: list[Sequence[tuple[int, int]]] = [()] * len(read)
        for batch in _batches([len(window.said) for window in read]):
            said_here = [read[at].said for at in batch]
            made = self._model.encode(
                said_here, output_value="token_embeddings", batch_size=len(batch), show_progress_bar=False
            )
            told = self._model.tokenizer(said_here, truncation=True, max_length=context, return_offsets_mapping=True)
            for at, states, places in zip(batch, made, told["offset_mapping"], strict=True):
                tokens[at], offsets[at] = states.float().cpu().numpy(), places
        return [unit(found) for found in late.vectors(texts, read, tokens, offsets)]

    def _embed(self, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for batch in _batches([min(len(text), MAX_CHARS) for text in texts]):
            vectors[batch] = self._model.encode(
                [texts[at][:MAX_CHARS] for at in batch],
                prompt=prefix,
                batch_size=len(batch),
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return vectors


def _with_whole(text: Parted) -> list[tuple[int, int]]:
    whole = [(text.parts[0][0], text.parts[-1][1])] if len(text.parts) > 1 else []
    return [*text.parts, *whole]


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions of texts in batches of like length, the longest first, each at most BATCH_CHARS with its padding."""
    order = sorted(range(len(lengths)), key=lambda at: -lengths[at])
    start = 0
    while start < len(order):
        size = max(1, min(TEXTS_A_PASS, BATCH_CHARS // max(1, lengths[order[start]])))
        yield order[start : start + size]
        start += size


def stay_offline() -> None:
    """Tell the hub's clients to reach nothing, before they are first imported, and to write nothing but errors: bars, notes
    and reports of weights that are not used say nothing to who asks a question. TRANSFORMERS_VERBOSITY has the last word."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    with contextlib.suppress(ImportError):
        from transformers.utils import logging as notes

        quiet: list[Callable[[], None]] = [notes.disable_progress_bar]
        if "TRANSFORMERS_VERBOSITY" not in os.environ:
            quiet.append(notes.set_verbosity_error)
        for silence in quiet:
            silence()


def _offline_model(folder: Path, pooling: str) -> Any:
    """The model in float32.

    Half precision, in which some are published, is slower than float32 on most processors. Whole numbers of one byte are no
    faster either: e5-small embeds 5.6 passages a second so, 5.8 in float32 (two cores with AVX-512 VNNI), .97 of the cosine kept. ``pooling`` is for a folder
    of transformers alone, which does not say how its token vectors become one; "" leaves that to sentence-transformers.
    """
    stay_offline()
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as problem:
        raise ModelError(f"{folder} needs sentence-transformers: pip install sentence-transformers.") from problem
    try:
        model: Any = SentenceTransformer(
            str(folder), local_files_only=True, trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )
        if pooling and not (folder / "modules.json").is_file():
            model[1] = type(model[1])(model.get_embedding_dimension(), pooling_mode=pooling)
        return model.float()
    except Exception as problem:  # each kind of model fails in its own way
        raise files.unloadable(folder, problem) from problem
