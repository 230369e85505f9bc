"""The fitting of the weights, tried on questions made up here: what it writes is what the answering reads, and puts what answers first."""

from __future__ import annotations

import json
import lzma
from dataclasses import replace
from functools import partial
from math import log
from pathlib import Path

import numpy as np
import pytest

from bench import fit
from index.types import Article, Hit, Passage
from models.training.reader import asked as project
from rag import weights
from rag.evidence import Evidence

TOWNS = ["Ashby", "Borrow", "Calder", "Denholm", "Elsing", "Farley", "Garth", "Hythe"]
RIVERS = ["东海河", "白沙江", "青石溪", "红林河", "长岭江", "乌山溪", "平湖河", "云门江"]


def rows() -> list[dict[str, object]]:
    """A question on each of some towns and rivers, and a passage that answers among those that do not."""
    made_up: list[dict[str, object]] = []
    for at, (town, river) in enumerate(zip(TOWNS, RIVERS, strict=True)):
        year, length = str(1801 + at), f"{120 + at}公里"
        for language, title, asked, passage, answer in (
            ("en", town, f"When was the mill of {town} built?", f"{town} lies on the river. Its mill was built in {year}. Barges came to it until the war.", year),
            ("zh", river, f"{river}有多长？", f"{river}流经三个省份，沿岸有许多村庄。{river}全长{length}，冬天不结冰。两岸种着水稻和桑树。", length),
        ):  # fmt: skip
            answers = [{"text": answer, "start": passage.index(answer)}]
            made_up.append(
                {
                    "set": "xquad", "id": f"{language}{at}", "lang": language, "plang": language, "title": title,
                    "question": asked, "passage": passage, "answerable": True, "answers": answers,
                }
            )  # fmt: skip
    return made_up


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with lzma.open(tmp_path / "towns.jsonl.xz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows())
    return tmp_path


def test_what_is_fitted_is_written_and_in_force(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "weights.json"
    monkeypatch.setattr(fit, "FILE", file)
    monkeypatch.setattr(weights, "FILE", file)
    monkeypatch.setattr(fit, "ENOUGH", 1)
    monkeypatch.setattr(project, "read", partial(project.read, sample=40))
    file.write_bytes(Path(fit.__file__).parent.parent.joinpath("models/bundled/reader/weights.json").read_bytes())
    monkeypatch.setattr("sys.argv", ["bench.fit", str(folder), "--write"])
    weights.weights.cache_clear()
    try:
        fit.main()
        found = weights.weights()
    finally:
        monkeypatch.undo()
        weights.weights.cache_clear()
    assert set(found.sentences) == set(fit.SENTENCES)
    for kind in ("zh", "en", "unread"):
        assert [set(way) for way in found.answering[kind]] == [{"bias", *names} for names in fit.ANSWERING[kind]]
        assert kind in found.threshold
    assert found.ranking["zh"]["place"] > 0
    assert set(found.order) == {"found", "read"}


def asking(way: str, spoken: str, score: float) -> fit.Asking:
    hit = Hit(Passage("a-0", "a", 0, 0, 3, "甲。", ""), Article("a", "", "甲。", "2025-01-01", language=spoken), 1.0)
    one = Evidence(hit, 0, 2, score, {"score": score}, log_odds=0.0)
    return fit.Asking(
        "made", way, way == "whole", "zh", spoken, [one], np.array([way == "whole"]), [("a-0", 1.0)], frozenset()
    )


def test_what_does_not_answer_scores_alike_in_both_languages() -> None:
    made = fit.Made({"score": 1.0}, {"zh": {"score": 1.0}, "other": {"score": 2.0}})
    askings = [asking("whole", "zh", 9.0), asking("without", "zh", 1.0), asking("holed", "zh", 3.0)]
    askings += [asking("whole", "en", 9.0), asking("without", "en", 2.0), asking("holed", "en", 4.0)]
    made.ranking["other"]["bias"] = fit._level(askings, made)
    best = [float(fit.scores(each, made).max()) for each in askings if each.way != "whole"]
    assert sum(best[:2]) == pytest.approx(sum(best[2:]))


def brought(of: str, answered: bool, says: float, articles: int) -> fit.Asking:
    hit = Hit(Passage("a-0", "a", 0, 0, 3, "甲。", ""), Article("a", "", "甲。", language="zh"), 1.0)
    features = {"answers": says, "articles": log(articles)}
    found = [Evidence(hit, 0, 2, 0.0, features, log_odds=0.0)]
    return fit.Asking(of, fit.JUDGED, answered, "zh", "zh", found, np.array([False]), [], frozenset())


def test_where_many_articles_are_read_more_is_asked_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "ENOUGH", 1)
    made = fit.Made({}, {"zh": {"answers": 1.0}}, {"zh": [{"answers": 1.0}]})
    few = [brought("few", at >= 0, at / 10, 1) for at in range(-10, 11)]
    many = [brought("many", at >= 12, at / 10, 5) for at in range(2, 33)]
    made = replace(made, crowd=fit.crowd([*few, *many], made))
    assert 0 < made.crowd["zh"] <= 1
    border = fit.thresholds([*few, *many], made)["zh"]
    told = {each.set: 0 for each in many + few}
    for each in many + few:
        told[each.set] += not each.answered and fit.odds(each, made, "zh") > border
    assert told == {"few": 0, "many": 0}
