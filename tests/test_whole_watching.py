"""Standing questions: what newly answers is told once, with its quote, and nothing that was there before."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.assistant import Assistant
from rag.settings import load_settings
from rag.upkeep.ingest import ingest
from rag.whole.watching import WatchError, Watches
from ui.cli import app
from ui.overview_tools import OverviewTools

OLD = "青屿港2025年完成集装箱吞吐量512万标准箱，同比增长8%。"
NEW = "青屿港2026年前三季度完成集装箱吞吐量430万标准箱，同比增长11%。"
OTHER = "临江大学研制出可降解地膜，成本比普通地膜高12%。"


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"{text}\n", encoding="utf-8")


def test_what_newly_answers_is_told_once(tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    write(folder, "old.txt", OLD)
    ingest([folder], settings)
    watches = Watches(settings.library_folder)
    with Assistant(settings) as assistant:
        watches.add(assistant, "青屿港的集装箱吞吐量是多少？")
        watches.add(assistant, "哪些文章提到“地膜”")
        assert watches.check(assistant) == []
        with pytest.raises(WatchError, match="already"):
            watches.add(assistant, "青屿港的集装箱吞吐量是多少？")
    write(folder, "new.txt", NEW)
    write(folder, "other.txt", OTHER)
    ingest([folder], settings)
    with Assistant(settings) as assistant:
        told = {one.question: [told.quote for told in one.told] for one in watches.check(assistant)}
        assert told == {"青屿港的集装箱吞吐量是多少？": [NEW], "哪些文章提到“地膜”": [OTHER]}
        assert watches.check(assistant) == []
    assert [one.unread for one in watches.questions()] == [1, 1]


def test_each_reader_has_read_what_that_reader_read(tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    write(folder, "old.txt", OLD)
    ingest([folder], settings)
    ann, bo, everybody = (Watches(settings.library_folder, name) for name in ("Ann", "Bo", ""))
    with Assistant(settings) as assistant:
        everybody.add(assistant, "哪些文章提到“吞吐量”")
    write(folder, "new.txt", NEW)
    ingest([folder], settings)
    with Assistant(settings) as assistant:

        def tell(name: str) -> int:
            tool = OverviewTools(lambda *_: nullcontext(assistant), lambda: name).whats_new
            return sum(len(one["told"]) for one in tool()["watched"])

        assert (tell("Ann"), tell("Ann"), tell("Bo")) == (1, 0, 1)
        assert [one.unread for one in everybody.questions()] == [1]
        kept = json.loads(ann.path.read_text(encoding="utf-8"))
        for one in kept["questions"]:  # as it was kept before readers had names
            one["told"] = [told | {"read": True} for told in one["told"]]
            del one["read"]
        ann.path.write_text(json.dumps(kept), encoding="utf-8")
        assert [one.unread for one in (*ann.questions(), *everybody.questions())] == [0, 0]
        write(folder, "newer.txt", OTHER.replace("可降解地膜", "吞吐量翻番的分拣机"))
        ingest([folder], settings)
        bo.check(assistant)
    ann.mark_read()
    assert [each.questions()[0].unread for each in (ann, bo, everybody)] == [0, 1, 1]


def test_what_was_there_and_what_another_article_repeats_is_not_new(tmp_path: Path) -> None:
    folder, settings = tmp_path / "articles", load_settings(tmp_path / "home", engine="quote")
    write(folder, "old.txt", OLD)
    ingest([folder], settings)
    watches = Watches(settings.library_folder)
    with Assistant(settings) as assistant:
        watches.add(assistant, "哪些文章提到“吞吐量”")
    write(folder, "moved.txt", OLD)
    write(folder, "new.txt", f"港口公布数据\n\n{NEW}")
    write(folder, "again.txt", f"青屿港的消息\n\n{NEW}港口负责人说，下半年的航线还会增加。")
    ingest([folder], settings)
    with Assistant(settings) as assistant:
        (news,) = watches.check(assistant)
        assert [told.quote for told in news.told] == [NEW]
        assert watches.check(assistant) == []


def test_the_commands_tell_what_is_new_after_indexing(tmp_path: Path) -> None:
    folder, home = tmp_path / "articles", str(tmp_path / "home")
    run = CliRunner().invoke
    write(folder, "old.txt", OLD)
    assert run(app, ["--home", home, "index", str(folder)]).exit_code == 0
    assert run(app, ["--home", home, "watch", "add", "青屿港的集装箱吞吐量是多少？"]).exit_code == 0
    assert run(app, ["--home", home, "watch", "check"]).exit_code == 1
    write(folder, "new.txt", NEW)
    done = run(app, ["--home", home, "index", str(folder)])
    assert NEW in done.stdout
    assert OLD not in done.stdout
    assert run(app, ["--home", home, "watch", "check"]).exit_code == 1
    (kept,) = json.loads(run(app, ["--home", home, "watch", "list", "--json"]).stdout)["watched"]
    assert [told["quote"] for told in kept["told"]] == [NEW]
    assert run(app, ["--home", home, "watch", "remove", "1"]).exit_code == 0
    assert run(app, ["--home", home, "watch", "remove", "1"]).exit_code == 1


def test_a_file_that_is_none_of_ours_is_told(tmp_path: Path) -> None:
    (tmp_path / "watched.json").write_text("[]", encoding="utf-8")
    with pytest.raises(WatchError, match="Move it away"):
        Watches(tmp_path).questions()
