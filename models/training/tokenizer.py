"""One vocabulary for both languages: BPE merges learned apart, then joined, so neither crowds out the other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer

UNKNOWN = "[UNK]"
MAX_CHINESE_WORD = 4
MAX_LATIN_WORD = 16
_HAN = re.compile(r"[\u3400-\u9fff]+")


def _blank() -> Tokenizer:
    """Lower-cased NFKC text cut at white space, punctuation, a change of script and every four digits."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Whitespace(),
            pre_tokenizers.Split(Regex(r"\p{Nd}{1,4}|\p{Han}+|\p{P}|\p{S}"), "isolated"),
        ]
    )
    return tokenizer


def _merges(texts: Iterable[str], vocabulary: int, longest: int) -> dict[str, Any]:
    """The BPE model learned from the texts, as the tokenizer's JSON writes it."""
    from tokenizers import trainers

    tokenizer = _blank()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=3,
        special_tokens=[UNKNOWN],
        max_token_length=longest,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    model: dict[str, Any] = json.loads(tokenizer.to_str())["model"]
    return model


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two BPE models over different scripts as one: a word holds one script, so their merges never meet."""
    vocabulary: dict[str, int] = dict(first["vocab"])
    for token in second["vocab"]:
        vocabulary.setdefault(token, len(vocabulary))
    merges = {tuple(pair): None for model in (first, second) for pair in model["merges"]}
    return {**first, "vocab": vocabulary, "merges": [list(pair) for pair in merges]}


def _han(texts: Iterable[str]) -> Iterator[str]:
    return (" ".join(_HAN.findall(text)) for text in texts)


def _without_han(texts: Iterable[str]) -> Iterator[str]:
    return (_HAN.sub(" ", text) for text in texts)


def train_tokenizer(english: list[str], chinese: list[str], vocabulary: int) -> Tokenizer:
    """A tokenizer of at most `vocabulary` tokens, half of them (with a few more for single characters) Chinese."""
    from tokenizers import Tokenizer

    half = vocabulary // 2
    han = _merges(_han(chinese), half, MAX_CHINESE_WORD)
    latin = _merges(_without_han([*english, *chinese]), vocabulary - len(han["vocab"]), MAX_LATIN_WORD)
    whole = json.loads(_blank().to_str())
    whole["model"] = _joined(latin, han)
    return Tokenizer.from_str(json.dumps(whole))
