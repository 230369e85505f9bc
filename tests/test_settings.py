"""Which setting wins, and what a wrong one is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.settings import Settings, SettingsError, default_home, load_settings, shown


def write(home: Path, text: str) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    path = home / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults(own_home: Path) -> None:
    assert load_settings() == Settings(own_home, library="default", embedder="bundled", engine="auto", passages=8)


def test_each_source_overrides_the_one_before(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(own_home, 'passages = 3\nlibrary = "from-file"\nengine = "quote"\n')
    assert load_settings() == Settings(own_home, library="from-file", engine="quote", passages=3)
    monkeypatch.setenv("YINJU_PASSAGES", "4")
    monkeypatch.setenv("YINJU_LIBRARY", "from-environment")
    assert load_settings() == Settings(own_home, library="from-environment", engine="quote", passages=4)
    assert load_settings(passages=5, library=None) == Settings(
        own_home, library="from-environment", engine="quote", passages=5
    )


def test_home_from_flag_wins_over_environment(tmp_path: Path) -> None:
    chosen = tmp_path / "elsewhere"
    write(chosen, "passages = 9\n")
    assert load_settings(chosen).home == chosen
    assert load_settings(chosen).passages == 9


def test_home_without_flag_and_environment_is_the_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YINJU_HOME")
    assert load_settings().home == default_home()
    assert default_home().name == "yinju"


def test_home_is_absolute_and_knows_the_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    assert load_settings(Path("here")).home == tmp_path / "here"
    assert load_settings(Path("~/there")).home == tmp_path / "me" / "there"


def test_library_folder(own_home: Path) -> None:
    assert load_settings(library="新闻 2026").library_folder == own_home / "libraries" / "新闻 2026"


def test_unknown_key_in_file_names_key_file_and_known_keys(own_home: Path) -> None:
    path = write(own_home, "passagess = 3\n")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == (
        f"'passagess' in {path} is no setting of Yinju: known are library, store, embedder, reranker, engine, model, careful, strict, translate, passages, "
        "model_key, answers_at_once, questions_waiting, answer_seconds, log, proxy_header, proxy_from, metrics_from"
    )


def test_a_reranker_is_off_unless_named_and_can_be_taken_off_again(own_home: Path) -> None:
    assert load_settings().reranker == ""
    write(own_home, 'reranker = "/models/mine"\n')
    assert load_settings().reranker == "/models/mine"
    assert load_settings(reranker="").reranker == ""


def test_a_name_of_the_catalogue_is_where_that_model_lies(own_home: Path) -> None:
    settings = load_settings(embedder="bge-m3", reranker="bge-reranker-base")
    assert settings.embedder == str(own_home / "models" / "bge-m3")
    assert settings.reranker == str(own_home / "models" / "bge-reranker-base")
    assert load_settings(embedder="./bge-m3").embedder == "./bge-m3"


def test_unknown_key_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINJU_ENGIN", "quote")
    with pytest.raises(SettingsError, match=r"'engin' in the environment \(YINJU_ENGIN\) is no setting.*engine"):
        load_settings()


def test_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINJU_ENGINE", "")
    assert load_settings().engine == "auto"


def test_home_cannot_be_set_in_the_file_that_lies_in_it(own_home: Path) -> None:
    write(own_home, 'home = "/elsewhere"\n')
    with pytest.raises(SettingsError, match=r"'home' in .* is no setting"):
        load_settings()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('passages = "6"', "must be a whole number"),
        ("passages = true", "must be a whole number"),
        ("passages = 0", "1 to 50"),
        ("passages = 51", "1 to 50"),
        ("answers_at_once = 0", "1 to 200 questions"),
        ("answer_seconds = 4", "5 to 3,600 seconds"),
        ("library = 7", "must be text in quotes"),
        ('strict = "yes"', "must be true or false"),
        ("model = 7", "must be text in quotes"),
        ("reranker = 7", "must be text in quotes"),
        ('library = ""', "not empty"),
        ('engine = "guess"', "is none of auto, quote, write"),
        ('careful = "very"', "is none of bold, usual, sure"),
        ("[engine]", "must be text in quotes"),
    ],
)
def test_wrong_value_names_key_and_file(own_home: Path, line: str, told: str) -> None:
    path = write(own_home, line + "\n")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert line.strip("[]").split()[0] in message
    assert str(path) in message
    assert told in message


def test_number_in_the_environment_must_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINJU_PASSAGES", "six")
    with pytest.raises(SettingsError, match=r"passages = 'six' in the environment .* must be a whole number"):
        load_settings()


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", ".hidden", "-flag", "x.", "x ", "C:x", "a\nb", "y" * 65])
def test_library_that_is_no_folder_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="cannot name a folder"):
        load_settings(library=name)


@pytest.mark.parametrize("content", [b"passages = ", b"\xff\xfe\x00", b"= 3"])
def test_file_that_is_not_toml_is_named(own_home: Path, content: bytes) -> None:
    path = write(own_home, "")
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{path} is not TOML")


def test_loading_makes_nothing(own_home: Path) -> None:
    load_settings()
    assert not own_home.exists()
    assert os.environ["YINJU_HOME"] == str(own_home)


@pytest.mark.parametrize(
    ("written", "flag", "elsewhere"),
    [
        ('model = "http://192.0.2.7:8080/v1"', None, True),
        ('model = "http://192.0.2.7:8080/v1"', "http://192.0.2.7:8080/v1", True),
        ('model = "http://192.0.2.7:8080/v1"', "http://192.0.2.8:8080/v1", False),
        ('library = "default"', "http://192.0.2.7:8080/v1", False),
        ("", None, False),
    ],
)
def test_another_machine_is_taken_at_its_word_only_where_settings_toml_names_it(
    written: str, flag: str | None, elsewhere: bool, tmp_path: Path
) -> None:
    (tmp_path / "settings.toml").write_text(written, encoding="utf-8")
    assert load_settings(tmp_path, model=flag).elsewhere is elsewhere


def test_the_password_of_a_store_is_not_told(tmp_path: Path) -> None:
    address = "oceanbase://root@team:secret@db.example:2881/yinju"
    found = load_settings(tmp_path, store=address)
    assert found.store == address
    assert "secret" not in repr(found)
    assert shown("store", address) == "'oceanbase://root@team:***@db.example:2881/yinju'"
    assert load_settings(tmp_path).store == ""
