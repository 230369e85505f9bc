"""The header of a GGUF file, read and checked before llama.cpp sees it: metadata, vocabulary, and where every tensor lies."""

from __future__ import annotations

import hashlib
import math
import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from models import ModelError

VERSIONS = (2, 3)
MOST_ITEMS, MOST_DIMENSIONS, DEEPEST = 1 << 24, 4, 2
"""Far above any real file: 16 million array items or tensors; what claims more is damaged."""
_STRING, _ARRAY = 8, 9
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}

# fmt: off
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}
# fmt: on
"""GGML's number formats: weights in a block, bytes of a block. One that is not here is left to llama.cpp."""

NO_WRITERS = ("bert", "clip", "t5encoder", "whisper", "wavtokenizer", "embedding", "mmproj", "diffusion", "decision")
"""Words in the architectures of models that write no text."""

CONTROL, USER_DEFINED = 3, 4
CURE = "Download the file again, or take another model."


@dataclass(frozen=True)
class Header:
    """What stands before the weights. ``digest`` is the SHA-256 of it and of the file's length: all that decides whether
    llama.cpp can load the file, as weights are numbers and nothing else."""

    path: Path
    metadata: dict[str, Any]
    tensors: int
    digest: str

    @property
    def architecture(self) -> str:
        """The kind of model, such as "llama" or "qwen2"."""
        return str(self.metadata.get("general.architecture", ""))

    def number(self, key: str, otherwise: int = 0) -> int:
        """A number of the architecture's own, the largest where every layer has one."""
        value = self.metadata.get(f"{self.architecture}.{key}", otherwise)
        value = max(value, default=otherwise) if isinstance(value, list) else value
        return int(value) if isinstance(value, int | float) and math.isfinite(value) else otherwise

    @property
    def context(self) -> int:
        """Tokens that the model was trained to read at once."""
        return self.number("context_length")

    @property
    def bytes_per_token(self) -> int:
        """What a token takes of the memory for what was read: keys and values of every layer, in two bytes a number."""
        heads = max(1, self.number("attention.head_count", 1))
        width = self.number("embedding_length") // heads
        per_head = self.number("attention.key_length", width) + self.number("attention.value_length", width)
        return 2 * self.number("block_count") * self.number("attention.head_count_kv", heads) * per_head

    @property
    def template(self) -> str:
        """The file's own chat template, in Jinja; "" where it has none."""
        return str(self.metadata.get("tokenizer.chat_template", ""))

    def token(self, name: str) -> str:
        """The text of a token such as "bos" or "eos"; "" where there is none."""
        number, tokens = self.metadata.get(f"tokenizer.ggml.{name}_token_id"), self._tokens
        return str(tokens[number]) if isinstance(number, int) and 0 <= number < len(tokens) else ""

    @cached_property
    def control_tokens(self) -> tuple[str, ...]:
        """The texts of tokens that mean something to the model beside what they say, longest first. Of the tokens that its
        maker defined, those in brackets: some models have runs of spaces and whole words among them."""
        kinds = self.metadata.get("tokenizer.ggml.token_type")
        marked = zip(map(str, self._tokens), kinds if isinstance(kinds, list) else (), strict=False)
        texts = (text for text, kind in marked if kind == CONTROL or (kind == USER_DEFINED and text[:1] in ("<", "[")))
        return tuple(sorted((text for text in texts if len(text) > 2), key=len, reverse=True))

    @property
    def _tokens(self) -> list[Any]:
        tokens = self.metadata.get("tokenizer.ggml.tokens")
        return tokens if isinstance(tokens, list) else []


def read_header(path: Path) -> Header:
    """Reads and checks the header; the weights are not touched. Raises :class:`ModelError` naming the file and the cure."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _Reader(path, data).header()
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise ModelError(f"{path} cannot be read ({reason}). {CURE}") from problem


def check(header: Header) -> None:
    """Raises :class:`ModelError` where the file is whole and yet no model that writes."""
    path, kind = header.path, header.architecture
    if not kind:
        raise ModelError(f"{path} does not say of what architecture it is. {CURE}")
    if any(word in kind for word in NO_WRITERS):
        raise ModelError(f"{path} is a model of the kind {kind!r}, which writes no text. Take one that chats.")
    if not header.metadata.get("tokenizer.ggml.tokens"):
        raise ModelError(f"{path} has no vocabulary. {CURE}")
    if not header.tensors:
        raise ModelError(f"{path} is a vocabulary only: it has no weights. Download the model itself.")
    if not (header.context > 0 and header.bytes_per_token > 0):
        raise ModelError(f"{path} does not say how long its context or how many its layers are. {CURE}")


class _Reader:
    """Walks over the header; every length is held against what is left of the file before it is believed."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self.path, self.data, self.at = path, data, 0

    def header(self) -> Header:
        if self.data[:4] != b"GGUF":
            raise ModelError(f"{self.path} is no GGUF file. Take a file whose name ends in .gguf.")
        self.at = 4
        version = self.number("I")
        if version not in VERSIONS:
            raise ModelError(f"{self.path} is GGUF of version {version}; 2 and 3 can be read. {CURE}")
        tensors, pairs = self.count(), self.count()
        metadata = {}
        for _ in range(pairs):
            key = self.string()
            metadata[key] = self.value(int(self.number("I")))
        end = max(self.tensor_ends(tensors), default=0)
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 0 < alignment <= 1 << 20:
            raise self.damaged(f"an alignment of {alignment!r}")
        start = -(-self.at // alignment) * alignment
        if start + end > len(self.data):
            missing = start + end - len(self.data)
            raise ModelError(f"{self.path} is cut off: {missing:,} bytes are missing. {CURE}")
        digest = hashlib.sha256(self.data[: self.at] + str(len(self.data)).encode())
        return Header(self.path, metadata, tensors, digest.hexdigest())

    def tensor_ends(self, tensors: int) -> Iterator[int]:
        """Where each tensor ends, in bytes after the header."""
        for _ in range(tensors):
            name = self.string()
            dimensions = int(self.number("I"))
            if dimensions > MOST_DIMENSIONS:
                raise self.damaged(f"{name!r} has {dimensions} dimensions")
            weights = math.prod([int(self.number("Q")) for _ in range(dimensions)])
            block, size = BLOCKS.get(int(self.number("I")), (1, 0))
            yield int(self.number("Q")) + -(-weights // block) * size

    def value(self, kind: int, depth: int = 0) -> Any:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY and depth < DEEPEST:
            kind, items = int(self.number("I")), self.count()
            if kind in _NUMBERS:
                return list(self.numbers(_NUMBERS[kind], items))
            if kind == _STRING:
                return list(self.strings(items))
            return [self.value(kind, depth + 1) for _ in range(items)]
        if kind in _NUMBERS:
            return self.number(_NUMBERS[kind])
        raise self.damaged(f"a value of kind {kind}")

    def numbers(self, code: str, items: int) -> tuple[Any, ...]:
        layout = struct.Struct(f"<{items}{code}")
        if self.at + layout.size > len(self.data):
            raise ModelError(f"{self.path} is cut off in its header. {CURE}")
        found = layout.unpack_from(self.data, self.at)
        self.at += layout.size
        return found

    def number(self, code: str) -> Any:
        return self.numbers(code, 1)[0]

    def count(self) -> int:
        number = int(self.number("Q"))
        if number > MOST_ITEMS:
            raise self.damaged(f"{number:,} items")
        return number

    def string(self) -> str:
        length = int(self.number("Q"))
        if length > len(self.data) - self.at:
            raise ModelError(f"{self.path} is cut off in its header. {CURE}")
        self.at += length
        return self.data[self.at - length : self.at].decode("utf-8", "replace")

    def strings(self, items: int) -> Iterator[str]:
        """A vocabulary has 150,000 of them and as many merges: this takes a third of the time of as many single ones."""
        data, at, end, length_at = self.data, self.at, len(self.data), struct.Struct("<Q").unpack_from
        for _ in range(items):
            length = length_at(data, at)[0] if at + 8 <= end else end
            at += 8 + length
            if at > end:
                raise ModelError(f"{self.path} is cut off in its header. {CURE}")
            yield data[at - length : at].decode("utf-8", "replace")
        self.at = at

    def damaged(self, what: str) -> ModelError:
        return ModelError(f"{self.path} is damaged: its header has {what}. {CURE}")
