"""Whether a writer can tell what is answered from what is not: one that cannot is weak in all it does."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from models import LanguageModel, Message
from rag.writing import prompt

TELLS = 2.0
"""How much more likely a yes to the worked example's first question must be than to its second, in nats: 5.3-5.9 of
Qwen2.5-1.5B-Instruct, -0.5 and 0.7 of Qwen2.5-0.5B-Instruct, which says yes and no by chance."""

_KNOWN: WeakKeyDictionary[LanguageModel, dict[str, float]] = WeakKeyDictionary()


def tells(model: LanguageModel, language: str) -> bool:
    """Whether a model's log-odds of a yes to a question that the worked example answers lie :data:`TELLS` above those to one that it
    does not. Asked once a model and language, of what every prompt begins with."""
    known = _KNOWN.setdefault(model, {})
    if language not in known:
        yes, no = (_log_odds(model, language, turns) for turns in prompt.examples(language))
        known[language] = yes - no
    return known[language] >= TELLS


def _log_odds(model: LanguageModel, language: str, turns: Sequence[Message]) -> float:
    return model.log_odds(turns, prompt.YES[language], prompt.NO[language])
