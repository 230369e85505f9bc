"""Whether the material answers the question: the writer's log-odds, as far as the writer can tell at all, and the rules'."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from models import LanguageModel, Message
from rag import refusal
from rag.evidence import Evidence
from rag.question import Question
from rag.writing import prompt

RULES = 0.1
"""How much the rules' log-odds (:mod:`rag.refusal`) count beside the model's: they know the words, it knows what they say."""

THRESHOLD = 0.0
"""Log-odds, the model's and the rules' together, below which nothing is written."""

TELLS = 2.0
"""How much more likely a yes to the worked example's first question must be than to its second, in nats, for a model to be
asked at all: 5.3-5.9 of Qwen2.5-1.5B-Instruct, -0.5 and 0.7 of Qwen2.5-0.5B-Instruct, which says yes and no by chance."""

_PRIOR: WeakKeyDictionary[LanguageModel, dict[str, tuple[float, float]]] = WeakKeyDictionary()


def answers(model: LanguageModel, question: Question, ranked: Sequence[Evidence], judging: Sequence[Message]) -> bool:
    """Whether the material of ``judging`` answers, by the model's and the rules' log-odds; yes where the model cannot tell."""
    if not tells(model, question.language):
        return True
    middle, _ = prior(model, question.language)
    rules = max((refusal.log_odds(question, one) for one in ranked[: refusal.RUNNERS_UP]), default=0.0)
    return _log_odds(model, question.language, judging) - middle + RULES * rules >= THRESHOLD


def tells(model: LanguageModel, language: str) -> bool:
    """Whether a model can tell what is answered from what is not; one that cannot is weak in all it does."""
    return prior(model, language)[1] >= TELLS


def prior(model: LanguageModel, language: str) -> tuple[float, float]:
    """What a model says of the worked example, which every prompt begins with: the middle between its log-odds of a yes to the
    question that is answered and to the one that is not, and how far apart these are, in nats. Asked once a model.

    Contextual calibration (Zhao et al. 2021, Calibrate Before Use): small models favour one of two answers whatever is asked.
    """
    known = _PRIOR.setdefault(model, {})
    if language not in known:
        yes, no = (_log_odds(model, language, turns) for turns in prompt.examples(language))
        known[language] = (yes + no) / 2, yes - no
    return known[language]


def _log_odds(model: LanguageModel, language: str, turns: Sequence[Message]) -> float:
    return model.log_odds(turns, prompt.YES[language], prompt.NO[language])
