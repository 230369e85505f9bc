"""`python bench/fit_topics.py --news FILE.jsonl.xz --articles FOLDER`: fits how articles are judged to be about a topic.

Logistic regression on the development half of bench/topics.jsonl alone, each topic counting the same, and a second one on what the
first says of topics that it was not fitted on and the reader where that leaves it open; the score that the best passage
must have is the one that best parts those topics from topics of which a collection holds nothing. Prints what is found of topics
that were left out of the fit in turn, chooses the border where precision falls as short of .80 as recall of .90 among those, and
that of what is near where recall is NEAR, and writes rag/whole/about.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from bench.topics import HALVES, Topic, build, judged, name, read
from rag.assistant import Assistant
from rag.settings import Settings
from rag.whole import about

FOLDS = 11
READ = 40
"""Articles of a topic that the reader is asked of: more than the search leaves open."""
FLOOR = (0.80, 0.90)
NEAR = 0.92
NAMES = ("passages", "best", "top", "nearest", "lead", "characters", "opens", "speaks")
WRITTEN = Path(about.__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True)
class Found:
    """A topic, the names of the articles found for it, what is told of each, shape (articles, features), what the reader says of those
    of which most is told, and the best passage's score."""

    topic: Topic
    names: Sequence[str]
    told: NDArray[np.float64]
    said: Mapping[str, float]
    best: float

    @property
    def labels(self) -> NDArray[np.int64]:
        """1 for an article about the topic, 0 for another one, -1 for one that counts for neither."""
        return np.array([1 if one in self.topic.about else -1 if one in self.topic.near else 0 for one in self.names])


def collect(libraries: Mapping[str, Settings]) -> Iterator[Found]:
    """The topics of the development half in their collection, and in the other one those that nothing there is about."""
    for of, settings in libraries.items():
        with Assistant(settings) as assistant:
            for topic in read()[1]:
                if topic.half == HALVES[0] and (topic.of == of or topic.absent):
                    labelled = topic if topic.of == of else Topic(topic.topic, of, topic.half, frozenset(), frozenset())
                    ranked = assistant.ranked(topic.topic, about.REACH)[1]
                    articles = {one.hit.article.id: one.hit.article for one in ranked}
                    told = about.features(ranked, assistant.vectors(one.hit.passage.id for one in ranked))
                    names = [name(articles[id_].title, articles[id_].path, of) for id_ in told]
                    values = np.array([[one[key] for key in NAMES] for one in told.values()])
                    most = np.argsort(-values.sum(axis=1))[:READ]
                    asked = [articles[list(told)[at]] for at in most]
                    said = dict(zip([names[at] for at in most], about.says(topic.topic, asked), strict=True))
                    yield Found(labelled, names, values, said, about.best(ranked))


def fit(topics: Sequence[Found], values: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], float]:
    """Weights of what is known of the articles of each topic, shape (articles, features), and the bias; each topic counts as one
    article about it does."""
    from sklearn.linear_model import LogisticRegression

    told, labels, weights = [], [], []
    for one, own in ((one, own) for one, own in zip(topics, values, strict=True) if one.topic.about):
        counted = one.labels >= 0
        told.append(own[counted])
        labels.append(one.labels[counted])
        weights.append(np.full(counted.sum(), 1 / max(1, (one.labels == 1).sum())))
    model = LogisticRegression(C=10.0, max_iter=5000)
    model.fit(np.vstack(told), np.concatenate(labels), sample_weight=np.concatenate(weights))
    return model.coef_[0], float(model.intercept_[0])


def parting(topics: Sequence[Found]) -> float:
    """The score of a best passage that parts the topics that something is about from the others with the fewest mistakes."""
    best = np.array([one.best for one in topics])
    there = np.array([bool(one.topic.about) for one in topics])
    scores = np.unique(best)
    borders = (scores[1:] + scores[:-1]) / 2
    right = [
        (there & (best > at)).sum() / there.sum() + (~there & (best < at)).sum() / (~there).sum() for at in borders
    ]
    return round(float(borders[int(np.argmax(right))]), 3)


def left_out(topics: Sequence[Found], values: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Log-odds of the articles of each topic by a fit on the others."""
    odds: dict[int, NDArray[np.float64]] = {}
    for fold in range(FOLDS):
        others = [at for at in range(len(topics)) if at % FOLDS != fold]
        weights, bias = fit([topics[at] for at in others], [values[at] for at in others])
        odds |= {at: own @ weights + bias for at, own in enumerate(values) if at % FOLDS == fold}
    return [odds[at] for at in range(len(topics))]


def read_too(topics: Sequence[Found], odds: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Of the articles of each topic the log-odds by search, and what the reader says where they leave it open, compared."""
    made = []
    for one, own in zip(topics, odds, strict=True):
        found = dict(zip(one.names, own.tolist(), strict=True))
        said = {name: value for name, value in one.said.items() if abs(found[name]) < about.UNSURE}
        compared = about.compared(found, said)
        made.append(np.array([[found[name], compared[name]] for name in one.names]).reshape(-1, 2))
    return made


def score(topics: Sequence[Found], odds: Sequence[NDArray[np.float64]], border: float) -> tuple[float, float, int]:
    """Precision and recall, averaged over the topics that something is about; of the others, how many listed something."""
    scores, listed = [], 0
    for one, own in zip(topics, odds, strict=True):
        found = {named for named, above in zip(one.names, own > border, strict=True) if above}
        if one.topic.about:
            scores.append(judged(one.topic, found))
        else:
            listed += bool(found)
    return mean(p for p, _ in scores), mean(r for _, r in scores), listed


def main() -> None:
    """Fit, print what is found of topics left out, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--news", type=Path, required=True, help="articles, a JSON object a line with its text, xz")
    parser.add_argument("--articles", type=Path, required=True, help="folder of the shared articles")
    parser.add_argument("--home", type=Path, help="where the libraries lie or are made; else they are made anew")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        topics = list(collect(build(given.news, given.articles, given.home or Path(folder))))
    least = parting(topics)
    told = [one.told for one in topics]
    both = read_too(topics, left_out(topics, told))
    odds = [own if one.best >= least else own - inf for one, own in zip(topics, left_out(topics, both), strict=True)]
    borders = np.unique(np.round(np.concatenate(odds), 2))
    tried = {float(border): score(topics, odds, border) for border in borders[borders > -6]}
    border = max(tried, key=lambda at: min(tried[at][0] / FLOOR[0], tried[at][1] / FLOOR[1]))
    near = max((at for at in tried if tried[at][1] >= NEAR), default=min(tried))
    empty = sum(not one.topic.about for one in topics)
    for what, at in (("about", border), ("near", near)):
        precision, recall, listed = tried[at]
        print(
            f"{what}: precision {precision:.3f}, recall {recall:.3f}, something listed for {listed} of {empty} others"
        )
    weights, bias = fit(topics, told)
    (found, said), other = fit(topics, both)
    made = {
        "weights": {key: round(float(weight), 2) for key, weight in zip(NAMES, weights, strict=True)},
        "bias": round(bias, 2),
        "found": round(float(found), 2),
        "read": round(float(said), 2),
        "border": round(border - other, 2),
        "near": round(near - border, 2),
        "least": least,
    }
    WRITTEN.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(made))


if __name__ == "__main__":
    main()
