"""The recipe of the bundled reader, tried on questions made up here: what it learns from is right, and what is exported reads."""

from __future__ import annotations

import json
import lzma
import random
import shutil
from pathlib import Path

import pytest
import torch

pytest.importorskip("onnx", reason="the recipe writes its graph with onnx")

from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from models import load_embedder, load_lexicon
from models.training.reader import asked, average, data, made, negatives, subjects, taken
from models.training.reader.__main__ import arguments, main
from models.training.reader.data import Question, Window, cut, sentences
from models.training.reader.drawn import Drawn, write
from models.training.reader.examples import Draw, Example, encode
from models.training.reader.export import export
from models.training.reader.measure import auc, measure, windows
from models.training.reader.model import PAD, Encoder, Shape
from models.training.reader.negatives import Mined
from models.training.reader.overlap import Overlap
from models.training.reader.restore import restore
from models.training.reader.slipped import SEEN, Slips
from models.training.reader.switched import Switch
from models.training.reader.titled import titled
from models.training.reader.train import Recipe, batch, train

TOWNS = ["Ashby", "Borrow", "Calder", "Denholm", "Elsing", "Farley"]


def rows() -> list[dict[str, object]]:
    """A dozen questions on towns, each with a passage that answers and one that does not."""
    made_up: list[dict[str, object]] = []
    for number, town in enumerate(TOWNS):
        year = str(1801 + number)
        passage = f"{town} lies on the river. Its mill was built in {year}. Barges came to it until the war."
        for kind, other in ((True, passage), (False, f"{town} has a market every week. Sheep are sold there.")):
            answers = [{"text": year, "start": passage.index(year)}] if kind else []
            made_up.append(
                {
                    "set": "squad2", "id": f"{number}{'' if kind else '-n'}", "lang": "en", "plang": "en", "title": town,
                    "question": f"When was the mill of {town} built?", "passage": other, "answerable": kind, "answers": answers,
                }
            )  # fmt: skip
    return made_up


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("qa")
    with lzma.open(place / "towns.jsonl.xz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows())
    return place


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    letters = [chr(code) for code in range(33, 127)]
    pieces = [
        ("<s>", 0.0),
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        ("▁", -2.0),
        *((each, -3.0) for each in letters),
    ]
    made_up = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    made_up.normalizer = normalizers.NFKC()
    made_up.pre_tokenizer = pre_tokenizers.Metaspace()
    return made_up


def test_questions_are_read_with_what_answers_them_and_what_does_not(folder: Path) -> None:
    learned, apart = data.read(folder)
    assert (len(learned), apart) == (len(TOWNS), [])
    for question in learned:
        (window,) = question.answering
        assert next(window.text[a:b] for a, b in window.spans).startswith("18")
        assert len(question.other) == 1
        assert question.other[0].spans == ()


@pytest.mark.parametrize("text", ["One. Two! Three? 3.5 is four", "甲。乙！丙？”丁", "no end", "a\nb\n\nc"])
def test_sentences_together_are_the_text(text: str) -> None:
    assert "".join(text[a:b] for a, b in sentences(text)) == text


def test_a_window_holds_the_answer_and_its_place_is_true() -> None:
    text = (
        "".join(f"第{at}句讲的是河流、湖泊和林地的保护。" for at in range(60))
        + "水库于2019年建成。"
        + "此后无事。" * 40
    )
    start = text.index("2019年")
    for seed in range(20):
        window = cut(Window("水库", text, ((start, start + 5),)), random.Random(seed), 0.5)
        assert len(window.text) < 300
        assert [window.text[a:b] for a, b in window.spans] == ["2019年"]


def test_a_passage_without_its_answer_holds_it_nowhere() -> None:
    text = (
        "The harbour lies in the west and is shallow. It was dug in 1871 by hand. Boats come each day from the islands."
    )
    at = text.index("1871")
    left = negatives.hole(Window("", text, ((at, at + 4),)), random.Random(1))
    assert left is not None
    assert "1871" not in left.text
    assert "islands" in left.text
    assert negatives.hole(Window("", text + " In 1871 it rained.", ((at, at + 4),)), random.Random(1)) is None


def test_an_exchanged_question_asks_for_what_its_passage_does_not_say() -> None:
    window = Window("", "The plant made 40 tonnes in 2019. The mill made 12.", ((15, 17),))
    question = Question("How much did the plant make in 2019?", "en", "squad2", [window])
    changed = made.Exchange([question]).of(question, window, random.Random(3))
    assert changed is not None
    assert changed != question.text
    assert "2019" not in changed


SCHOOL = Question(
    "西北大学的校长是谁？",
    "zh",
    "cmrc",
    [Window("西北大学", "西北大学位于西安市。西北大学的校长是王新民。", ((18, 21),))],
)
RIVER = Question(
    "东海河的长度是多少？", "zh", "cmrc", [Window("东海河", "东海河流经三省，东海河的长度是120公里。", ((15, 20),))]
)
HALL = Question(
    "Who built Marlow Hall?", "en", "squad2", [Window("", "Marlow Hall was built by Ann Reed in 1871.", ((25, 33),))]
)


def test_the_subject_is_what_question_and_window_both_name() -> None:
    for question, named in ((SCHOOL, "西北大学"), (RIVER, "东海河"), (HALL, "Marlow Hall")):
        assert subjects.subject(question.text, question.answering[0]) == named
    assert subjects.subject("谁写了这本书？", SCHOOL.answering[0]) is None


def test_under_another_name_both_answer_still_and_the_window_alone_does_not() -> None:
    named = subjects.Subjects([SCHOOL, RIVER, HALL])
    (window,) = SCHOOL.answering
    asked, renamed = named.renamed(SCHOOL, window, random.Random(1)) or pytest.fail("nothing to rename")
    assert asked == "东海河的校长是谁？"
    assert renamed == Window("东海河", "东海河位于西安市。东海河的校长是王新民。", ((16, 19),))
    assert renamed.text[16:19] == "王新民"
    asked, other = named.other(SCHOOL, window, random.Random(1)) or pytest.fail("nothing to rename")
    assert asked == SCHOOL.text
    assert other == Window("东海河", renamed.text)


def test_of_the_same_subject_another_attribute_is_asked() -> None:
    asked, window = subjects.Subjects([SCHOOL, RIVER, HALL]).attribute(
        SCHOOL, SCHOOL.answering[0], random.Random(1)
    ) or pytest.fail("nothing to ask")
    assert asked == "西北大学的长度是多少？"
    assert not window.spans


def test_a_question_is_put_into_words_of_the_other_language() -> None:
    switch = Switch([HALL], load_lexicon())
    random_ = random.Random(4)
    some = [switch.of("科学家在哪里发现了新的行星？", "zh", random_) for _ in range(20)]
    assert sum("planet" in each for each in some) > 10
    back = [switch.of("Where did scientists find the planet?", "en", random_) for _ in range(20)]
    assert sum("科学家" in each for each in back) > 10
    assert sum("行星" in each for each in back) > 10


def test_a_slip_puts_a_character_of_the_same_sound_or_moves_a_letter_of_one_word() -> None:
    slips, random_ = (
        Slips([Question("天目湖在哪", "zh", "own"), Question("幕布木板" * SEEN, "zh", "own")]),
        random.Random(5),
    )
    assert {slips.of("天目湖在哪", "zh", random_) for _ in range(40)} == {"天幕湖在哪", "天木湖在哪"}
    assert slips.of("湖在哪", "zh", random_) == "湖在哪"
    asked = "who sang in the chapel"
    made = {slips.of(asked, "en", random_) for _ in range(40)}
    assert asked not in made
    assert all(one.startswith("who sang in the c") and abs(len(one) - len(asked)) < 2 for one in made)
    assert slips.of("who sang it", "en", random_) == "who sang it"


def test_a_title_tells_a_sentence_of_what_stands_below() -> None:
    text = "The hall has a new roof. It was paid for by the county, and put up in March 2024. Dances are held there."
    start = text.index("March 2024")
    answering = Window("Zelby Hall", text, ((start, start + 10),))
    question = "When was the roof put up?"
    random_ = random.Random(6)
    told = [titled(answering, question, random_) for _ in range(60)]
    assert {(one.text, one.spans) for one in told} == {(answering.text, answering.spans)}
    assert 0.4 < sum("March 2024" in one.title for one in told) / 60 < 0.9
    assert all("Zelby Hall" in one.title for one in told)
    other = titled(Window("", "The dances are held on Fridays.\n"), question, random_)
    assert other.title == "The dances are held on Fridays"
    short = Window("Zelby", "None.")
    assert titled(short, question, random_) == short


def test_a_question_across_languages_has_its_answer_in_the_other_one(tmp_path: Path) -> None:
    pairs = [
        ["The plan was agreed on by all of the ministers.", "该计划得到了全体部长的一致同意。"],
        ["It will cover 1,400 villages in the northern provinces by then.", "届时它将覆盖北方各省的1,400个村庄。"],
        ["Money for it comes from the lottery of the state.", "资金来自国家彩票的收入。"],
    ]
    with lzma.open(tmp_path / "plurality.jsonl.xz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs)
    found = made.across(tmp_path, random.Random(2))
    assert found
    for question in found:
        (window,) = question.answering
        ((start, end),) = window.spans
        assert window.text[start:end] == "1,400"
        assert "1,400" not in question.text
        assert data.language(window.text) != question.language


def test_an_example_points_at_the_tokens_of_its_answer(tokenizer: Tokenizer) -> None:
    window = Window("Mill", "It was built in 1871.", ((16, 20),))
    example = encode(tokenizer, "When?", window, 0)
    assert example is not None
    assert example.answers
    assert tokenizer.decode(example.ids[example.starts[0] : example.ends[0] + 1]).replace(" ", "") == "1871"
    nothing = encode(tokenizer, "When?", Window("Mill", "It is old."), 0)
    assert nothing is not None
    assert (nothing.starts, nothing.ends, nothing.answers) == ([0], [0], False)


def test_a_question_asked_first_has_the_windows_that_were_judged_and_an_article_what_it_answers_and_what_not(
    folder: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    learned, _ = data.read(folder)
    mill, market = learned[0].answering[0].text, learned[0].other[0].text
    built = mill.index("1801")
    windows = [
        {"passage": asked.key(mill), "start": 8, "end": len(mill), "answers": [[built - 8, built - 4]]},
        {"passage": asked.key(market), "start": 0, "end": len(market), "answers": []},
        {"passage": "0" * 12, "start": 0, "end": 9, "answers": []},
    ]
    article = {
        "title": "Ferry", "text": "The ferry costs two crowns. Dogs travel free.",
        "questions": [{"question": "What do I pay to cross?", "start": 16, "end": 26}, {"question": "When does the ferry sail?"}],
    }  # fmt: skip
    (tmp_path / "questions.en.jsonl").write_text(json.dumps({"question": "ashby mill age", "windows": windows}) + "\n")
    (tmp_path / "articles.en.jsonl").write_text(json.dumps(article) + "\n")
    plain = {"title": "", "text": "Paid the rent.", "questions": [{"question": "Who was paid the rent?"}]}
    (tmp_path / "plain.en.jsonl").write_text(json.dumps(plain) + "\n")
    texts = [
        {"title": title, "text": text}
        for title, text in (("Ferry", article["text"]), ("Mill", "It grinds."), ("Ford", "Wade."))
    ]
    about = [
        {"topic": "river crossings", "about": [[0, 0, 27]], "near": [2]},
        {"topic": "bridges", "about": [], "near": []},
    ]
    (tmp_path / "topics.en.jsonl").write_text(json.dumps({"articles": texts, "topics": about}) + "\n")
    own = {question.text: question for part in asked.read(learned, tmp_path) for question in part}
    first, pays, sails = (
        own[text] for text in ("ashby mill age", "What do I pay to cross?", "When does the ferry sail?")
    )
    (window,) = first.answering
    assert window.text[slice(*window.spans[0])] == "1801"
    assert [one.text for one in first.other] == [market]
    assert pays.answering[0].text[slice(*pays.answering[0].spans[0])] == "two crowns"
    assert (sails.answering, sails.other) == ([], [Window("Ferry", str(article["text"]))])
    assert own["Who was paid the rent?"].other == [Window("", "Paid the rent.")]
    assert [one.title for one in own["river crossings"].answering] == ["Ferry"]
    assert [one.title for one in own["river crossings"].other] == ["Mill"]
    assert own["bridges"].answering == []
    drawing = Draw([*own.values()], Mined([*own.values()], load_embedder()), tokenizer, 1)
    groups = drawing.groups(12)
    assert {tuple(example.answers for example in group) for group in groups} >= {(True, False)}


def test_what_a_search_brings_up_is_to_be_judged_once_and_each_in_its_language() -> None:
    mill = "Ashby mill was built in 1801 by Ann Lund. " * 30
    passages = {
        "1": Window("Ashby mill", mill),
        "2": Window("Corby mill", "Corby mill burned down."),
        "3": Window("磨坊", "阿什比磨坊建于1801年。"),
    }
    first, *rest = [("1", *stretch) for stretch in data.stretches(mill)]
    assert rest
    assert "".join(mill[start:end] for _, start, end in [first, *rest]) == mill
    asking = [taken.Judged("When was Ashby mill built?", [first]), taken.Judged("阿什比磨坊建于何时？")]
    found = {one.text: windows for one, windows in taken.brought(asking, passages, load_embedder())}
    *alike, last = found["When was Ashby mill built?"]
    assert sorted(alike) == rest
    assert last == ("2", 0, len(passages["2"].text))
    assert found["阿什比磨坊建于何时？"] == [("3", 0, len(passages["3"].text))]


def test_the_projects_own_questions_are_whole() -> None:
    articles, plain, kept, questions, judged, groups = (
        [
            json.loads(line)
            for file in sorted(asked.FOLDER.glob(f"{name}.*.jsonl"))
            for line in file.read_bytes().splitlines()
        ]
        for name in ("articles", "plain", "kept", "questions", "taken", "topics")
    )
    for article in articles + plain + kept:
        assert all(one["question"].strip() for one in article["questions"])
        answered = [article["text"][one["start"] : one["end"]] for one in article["questions"] if "start" in one]
        assert all(answer.strip() for answer in answered)
        assert len(answered) < len(article["questions"])
    for question in questions + judged:
        for window in question["windows"]:
            length = window["end"] - window["start"]
            assert all(0 <= start < end <= length for start, end in window["answers"])
    for group in groups:
        texts = [article["text"] for article in group["articles"]]
        for one in group["topics"]:
            assert all(texts[at][start:end].strip() for at, start, end in one["about"])
            assert {at for at, _, _ in one["about"]}.isdisjoint(one["near"])
    assert len(articles) > 3_000
    assert len(plain) > 1_500
    assert len(questions) > 11_000
    assert len(judged) > 1_000
    assert len(groups) > 150


def test_examples_kept_in_a_file_come_back_as_they_were_and_each_once_a_pass(
    folder: Path, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    learned, _ = data.read(folder)
    groups = Draw(learned, Mined(learned, load_embedder()), tokenizer, 1).groups(20)
    write(groups[:12], tmp_path / "drawn-1.npz")
    write(groups[12:], tmp_path / "drawn-2.npz")
    drawn = Drawn([tmp_path / "drawn-1.npz", tmp_path / "drawn-2.npz"], 3)

    def told(found: list[list[Example]]) -> list[list[object]]:
        return sorted([(one.ids, one.starts, one.ends, one.answers) for one in group] for group in found)

    first = drawn.groups(20)
    assert told(first) == told(groups)
    assert [{one.group for one in group} for group in first] == [{at} for at in range(20)]
    assert told(drawn.groups(20)) == told(groups)


def test_attention_in_halves_is_attention() -> None:
    torch.manual_seed(1)
    encoder = Encoder(Shape(vocabulary=50, width=32, heads=4, inner=64, layers=2, still=0))
    ids = torch.randint(4, 50, (3, 20))
    ids[1, 12:] = PAD
    with torch.no_grad():
        whole = encoder(ids)
        with torch.autocast("cpu", torch.bfloat16):
            halved = encoder(ids)
    for one, other in zip(whole, halved, strict=True):
        assert torch.allclose(one, other.float(), rtol=0.01, atol=0.05)


def test_drawn_examples_are_learned_from_without_the_sets(run: Path, tokenizer: Tokenizer, tmp_path: Path) -> None:
    example = encode(tokenizer, "When?", Window("Mill", "It was built in 1871.", ((16, 20),)), 0)
    nothing = encode(tokenizer, "When?", Window("Mill", "It is old."), 0)
    assert example is not None
    assert nothing is not None
    write([[example, nothing]] * 4, tmp_path / "drawn-1.npz")
    main([*f"--drawn {tmp_path} --again {run} --out {tmp_path} --minutes .01 --groups 4 --still 0".split()])
    before, after = load_file(run / "weights.safetensors"), load_file(tmp_path / "weights.safetensors")
    assert any(not torch.equal(before[name], after[name]) for name in before)


def test_shared_words_tell_as_much_as_they_do_among_what_is_drawn(tokenizer: Tokenizer) -> None:
    def drawn(window: str, answers: bool) -> Example:
        span = ((0, 3),) if answers else ()
        example = encode(tokenizer, "When was the mill of Ashby built?", Window("", window, span), 0)
        assert example is not None
        return example

    alike, unlike = "The mill of Ashby was built then.", "Sheep are sold there."
    told = Overlap(tokenizer, [[drawn(alike, True), drawn(unlike, False)]] * 50)
    high, low = told.log_odds([drawn(alike, True), drawn(unlike, False)])
    assert high > 2
    assert low < -2
    silent = Overlap(
        tokenizer, [[drawn(alike, True), drawn(alike, False), drawn(unlike, True), drawn(unlike, False)]] * 50
    )
    assert silent.log_odds([drawn(alike, True), drawn(unlike, False)]) == pytest.approx([0, 0], abs=0.01)


def test_a_paraphrase_keeps_names_and_the_words_that_hold_a_sentence(folder: Path) -> None:
    learned, _ = data.read(folder)
    switch, random_ = Switch(learned, load_lexicon()), random.Random(4)
    said = {switch.paraphrased("谁建立了北齐朝廷？", "zh", random_) for _ in range(20)}
    assert len(said) > 1
    assert all(one.startswith("谁") and one.endswith("？") for one in said)
    assert {switch.paraphrased("When was the mill of Ashby built?", "en", random_).split()[5] for _ in range(9)} == {
        "Ashby"
    }


def test_what_a_training_lacks_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for given in ("--drawn FOLDER --out RUN", "--out RUN", "--data SETS --out RUN"):
        with pytest.raises(SystemExit):
            arguments(given.split())
        assert "--again" in capsys.readouterr().err


@pytest.fixture(scope="module")
def run(folder: Path, tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny reader after a few seconds of training."""
    torch.manual_seed(1)
    out = tmp_path_factory.mktemp("run")
    shape = Shape(vocabulary=tokenizer.get_vocab_size(), width=24, heads=2, inner=48, layers=2, positions=384, still=0)
    learned, _ = data.read(folder)
    draw = Draw(learned, Mined(learned, load_embedder()), tokenizer, 1)
    train(0, 1, 0, Encoder(shape), draw, tokenizer, Recipe(minutes=0.05, groups=4, rate=3e-3, heads_rate=1e-2), out)
    tokenizer.save(str(out / "tokenizer.json"))
    (out / "shape.json").write_text(json.dumps(shape.as_dict()), encoding="utf-8")
    torch.set_num_threads(1)
    return out


def test_what_is_exported_says_what_was_trained(run: Path, tokenizer: Tokenizer, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="what is exported runs in onnxruntime")
    export(run, tmp_path / "small.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "small.onnx"), providers=["CPUExecutionProvider"])
    kept = session.get_modelmeta().custom_metadata_map
    assert Tokenizer.from_str(kept["tokenizer"]).get_vocab_size() == tokenizer.get_vocab_size()
    assert "馬學國".translate(str.maketrans(kept["traditional"], kept["simplified"])) == "马学国"
    encoder = trained(run)
    examples = [
        encode(tokenizer, "When was the mill built?", Window("Ashby", text), 0)
        for text in ("Ashby lies on the river. Its mill was built in 1801.", "Sheep are sold there.")
    ]
    ids = batch([example for example in examples if example])
    with torch.no_grad():
        wanted = [each.numpy() for each in encoder(ids)]
    found = session.run(["answers", "starts", "ends"], {"ids": ids.numpy()})
    real = ids.numpy() != PAD
    assert found[0] == pytest.approx(wanted[0], abs=0.35)  # most of it in bytes, not in 32 bits
    for mine, theirs in zip(found[1:], wanted[1:], strict=True):
        assert mine[real] == pytest.approx(theirs[real], abs=0.7)
        assert (mine[~real] == -1e4).all()


def test_what_was_exported_is_trained_on_and_exported_again_as_it_was(run: Path, tmp_path: Path) -> None:
    export(run, tmp_path / "small.onnx")
    restore(tmp_path / "small.onnx", tmp_path / "again")
    kept = ("vocabulary", "width", "heads", "inner", "layers")
    before, after = (trained(folder).shape.as_dict() for folder in (run, tmp_path / "again"))
    assert [before[name] for name in kept] == [after[name] for name in kept]
    export(tmp_path / "again", tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == (tmp_path / "small.onnx").read_bytes()


def test_the_mean_of_runs_lies_between_them_and_only_of_one_shape(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(run, other)
    weights = load_file(run / "weights.safetensors")
    save_file({name: value + 1 for name, value in weights.items()}, other / "weights.safetensors")
    average.main([str(tmp_path / "mean"), str(run), "3", str(other), "1"])
    mean = trained(tmp_path / "mean").state_dict()
    assert all(torch.allclose(mean[name], value + 0.25, atol=1e-5) for name, value in weights.items())
    save_file({name: value[:1] for name, value in weights.items()}, other / "weights.safetensors")
    with pytest.raises(ValueError, match="not of one shape"):
        average.average(tmp_path / "mean", [(run, 1.0), (other, 1.0)])


def trained(run: Path) -> Encoder:
    encoder = Encoder(Shape(**json.loads((run / "shape.json").read_text("utf-8"))))
    encoder.load_state_dict(load_file(run / "weights.safetensors"))
    return encoder


def test_a_trained_reader_is_measured_on_what_it_was_not_taught(run: Path, folder: Path, tokenizer: Tokenizer) -> None:
    learned, _ = data.read(folder)
    (figures,) = measure(trained(run), tokenizer, learned).values()
    assert len(figures.placed) == len(figures.answering) == len(figures.other) == len(TOWNS)
    assert auc([2, 3], [1, 2]) == 0.875
    assert "n 6: place" in str(figures)


def test_windows_of_a_passage_are_the_passage_and_keep_its_answer() -> None:
    text = "".join(f"第{at}句讲的是河流、湖泊和林地的保护。" for at in range(60))
    at = text.index("第40句")
    found = list(windows(Window("", text, ((at, at + 4),))))
    assert "".join(window.text for window in found) == text
    assert [window.text[a:b] for window in found for a, b in window.spans] == ["第40句"]


def test_weights_are_saved_whole(run: Path) -> None:
    assert (run / "weights.safetensors").is_file()
    assert not list(run.glob("*.saving"))
