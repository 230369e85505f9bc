"""`python -m bench.fit QA_FOLDER`: fit the weights that decide what is shown and when an answer is refused, and write them.

The questions are those that the reader's training keeps apart (``models.training.reader.data``); their passages are one library. Each
question is asked three times: as it is; with the passages that answer it left out of what was found, so that the search's next
best stand in their place; and with the sentences that answer cut out of those passages, so that the topic is there and the answer
is not. The project's own questions (``models.training.reader.asked``) are asked of the windows that were judged for them. The weights of the sentences and of the ranking are those of a softmax over all sentences found or read (which one answers),
those of the answering of a logistic regression on the best sentence (whether any does).
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from index import packing
from index.search import Filters
from index.types import Article, Hit
from models import load_embedder, load_reader
from models.training.reader import asked as project
from models.training.reader import data
from rag import evidence, question, reading, refusal
from rag.assistant import READ, Assistant
from rag.evaluation import question_sets
from rag.evidence import Evidence, Held
from rag.opening import open_library
from rag.settings import Settings
from rag.upkeep.entries import entry
from rag.weights import FILE, weights

SENTENCES = (
    "characters",
    "since",
    "around",
    "topped",
    "fresh",
    "within",
    "lead",
    "dense",
    "passage",
    "holds",
    "unit",
    "years",
)
"""What is known of a sentence before it is read."""

RANKING = ("score", "answers", "place")
READER = ("answers", "place", "score")
COVERED = ("dense", "passage", "runs", "within", "topped")
ANSWERING = {
    "zh": (READER,),
    "en": (READER,),
    "other": (READER, COVERED),
    "unread": (COVERED,),
    "unread other": (COVERED,),
}
"""Whether anything answers is said by the reader and by what the sentence covers. Across languages either is enough: of 18 English questions
that Chinese news answers the reader alone takes 8 for less likely than not, as it cannot spell a name in the other script, and
by what is covered alone 28 of 300 of XQuAD's are refused. As one sum the two refuse more of both."""

MOST_LOST = 0.005
"""Share of the questions whose answering sentence may be among the best three and not be shown."""

REFUSED = {"zh": 0.05, "en": 0.06, "other": 0.03}
"""Share of the answerable questions that may be refused of any set, so that of what is asked elsewhere it is not above .06, of CLAPNQ's
.08: of DuReader's other half at .055 it was .062. Fewer across languages, where the person who asks cannot look it up."""

LOST_UNREAD = 0.01
"""The same of what was not read: a first look, after which nothing may be left to read."""

ENOUGH = 50
"""Answerable questions of a set from which on it has a say in the thresholds."""

RIDGE = 2e-3
"""Of the squared weights of standardised features, against chance in a few hundred questions."""

WHOLE, JUDGED = "whole", "judged"

PROJECT = (project.ASKED, project.ARTICLES, project.PLAIN)
"""Sets of the project's own."""

Weight = dict[str, float]


@dataclass(frozen=True, slots=True)
class Made:
    """What is weighed, by kind and feature, as :class:`rag.weights.Weights` has it."""

    sentences: Weight
    ranking: dict[str, Weight] = field(default_factory=dict)
    answering: dict[str, list[Weight]] = field(default_factory=dict)
    crowd: Weight = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asking:
    """One asking of a question: ``way`` is "whole", "without" (the passages that answer), "holed" (the sentences that do), or "judged",
    of passages of its own that answer or not; ``answered`` is whether they do.

    ``found`` are all sentences, and ``answering`` which of them answer; ``hits`` the passages by id, with the search's score, and
    ``gold`` those that answer."""

    set: str
    way: str
    answered: bool
    asked: str
    spoken: str
    found: list[Evidence]
    answering: NDArray[np.bool_]
    hits: list[tuple[str, float]]
    gold: frozenset[str]

    @property
    def kind(self) -> str:
        """By which weights its sentences count that were read."""
        return reading.kind(self.asked, self.spoken)

    @property
    def unread(self) -> str:
        """By which weights the others count."""
        return reading.unread(self.asked, self.spoken)

    @property
    def read(self) -> list[Evidence]:
        """The sentences that were read."""
        return [one for one in self.found if one.log_odds is not None]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which of those answer."""
        return self.answering[[one.log_odds is not None for one in self.found]]


class Library:
    """The passages of the questions kept apart as one library in a temporary folder."""

    def __init__(self, folder: Path, home: Path) -> None:
        learned, apart = data.read(folder)
        windows = [window for each in apart for window in each.answering + each.other]
        self.questions = apart + [each for each in project.read(learned)[1] if each.set in PROJECT]
        self.names = {text: f"p{at}" for at, text in enumerate(dict.fromkeys(window.text for window in windows))}
        titles = {window.text: window.title for window in windows}
        settings = Settings(home, engine="quote")
        self._embedder = load_embedder()
        library = open_library(settings, self._embedder, create=True)
        for text, name in self.names.items():
            article = Article(name, titles[text], text, path=f"{name}.txt", language=data.language(text), hash=name)
            library.replace(article.path, [entry(article, self._embedder)])
        library.close()
        self.assistant = Assistant(settings)
        self.own = self.assistant.beside("own")

    def ask(self, each: data.Question) -> Iterator[Asking]:
        """The three askings of a question, or the one of its own passages."""
        if each.set in PROJECT:
            yield self._judged(each)
            return
        asked = question.read(each.text)
        gold = {self.names[window.text]: window for window in each.answering}
        # A translated set says the same in another language, which is no wrong hit.
        spoken = data.language(each.answering[0].text)
        query = self.assistant.retrieval.query(asked)
        hits = self.assistant.retrieval.search.search(query, 2 * READ, Filters(language=spoken))
        sought = self.assistant.retrieval.sought(asked, query)
        for way in (WHOLE, "without", "holed"):
            kept, held = self._kept(way, hits, gold)
            units = lambda ids, held=held: {**self.assistant.library.units_of(i for i in ids if i not in held), **held}  # noqa: E731
            ranked = evidence.rank(asked, sought, kept[:READ], units)
            found = reading.read(load_reader(), asked, ranked)
            right = [way == WHOLE and _answers(one, gold.get(one.hit.article.id)) for one in found]
            scored = [(hit.passage.id, hit.score) for hit in kept[:READ]]
            answering = frozenset(hit.passage.id for hit in kept if way == WHOLE and _within(hit, gold))
            name = f"{each.set} {each.language}-{spoken}"
            yield Asking(
                name, way, way == WHOLE, asked.language, spoken, found, np.array(right, bool), scored, answering
            )

    def _judged(self, each: data.Question) -> Asking:
        """A question asked of the windows that were judged for it."""
        windows = {f"w{at}": window for at, window in enumerate(each.answering + each.other)}
        articles = [
            Article(name, w.title, w.text, language=data.language(w.text), hash=name) for name, w in windows.items()
        ]
        asking = self._of_its_own(f"{each.set} {each.language}-{articles[0].language}", each.text, articles)
        right = [_answers(one, windows[one.hit.article.id]) for one in asking.found]
        return replace(asking, answering=np.array(right, bool), answered=bool(each.answering))

    def brought(self, file: Path) -> Iterator[Asking]:
        """The questions of a file that bring passages of their own, each asked of these."""
        for each in question_sets.read(file).asked:
            yield replace(self._of_its_own(file.name, each.text, each.passages), answered=each.answerable)

    def _of_its_own(self, name: str, text: str, articles: Sequence[Article]) -> Asking:
        """A question asked of some articles, which are all of a library meanwhile; what answers is left open."""
        asked, retrieval = question.read(text), self.own.retrieval
        articles = [
            replace(article, path="own.txt") for article in articles
        ]  # in place of those of the question before
        self.own.library.replace("own.txt", [entry(article, self._embedder) for article in articles])
        query = retrieval.query(asked)
        hits = retrieval.search.search(query, READ)
        ranked = evidence.rank(asked, retrieval.sought(asked, query), hits, self.own.library.units_of)
        found = reading.read(load_reader(), asked, refusal.keeps_to_the_question(asked, ranked))
        none = np.zeros(len(found), bool)
        return Asking(name, JUDGED, False, asked.language, articles[0].language, found, none, [], frozenset())

    def _kept(
        self, way: str, hits: Sequence[Hit], gold: Mapping[str, data.Window]
    ) -> tuple[list[Hit], dict[str, Held]]:
        """The hits of an asking, and what is held of those that are not in the library."""
        kept: list[Hit] = []
        held: dict[str, Held] = {}
        for hit in hits:
            window = gold.get(hit.article.id)
            if window is None or way == WHOLE:
                kept.append(hit)
            elif way == "holed" and (text := _holed(window)):
                article = replace(hit.article, id=f"{hit.article.id}-holed", text=text)
                made = entry(article, self._embedder)
                at = min(hit.passage.ordinal, len(made.passages) - 1)
                if made.passages[at].id not in held:
                    rows = [row for row, unit in enumerate(made.units) if unit.passage == at]
                    spans = [(made.units[row].start, made.units[row].end) for row in rows]
                    held[made.passages[at].id] = spans, packing.unpack(made.vectors)[rows]
                    kept.append(Hit(made.passages[at], article, hit.score, hit.legs))
        return kept, held


def _answers(one: Evidence, window: data.Window | None) -> bool:
    return window is not None and any(one.start <= a < one.end or one.start < b <= one.end for a, b in window.spans)


def _within(hit: Hit, gold: Mapping[str, data.Window]) -> bool:
    window = gold.get(hit.article.id)
    return window is not None and any(hit.passage.start <= a < hit.passage.end for a, _ in window.spans)


def _holed(window: data.Window) -> str:
    """A passage without its answering sentences; "" where the answer's words stand elsewhere too, or nothing is left."""
    answers = {window.text[a:b] for a, b in window.spans}
    left = "".join(
        window.text[a:b]
        for a, b in data.sentences(window.text)
        if not any(a < end and start < b for start, end in window.spans)
    )
    return "" if not left.strip() or any(answer in left for answer in answers) else left


# --- fitting ----------------------------------------------------------------------------------------------------------


Rows = Sequence[tuple[Sequence[Evidence], NDArray[np.bool_]]]
"""For each question sentences, and which of them answer."""


def softmax(rows: Rows, names: Sequence[str]) -> dict[str, float]:
    """Weights of a softmax over the sentences of each question that one of them answers, in nats."""
    matrices = [(_matrix(found, names), right) for found, right in rows if right.any()]
    scale = np.concatenate([matrix for matrix, _ in matrices]).std(axis=0) + 1e-6
    tensors = [(torch.from_numpy(matrix / scale), torch.from_numpy(right)) for matrix, right in matrices]

    def loss(weight: torch.Tensor) -> torch.Tensor:
        scores = [(matrix @ weight, right) for matrix, right in tensors]
        return torch.stack([s.logsumexp(0) - s[right].logsumexp(0) for s, right in scores]).mean()

    return dict(zip(names, (_least(loss, len(names)) / scale).tolist(), strict=True))


def logistic(best: Sequence[Evidence], asked: Sequence[Asking], ways: Sequence[Sequence[str]]) -> list[Weight]:
    """Bias and weights of a logistic regression on the best sentence of each asking, for each way to know: their odds add up. Each
    of the two askings from which the answer was taken counts half."""
    matrices = [_matrix(best, names) for names in ways]
    scales = [matrix.std(axis=0) + 1e-6 for matrix in matrices]
    means = [matrix.mean(axis=0) for matrix in matrices]
    ones = np.ones((len(best), 1), np.float32)
    xs = [
        torch.from_numpy(np.hstack([(matrix - mean) / scale, ones]).astype(np.float32))
        for matrix, mean, scale in zip(matrices, means, scales, strict=True)
    ]
    sizes = [x.shape[1] for x in xs]
    told = torch.tensor([float(each.answered) for each in asked])
    counts = torch.tensor([1.0 if each.answered or each.way == JUDGED else 0.5 for each in asked])

    def loss(weight: torch.Tensor) -> torch.Tensor:
        odds = torch.stack([x @ w for x, w in zip(xs, torch.split(weight, sizes), strict=True)]).logsumexp(0)
        return torch.nn.functional.binary_cross_entropy_with_logits(odds, told, counts)

    made = []
    for names, mean, scale, found in zip(
        ways, means, scales, np.split(_least(loss, sum(sizes)), np.cumsum(sizes)[:-1]), strict=True
    ):
        own = found[:-1] / scale
        made.append({"bias": float(found[-1] - own @ mean), **dict(zip(names, own.tolist(), strict=True))})
    return made


def _least(loss: Callable[[torch.Tensor], torch.Tensor], size: int) -> NDArray[np.float32]:
    """The weights of the least loss, ridge included (L-BFGS)."""
    weight = torch.zeros(size, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight], max_iter=200, line_search_fn="strong_wolfe")

    def lost() -> torch.Tensor:
        optimizer.zero_grad()
        whole = loss(weight) + RIDGE * (weight**2).sum()
        torch.autograd.backward(whole)
        return whole

    optimizer.step(lost)  # type: ignore[no-untyped-call]
    return np.asarray(weight.detach().numpy())


def _matrix(found: Sequence[Evidence], names: Sequence[str]) -> NDArray[np.float32]:
    return np.array([[one.features[name] for name in names] for one in found], dtype=np.float32)


def fit(askings: Sequence[Asking], kept: Made | None = None) -> tuple[Made, list[Asking]]:
    """The weights, by the languages of question and article (:func:`rag.reading.kind`), and the askings scored by them. Those that are
    ``kept`` are not fitted."""
    made = Made(kept.sentences if kept else softmax([(each.found, each.answering) for each in askings], SENTENCES))
    askings = [_scored(each, made.sentences) for each in askings]
    kinds = sorted({each.kind for each in askings})
    made.ranking.update(kept.ranking if kept else {})
    made.answering.update(kept.answering if kept else {})
    for kind in kinds if not kept else ():
        made.ranking[kind] = softmax([(each.read, each.right) for each in askings if each.kind == kind], RANKING)
    if "other" in kinds and not kept:
        made.ranking["other"]["bias"] = _level(askings, made)
    for kind in {*kinds, *(each.unread for each in askings)} - made.answering.keys():
        own = [each for each in askings if kind in (each.kind, each.unread) and each.read]
        best = [_best(each, made, kind) for each in own]
        made.answering[kind] = logistic(best, own, ANSWERING[kind])
    return made, askings


def _level(askings: Sequence[Asking], made: Made) -> float:
    """What is added to sentences in another language than the question, so that where nothing answers the best of them scores like
    the best of its own: each kind is fitted among its own sentences, and a library holds both."""
    best: dict[bool, list[float]] = {True: [], False: []}
    for each in askings:
        if each.way not in (WHOLE, JUDGED) and each.read:
            best[each.kind == "other"].append(float(scores(each, made).max()))
    return float(np.mean(best[False]) - np.mean(best[True]))


def _scored(each: Asking, by: Mapping[str, float]) -> Asking:
    """An asking whose sentences are scored anew, best first; which of them were read stays as it was."""
    scores = [reading.weighed(by, one.features) for one in each.found]
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    found = [
        replace(each.found[at], score=scores[at], features={**each.found[at].features, "score": scores[at]})
        for at in order
    ]
    return replace(each, found=found, answering=each.answering[order])


def _best(each: Asking, made: Made, kind: str) -> Evidence:
    """The best sentence of an asking, of those read or of all."""
    if kind == each.unread:
        return each.found[0]
    return max(each.read, key=lambda one: reading.weighed(made.ranking[kind], one.features))


# --- what comes of it -------------------------------------------------------------------------------------------------


def odds(each: Asking, made: Made, kind: str) -> float:
    """Log-odds that one of the best sentences of an asking answers, by those read (its ``kind``) or by all found (``unread``)."""
    best = each.found
    if kind == each.kind:
        best = sorted(each.read, key=lambda one: -reading.weighed(made.ranking[kind], one.features))
    return max(_odds(one, made, kind) for one in best[: refusal.RUNNERS_UP])


def _odds(one: Evidence, made: Made, kind: str) -> float:
    ways = made.answering[kind]
    return (
        reading.either(ways, one.features)
        if kind.startswith("unread")
        else reading.among(ways, made.crowd.get(kind, 0.0), one.features)
    )


def scores(each: Asking, made: Made) -> NDArray[np.float64]:
    """Of the sentences read."""
    return np.array([reading.weighed(made.ranking[each.kind], one.features) for one in each.read])


def told(askings: Sequence[Asking], made: Made) -> list[str]:
    """Of each set: the answering sentence first and among three, and how well answered and unanswered ones are told apart."""
    lines = []
    for name in sorted({each.set for each in askings if each.answered and each.read}):
        own = [each for each in askings if each.set == name and each.read]
        whole = [each for each in own if each.answered]
        orders = [(each.right, np.argsort(-scores(each, made))) for each in whole]
        first = np.mean([right[order[0]] for right, order in orders])
        three = np.mean([right[order[:3]].any() for right, order in orders])
        read = np.mean([right.any() for right, _ in orders])
        yes = np.array([odds(each, made, each.kind) for each in whole])
        areas = []
        for way in sorted({each.way for each in own if not each.answered}):
            no = np.array([odds(each, made, each.kind) for each in own if each.way == way and not each.answered])
            areas.append(f"{way} {(yes[:, None] > no[None]).mean():.3f}")
        lines.append(
            f"{name:18} n {len(whole):3}: first {first:.3f} three {three:.3f} read {read:.3f}; AUC {', '.join(areas)}"
        )
    return lines


def order(askings: Sequence[Asking], made: Made) -> dict[str, float]:
    """How much of a passage's best sentence, found or read, is added to its score, for most right passages first: the middle of the
    shares that are equally good."""
    whole = [each for each in askings if each.way == WHOLE and each.read]
    told = {
        "found": [(each, each.found, [one.score for one in each.found]) for each in whole],
        "read": [(each, each.read, scores(each, made).tolist()) for each in whole],
    }

    def right(name: str, share: float) -> int:
        return sum(_first(each, found, scored, share) in each.gold for each, found, scored in told[name])

    shares = np.arange(0, 0.3, 0.02)
    counts = {name: [right(name, share) for share in shares] for name in told}
    return {name: float(np.median(shares[np.array(some) == max(some)])) for name, some in counts.items()}


def _first(each: Asking, found: Sequence[Evidence], scored: Sequence[float], share: float) -> str:
    best: dict[str, float] = {}
    for one, score in zip(found, scored, strict=True):
        best[one.hit.passage.id] = max(score, best.get(one.hit.passage.id, -np.inf))
    return max((hit for hit in each.hits if hit[0] in best), key=lambda hit: hit[1] + share * best[hit[0]])[0]


def margin(askings: Sequence[Asking], made: Made) -> float:
    """The smallest at which at most MOST_LOST of the questions lose a sentence among their best three."""
    behind = []
    for each in askings:
        found = scores(each, made)
        best = np.argsort(-found)[:3]
        if places := [place for place in best if each.right[place]]:
            behind.append(found[best[0]] - found[places[0]])
    return float(np.quantile(behind, 1 - MOST_LOST))


def crowd(askings: Sequence[Asking], made: Made) -> Weight:
    """For each kind what the odds lose for each e-fold of articles, so that at the threshold that then holds the fewest of the questions
    are answered that nothing answers, in the mean of the sets; 0 where no set tells."""

    def answered(own: Sequence[Asking], kind: str, step: float) -> float:
        tried = replace(made, crowd={kind: step})
        border = thresholds(own, tried)[kind]
        wrong: dict[str, list[bool]] = defaultdict(list)
        for each in own:
            if not each.answered:
                wrong[each.set].append(odds(each, tried, kind) > border)
        return float(np.mean([np.mean(told) for told in wrong.values()]))

    found = dict.fromkeys(made.ranking, 0.0)
    for kind in found:
        own = [each for each in askings if each.kind == kind and each.read]
        if len(own) >= ENOUGH:
            found[kind] = min((round(0.1 * step, 1) for step in range(11)), key=lambda step: answered(own, kind, step))
    return found


def thresholds(askings: Sequence[Asking], made: Made, tell: Callable[[str], None] = lambda _: None) -> dict[str, float]:
    """For each kind the highest at which no set refuses more than REFUSED of its answerable questions: those kept apart, and those that
    bring passages of their own."""
    sure: dict[tuple[str, str], list[float]] = defaultdict(list)
    for each in askings:
        if each.answered and each.read:
            kept = each.way == WHOLE
            for kind in (each.kind, each.unread) if kept else (each.kind,):
                sure["kept apart" if kept else each.set, kind].append(odds(each, made, kind))
    found: dict[str, float] = {}
    for (name, kind), told in sure.items():
        if len(told) >= ENOUGH:
            share = LOST_UNREAD if kind.startswith("unread") else REFUSED[kind]
            least = float(np.quantile(told, share, method="higher"))
            tell(f"{name}, {kind}: {least:.3f} refuses {share} of {len(told)}")
            found[kind] = min(least, found.get(kind, least))
    return found


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of question sets, *.jsonl.xz")
    parser.add_argument("--most", type=int, default=150, help="questions of each set and pair of languages")
    parser.add_argument(
        "--write", action="store_true", help=f"write {FILE.name}; without it the figures are only printed"
    )
    parser.add_argument(
        "--keep",
        nargs="*",
        metavar="KIND",
        help="keep the weights in force of sentences and ranking, and of the answering of these kinds: for another reader",
    )
    parser.add_argument(
        "--own",
        type=Path,
        nargs="*",
        default=[],
        help="files of questions that bring their passages: for the thresholds",
    )
    return parser.parse_args()


def main() -> None:
    """Ask, fit, and tell or write what came of it."""
    options = arguments()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        library = Library(options.data, Path(home))
        with library.assistant, closing(library.own.library):
            halves = collect(library, options.most)
            brought = [each for file in options.own for each in library.brought(file)]
    askings = [*halves[0], *halves[1]]
    print(f"{len(askings)} askings in {time.monotonic() - started:.0f} s; fitted on one half, measured on the other:")
    file = json.loads(FILE.read_text(encoding="utf-8"))
    kept = _kept(file, options.keep) if options.keep is not None else None
    for of, other in (halves, halves[::-1]):
        made, _ = fit(of, kept)
        print(*told([_scored(each, made.sentences) for each in other], made), sep="\n")
    file = _made(askings, brought, file, kept)
    print(json.dumps(file))
    if options.write:
        FILE.write_text(json.dumps(file, indent=1) + "\n", encoding="utf-8")
        weights.cache_clear()


def _made(
    askings: Sequence[Asking], brought: Sequence[Asking], file: Mapping[str, Any], kept: Made | None
) -> dict[str, object]:
    """What is to be in force in place of what is in the file."""
    made, askings = fit(askings, kept)
    fresh = {} if kept else {"order": order(askings, made), "margin": margin(askings, made)}
    brought = [_scored(each, made.sentences) for each in brought]
    made = replace(made, crowd=crowd(brought, made))
    found = thresholds([*(each for each in askings if each.way == WHOLE), *brought], made, print)
    if kept:
        found = {kind: least for kind, least in found.items() if kind in made.ranking}
    return {**file, **_rounded({**asdict(made), **fresh, "threshold": {**file["threshold"], **found}})}


def _kept(file: Mapping[str, Any], kinds: Sequence[str]) -> Made:
    return Made(file["sentences"], file["ranking"], {kind: file["answering"][kind] for kind in kinds})


def _rounded(made: Any) -> Any:
    if isinstance(made, float):
        return round(made, 4)
    if isinstance(made, list):
        return [_rounded(each) for each in made]
    return {name: _rounded(each) for name, each in made.items()}


def collect(library: Library, most: int, seed: int = 1) -> tuple[list[Asking], list[Asking]]:
    """The askings of at most ``most`` questions of each set and pair of languages, of the project's own for each of the three askings
    of another, in two halves. Of the one English set there are as many as of the three Chinese ones: the threshold by 60 questions
    may be that of the third or of the fifth lowest, -1.71 or -1.36."""
    random.Random(seed).shuffle(library.questions)
    counts: dict[tuple[str, str], int] = {}
    halves: tuple[list[Asking], list[Asking]] = ([], [])
    for each in library.questions:
        of_project = each.set in PROJECT
        if not each.answering and not of_project:
            continue
        key = (each.set, each.language + data.language((each.answering + each.other)[0].text))
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= (3 * most if of_project or key[1] == "enen" else most):
            halves[counts[key] % 2].extend(library.ask(each))
    return halves


if __name__ == "__main__":
    main()
