"""Conversations come back as they were kept, whatever becomes of the articles, the process or the file."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.types import Article, Hit, Passage
from rag.conversations import MAX_TITLE, Conversations, ConversationsError
from rag.settings import Settings
from rag.types import Answer, Citation, Sentence, written

ROOT = Path(__file__).parents[1]
ZH = "青屿海上风电场并网容量达到多少？"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "conversations.sqlite"


@pytest.fixture
def kept(path: Path) -> Iterator[Conversations]:
    with Conversations(path) as opened:
        yield opened


def answer(question: str = "What rose?", text: str = "The tide rose 3 m.") -> Answer:
    article = Article("a", "Tides", text, "2026-03", "Harbour Office", "https://example.org/t", "/t.txt", "en", "hash")
    passage = Passage("a-0", "a", 0, 0, len(text), text, "Levels")
    citation = Citation(1, passage, article, text[4:8], 4, 8)
    return Answer(
        question,
        f"{text} [1]",
        (Sentence(text, (1,), supported=False, problems=("3 m",)),),
        (citation,),
        (Hit(passage, article, 0.75, {"dense": 0.5}),),
        refused=False,
        engine="quote",
        invented=("[9]",),
        timings={"search": 0.01},
        left_out={"history": 2},
    )


def texts(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        count = int(connection.execute("SELECT count(*) FROM text").fetchone()[0])
    connection.close()
    return count


def test_what_the_assistant_answered_comes_back_when_opened_again(kept: Conversations, sample_home: Path) -> None:
    from rag.assistant import Assistant  # here, as the children below import this file

    with Assistant(Settings(sample_home)) as assistant:
        given = [assistant.ask(question).answer for question in (ZH, "Who wrote the opera The Magic Flute?")]
    name = kept.start()
    for one in given:
        kept.add(name, one)
    kept.close()
    with Conversations(kept.path) as again:
        back = again.turns(name)
    assert back == given
    assert back[0].citations
    assert back[1].refused
    assert back[0].sentences[0].span  # a place, not a list of two numbers
    citation = back[0].citations[0]
    assert citation.article.text[citation.start : citation.end] == citation.quote


def test_what_was_kept_before_sentences_had_leads_is_shown_as_it_was(kept: Conversations) -> None:
    first = Sentence("共20公顷。", (1, 2), conversions=("20公顷 = 300亩",), lead="可能相关：\n2024年：")
    sentences = (first, Sentence("It rose.", (1,), lead="2025: "), Sentence("It rose."))
    given = replace(answer(), text=written(sentences), sentences=sentences)
    name = kept.start()
    kept.add(name, given)
    with sqlite3.connect(kept.path) as connection:
        shape = json.loads(bytes(connection.execute("SELECT answer FROM turn").fetchone()[0]))
        for sentence in shape["sentences"]:
            del sentence["lead"], sentence["span"]
        connection.execute("UPDATE turn SET answer = ?", (json.dumps(shape).encode(),))
    connection.close()
    assert kept.turns(name) == [given]


ANY_TEXT = st.text(st.characters(codec=None), max_size=20)  # surrogates and nulls too


def anything(kind: Any, *within: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that an answer is made of: a field that is added later is tried too."""
    inside = (*within, kind)
    if isinstance(kind, type) and is_dataclass(kind):
        return st.builds(kind, **{name: anything(part, *inside) for name, part in get_type_hints(kind).items()})
    if get_origin(kind) is tuple:
        part = get_args(kind)[0]
        # An article may name others of its kind, which name none.
        return st.lists(anything(part, *inside), max_size=2).map(tuple) if within.count(part) < 2 else st.just(())
    if get_origin(kind) is UnionType:
        return st.none() | st.tuples(*map(anything, get_args(get_args(kind)[0])))
    if get_origin(kind) is Mapping:
        return st.dictionaries(ANY_TEXT, anything(get_args(kind)[1]), max_size=2)
    return {str: ANY_TEXT, int: st.integers(), float: st.floats(allow_nan=False), bool: st.booleans()}[kind]


@settings(max_examples=30)
@given(st.lists(anything(Answer), min_size=1, max_size=3))
def test_any_answer_comes_back_equal(given_answers: list[Answer]) -> None:
    with tempfile.TemporaryDirectory() as folder, Conversations(Path(folder) / "c.sqlite") as kept:
        name = kept.start()
        for one in given_answers:
            kept.add(name, one)
        assert kept.turns(name) == given_answers
        kept.delete(name)
        assert texts(kept.path) == 0


def test_the_list_has_the_one_answered_last_first(kept: Conversations) -> None:
    first, second, empty = kept.start(), kept.start(), kept.start()
    kept.add(first, answer("How high is\nthe  tide?"))
    kept.add(second, answer("为什么" * 50))
    kept.add(first, answer("And tomorrow?"))
    listed = kept.list()
    assert [(one.id, one.title, one.count) for one in listed] == [
        (first, "How high is the tide?", 2),
        (second, ("为什么" * 50)[: MAX_TITLE - 1] + "…", 1),
    ]
    assert abs(listed[0].time - datetime.now(UTC)) < timedelta(minutes=5)
    assert kept.turns(empty) == []


def test_a_title_can_be_changed_to_any_but_an_empty_one(kept: Conversations) -> None:
    name = kept.start()
    kept.add(name, answer())
    kept.rename(name, " Tides\n\x00of \ud800March ")
    assert kept.list()[0].title == "Tides of ?March"
    with pytest.raises(ConversationsError, match="at least one letter"):
        kept.rename(name, " \n")
    kept.add(name, answer("Next?"))
    assert kept.list()[0].title == "Tides of ?March"


def test_a_text_is_kept_once_and_goes_with_the_last_that_quotes_it(kept: Conversations) -> None:
    first, second = kept.start(), kept.start()
    kept.add(first, answer())
    kept.add(first, answer("Again?"))
    kept.add(second, answer())
    kept.add(second, answer(text="The secret tide fell 2 m."))
    assert texts(kept.path) == 2
    kept.delete(second)
    assert [one.question for one in kept.turns(first)] == ["What rose?", "Again?"]
    assert [texts(kept.path), len(kept.list())] == [1, 1]
    on_disk = b"".join(file.read_bytes() for file in kept.path.parent.iterdir())
    assert b"secret tide" not in on_disk
    kept.delete(first)
    assert [texts(kept.path), kept.list()] == [0, []]


def test_answers_from_one_on_can_be_cut_off(kept: Conversations) -> None:
    name = kept.start()
    assert kept.title(name) == ""
    for number in range(4):
        kept.add(name, answer(f"Question {number}", f"The tide rose {number} m."))
    kept.cut(name, 2)
    assert [one.question for one in kept.turns(name)] == ["Question 0", "Question 1"]
    assert (kept.title(name), texts(kept.path)) == ("Question 0", 2)
    kept.cut(name, 9)
    assert kept.list()[0].count == 2
    kept.cut(name, 0)
    assert (kept.turns(name), kept.list(), texts(kept.path)) == ([], [], 0)
    kept.add(name, answer("Another?"))
    assert kept.title(name) == "Another?"
    kept.rename(name, "Tides")
    kept.cut(name, 0)
    kept.add(name, answer())
    assert [(one.title, one.count) for one in kept.list()] == [("Tides", 1)]


@pytest.mark.parametrize("call", ["add", "turns", "title", "cut", "rename", "delete"])
def test_what_was_deleted_is_said_to_be(kept: Conversations, call: str) -> None:
    name = kept.start()
    kept.delete(name)
    more = {"add": (answer(),), "rename": ("Title",), "cut": (1,)}.get(call, ())
    with pytest.raises(ConversationsError, match=f"no conversation {name}.*deleted"):
        getattr(kept, call)(name, *more)


def test_an_answer_that_cannot_be_kept_leaves_nothing(kept: Conversations) -> None:
    name = kept.start()
    with pytest.raises(TypeError, match="JSON cannot keep"):
        kept.add(name, replace(answer(), timings={"search": object()}))  # type: ignore[dict-item]
    assert (kept.list(), kept.turns(name)) == ([], [])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_else_on_the_machine_reads_them(kept: Conversations) -> None:
    kept.add(kept.start(), answer())
    assert {file.stat().st_mode & 0o777 for file in kept.path.parent.iterdir()} == {0o600}


ADDING = """
import sys
from pathlib import Path
from rag.conversations import Conversations
sys.path.insert(0, "tests")
from test_conversations import answer
with Conversations(Path(sys.argv[1])) as kept:
    name = kept.start()
    print(name, flush=True)
    for number in range(int(sys.argv[2])):
        kept.add(name, answer(f"Question {number}", f"The tide rose {number} m."))
        print(number, flush=True)
"""


def adding(path: Path, turns: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ADDING, str(path), str(turns)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_processes_that_begin_at_once_all_keep_their_answers(path: Path) -> None:
    started = [adding(path, 5) for _ in range(4)]
    said = [child.communicate(timeout=60)[0].split() for child in started]
    assert [child.returncode for child in started] == [0] * 4
    with Conversations(path) as kept:
        assert [[a.question for a in kept.turns(words[0])] for words in said] == [
            [f"Question {number}" for number in range(5)]
        ] * 4
        assert texts(path) == 5


def test_threads_take_turns(kept: Conversations) -> None:
    def work(name: str) -> None:
        for number in range(10):
            kept.add(name, answer(f"{name} {number}"))
            kept.list()
            kept.turns(name)

    names = [kept.start() for _ in range(4)]
    threads = [Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [[a.question for a in kept.turns(name)] for name in names] == [
        [f"{name} {number}" for number in range(10)] for name in names
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("said", [1, 4])
def test_a_kill_loses_nothing_that_was_kept(path: Path, said: int) -> None:
    with adding(path, 10_000) as child:
        assert child.stdout
        name = child.stdout.readline().strip()
        last = [int(child.stdout.readline()) for _ in range(said)][-1]
        child.send_signal(signal.SIGKILL)
        child.wait()
    with Conversations(path) as kept:
        turns = kept.turns(name)
        assert len(turns) > last
        assert turns[last] == answer(f"Question {last}", f"The tide rose {last} m.")
        assert texts(path) == len(turns)


def test_what_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, but somebody's notes, long enough to be looked at" * 20)
    with pytest.raises(ConversationsError, match=r"conversations\.sqlite is damaged.*Move it away"):
        Conversations(path)
    assert path.read_bytes().startswith(b"not a database")


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipe (name TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(ConversationsError, match=r"holds something else.*Move it away"):
        Conversations(path)
    assert path.read_bytes() == before


def test_a_newer_format_is_refused_with_the_cure(kept: Conversations) -> None:
    kept.close()
    with sqlite3.connect(kept.path) as newer:
        newer.execute("PRAGMA user_version = 3")
    newer.close()
    with pytest.raises(ConversationsError, match=r"newer Yinju \(format 3, this one reads 2\)\. Upgrade"):
        Conversations(kept.path)


def test_an_answer_of_a_newer_version_is_refused_with_the_cure(kept: Conversations) -> None:
    name = kept.start()
    kept.add(name, answer())
    with sqlite3.connect(kept.path) as newer:
        newer.execute('UPDATE turn SET answer = replace(CAST(answer AS TEXT), \'"engine"\', \'"mood": 1, "engine"\')')
        newer.execute("UPDATE turn SET answer = CAST(answer AS BLOB)")
    newer.close()
    with pytest.raises(ConversationsError, match=f"{name} that this version cannot read.*Upgrade"):
        kept.turns(name)
    kept.delete(name)


def test_a_damaged_file_says_so(kept: Conversations) -> None:
    name = kept.start()
    for number in range(50):
        kept.add(name, answer(f"Question {number}", f"The tide rose {number} m. " * 50))
    kept.close()
    whole = kept.path.read_bytes()
    kept.path.write_bytes(whole[:4096] + b"\xff" * 8192 + whole[12288:])
    with pytest.raises(ConversationsError, match=r"damaged|malformed"), Conversations(kept.path) as opened:
        opened.turns(name)


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConversationsError, match="--home FOLDER"):
        Conversations(tmp_path / "file" / "conversations.sqlite")
