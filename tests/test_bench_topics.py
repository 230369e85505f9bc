"""The labelled topics and standing questions are whole, and a topic is judged as its labels say."""

from __future__ import annotations

from bench.standing import questions
from bench.topics import HALVES, Topic, judged, read
from index.lexical import language


def test_the_labels_are_whole() -> None:
    sample, topics = read()
    lines = set(map(str, sample))
    assert len(topics) >= 40
    for half in HALVES:
        own = [one for one in topics if one.half == half]
        assert {(language(one.topic), one.of) for one in own} == {
            (spoken, of) for spoken in ("zh", "en") for of in ("news", "articles")
        }
    for one in topics:
        assert one.about
        assert not one.about & one.near
        assert one.of == "articles" or one.about | one.near <= lines, one.topic
    assert len({(one.topic, one.of) for one in topics}) == len(topics)


def test_the_standing_questions_are_whole() -> None:
    sample, _ = read()
    texts = dict.fromkeys(sample, "") | {sample[0]: "台風“杜蘇芮”登陸"}
    asked = questions(texts)
    assert len(asked) == 20
    assert sum(one.answers == {sample[0]} for one in asked) == 1  # the literal one is told by the texts
    for one in asked:
        assert one.answers
        assert not one.answers & one.near
        assert one.answers | one.near <= set(sample)


def test_a_topic_is_judged_by_what_is_certain() -> None:
    topic = Topic("算力", "news", HALVES[0], frozenset("ab"), frozenset("n"))
    assert judged(topic, {"a", "n", "x"}) == (0.5, 0.5)
    assert judged(topic, {"n"}) == (0.0, 0.0)
    assert judged(topic, {"a", "b"}) == (1.0, 1.0)
