"""One local page: ask on the left, the cited passages on the right. The only user of gradio.

Whatever an article or a model says reaches the page through :mod:`ui.render` alone.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.types import Article
from rag.types import Answer
from ui import render

if TYPE_CHECKING:
    import gradio

    from rag.assistant import Assistant
    from rag.settings import Settings

ADDRESS = "127.0.0.1"
HOSTS = (ADDRESS, "localhost")
MAX_QUESTION = 2000
MAX_UPLOAD = "50mb"
MAX_TURNS = 50
"""Turns a conversation keeps on the page; older ones leave, so that a tab left open for weeks stays light."""
MAX_EXAMPLES = 3

QUOTING = "逐字摘引 Quoting: sentences are verbatim from your articles"
WAITING = '<div class="yj-text yj-waiting">正在翻阅 Reading…</div>'
NO_SOURCES = (
    '<div class="yj-hint"><p>回答引用的原文会出现在这里，引用的句子会标出来。</p>'
    "<p>The passages behind an answer appear here, with the quoted words marked.</p></div>"
)
ADD_HINT = (
    '<div class="yj-hint"><p>把 .txt 或 .md 文件拖到这里，或在终端运行 <code>yinju index 文件夹</code>。</p>'
    "<p>Drop .txt or .md files here, or run <code>yinju index FOLDER</code> in a terminal.</p></div>"
)
WELCOME = (
    '<div class="yj-welcome"><p class="yj-seal">引</p><p>问你的文章，每一句都有出处</p>'
    "<p>Ask your articles. Every sentence shows its source.</p></div>"
)
WELCOME_EMPTY = (
    '<div class="yj-welcome"><p class="yj-seal">引</p><p>这里还没有文章</p>'
    "<p>No articles yet: add some, then ask about them.</p></div>"
)


class PortTakenError(OSError):
    """Something else listens on the port; the message names it and the cure."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what was answered, already as HTML; ``number`` ties the answer to its sources.

    ``checked`` is the answer itself, once it was whole: the next question may follow up on it.
    """

    number: int
    question: str
    answer: str
    sources: str
    checked: Answer | None = None


# --- starting ---------------------------------------------------------------------------------------------------------


def serve(settings: Settings, port: int = 7860) -> None:
    """The page on 127.0.0.1 until Ctrl-C. Raises :class:`PortTakenError` (an OSError) when the port is in use."""
    from models import load_embedder
    from rag.assistant import Assistant
    from rag.ingest import open_library

    _require_free(port)
    # A page without articles is where one adds them, so the library need not be there yet.
    open_library(settings, load_embedder(settings.embedder), create=True).close()
    page = build(Assistant(settings))
    print(f"引据 Yinju: {start(page, port)}  (Ctrl-C 退出 to stop)", file=sys.stderr)
    page.block_thread()


def start(page: gradio.Blocks, port: int) -> str:
    """Start serving a built page and give its address back."""
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    stay_home()
    # A name that some other site points at 127.0.0.1 must not reach the articles.
    only_here = Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))
    folder = Path(__file__).parent
    _, address, _ = page.launch(
        server_name=ADDRESS,
        server_port=port,
        share=False,
        quiet=True,
        prevent_thread_lock=True,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        pwa=False,
        ssr_mode=False,
        max_file_size=MAX_UPLOAD,
        app_kwargs={"middleware": [only_here]},
        theme=_theme(),
        css_paths=folder / "page.css",
        js=(folder / "page.js").read_text(encoding="utf-8"),
    )
    return str(address)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise PortTakenError(
                f"{ADDRESS}:{port} cannot be used ({error.strerror}): choose another port, yinju ui --port {port + 1}"
            ) from error


def stay_home() -> None:
    """Gradio asks its own address whether it is up, which a proxy setting would send away; and it likes to report."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    for name in ("NO_PROXY", "no_proxy"):
        listed = [host for host in os.environ.get(name, "").split(",") if host]
        os.environ[name] = ",".join(dict.fromkeys([*listed, *HOSTS]))


def _theme() -> gradio.themes.Base:
    import gradio

    cinnabar = gradio.themes.Color(
        c50="#fbf3f0", c100="#f6e3dc", c200="#ecc6b9", c300="#dfa08c", c400="#cf775d", c500="#b9523a",
        c600="#a23f29", c700="#863322", c800="#6b2a1e", c900="#53231a", c950="#2e110c",
    )  # fmt: skip
    return gradio.themes.Base(
        primary_hue=cinnabar,
        secondary_hue=cinnabar,
        neutral_hue="stone",
        radius_size="lg",
        font=[
            "system-ui",
            "-apple-system",
            "Segoe UI",
            "PingFang SC",
            "Microsoft YaHei",
            "Noto Sans CJK SC",
            "sans-serif",
        ],
        font_mono=["ui-monospace", "Menlo", "Consolas", "Noto Sans Mono CJK SC", "monospace"],
    ).set(body_background_fill="#faf8f4", body_background_fill_dark="#191715")


# --- the page ---------------------------------------------------------------------------------------------------------


def build(assistant: Assistant) -> gradio.Blocks:
    """The page of one assistant, not yet started."""
    stay_home()
    import gradio

    with gradio.Blocks(title="引据 Yinju", fill_width=True, analytics_enabled=False) as page:
        header = gradio.HTML(elem_id="yj-header")
        with gradio.Row(elem_id="yj-main"):
            with gradio.Column(scale=3, min_width=320, elem_id="yj-talk"):
                chat, examples, question, clear = _talk()
            with gradio.Column(scale=2, min_width=300, elem_id="yj-side"):
                gradio.HTML("<h2>引文 <span>Sources</span></h2>")
                sources = gradio.HTML(NO_SOURCES, elem_id="yj-sources")
                adding, files, report = _adding()
        turns = gradio.State(())
        talk = [chat, sources, question, examples, turns]
        # "multiple": Enter right after a stop must not be lost while the page still believes the last answer runs.
        how = {"show_progress": "hidden", "trigger_mode": "multiple", "concurrency_id": "ask"}
        asking = question.submit(partial(_ask, assistant), [question, turns], talk, **how)
        chosen = examples.click(partial(_ask_example, assistant), [examples, turns], talk, **how)
        gradio.on([question.stop, clear.click], None, cancels=[asking, chosen])
        question.stop(_ready, None, question, queue=False)
        clear.click(_forget, None, talk, queue=False)
        files.upload(partial(_add, assistant), files, [report, files]).then(
            partial(_welcome, assistant), turns, [header, chat, examples, adding]
        )
        page.load(partial(_welcome, assistant), turns, [header, chat, examples, adding], show_progress="hidden")
    return page


def _talk() -> tuple[gradio.Chatbot, gradio.Dataset, gradio.Textbox, gradio.Button]:
    import gradio

    chat = gradio.Chatbot(
        show_label=False,
        container=False,
        elem_id="yj-chat",
        height="100%",
        buttons=[],
        latex_delimiters=[],
        feedback_options=None,
        layout="bubble",
    )
    examples = gradio.Dataset(
        components=["textbox"], samples=[], type="values", show_label=False, elem_id="yj-examples", visible=False
    )
    with gradio.Row(elem_id="yj-ask"):
        question = gradio.Textbox(
            show_label=False,
            label="问题 Question",
            placeholder="问一个问题 Ask a question",
            container=False,
            max_lines=5,
            max_length=MAX_QUESTION,
            autofocus=True,
            submit_btn=True,
            scale=1,
        )
        clear = gradio.Button("清空 Clear", variant="secondary", size="sm", scale=0, min_width=0)
    return chat, examples, question, clear


def _adding() -> tuple[gradio.Accordion, gradio.File, gradio.HTML]:
    import gradio

    with gradio.Accordion("添加文章 Add articles", open=False, elem_id="yj-add") as adding:
        gradio.HTML(ADD_HINT)
        files = gradio.File(
            file_count="multiple", file_types=[".txt", ".md"], show_label=False, container=False, height=132
        )
        report = gradio.HTML(elem_id="yj-report")
    return adding, files, report


def _welcome(assistant: Assistant, turns: Sequence[Turn]) -> tuple[Any, ...]:
    """What the page says on opening, and again when articles came in."""
    import gradio

    count = assistant.library.counts()["articles"]
    chat = gradio.Chatbot(placeholder=WELCOME if count else WELCOME_EMPTY)
    examples = _examples(assistant.library.articles())
    shown = gradio.Dataset(samples=[[example] for example in examples], visible=bool(examples) and not turns)
    return _header(count), chat, shown, gradio.Accordion(open=not count)


def _header(count: int) -> str:
    articles = f"{count:,} 篇文章 {'article' if count == 1 else 'articles'}"
    return (
        '<header class="yj-header"><span class="yj-seal">引</span><h1>引据 <span>Yinju</span></h1>'
        f'<p><span class="yj-count">{articles}</span><span class="yj-engine">{QUOTING}</span></p></header>'
    )


def _examples(articles: Sequence[Article]) -> list[str]:
    """Questions about the newest articles, so that the first click already answers."""
    return [
        f"{title}，具体情况如何？" if article.language == "zh" else f"{title}: what happened?"
        for article in articles[:MAX_EXAMPLES]
        if (title := render.visible(article.title))
    ]


# --- asking -----------------------------------------------------------------------------------------------------------


def _ask(assistant: Assistant, question: str, turns: Sequence[Turn]) -> Iterator[tuple[Any, ...]]:
    """The conversation as it grows: the words as they arrive, then the checked answer with its sources."""
    import gradio

    question = question.strip()[:MAX_QUESTION]
    if not question:
        yield _shown(turns), _same(), _ready(), _same(), turns
        return
    asked = Turn(turns[-1].number + 1 if turns else 1, render.text_html(question), WAITING, "")
    so_far = (*turns, asked)[-MAX_TURNS:]
    yield _shown(so_far), _same(), _busy(), gradio.Dataset(visible=False), so_far
    history = [turn.checked for turn in turns if turn.checked]
    for now in _answered(assistant, question, history, asked):
        so_far = (*so_far[:-1], now)
        # What has arrived is kept at once, so that a question which is stopped stays in the conversation.
        yield _shown(so_far), _same(), _same(), _same(), so_far
    yield _shown(so_far), _panel(so_far), _ready(), _same(), so_far


def _answered(assistant: Assistant, question: str, history: Sequence[Answer], asked: Turn) -> Iterator[Turn]:
    """The turn as its answer grows; an expected error is told as the answer."""
    from index.library import LibraryError
    from models import ModelError

    try:
        reply = assistant.ask(question, history=history)
        words = ""
        for piece in reply:
            words += piece
            yield replace(asked, answer=render.text_html(words))
        answer = reply.answer
        yield replace(asked, answer=render.html(answer), sources=render.sources_html(answer), checked=answer)
    except (OSError, LibraryError, ModelError) as error:
        yield replace(asked, answer=render.text_html(str(error)))


def _ask_example(assistant: Assistant, sample: Sequence[str], turns: Sequence[Turn]) -> Iterator[tuple[Any, ...]]:
    yield from _ask(assistant, sample[0], turns)


def _shown(turns: Sequence[Turn]) -> list[dict[str, str]]:
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": turn.question})
        messages.append({"role": "assistant", "content": f'<div id="yj-answer-{turn.number}">{turn.answer}</div>'})
    return messages


def _panel(turns: Sequence[Turn]) -> str:
    """The sources of every turn; only the last is open, a [n] of an older answer opens its own."""
    if not turns:
        return NO_SOURCES
    return "".join(
        f'<section id="yj-sources-{turn.number}"{"" if turn is turns[-1] else " hidden"}>'
        f'<div class="yj-asked">{turn.question}</div>{turn.sources}</section>'
        for turn in turns
    )


def _same() -> Any:
    import gradio

    return gradio.skip()


def _busy() -> Any:
    import gradio

    return gradio.Textbox(value="", submit_btn=False, stop_btn=True)


def _ready() -> Any:
    """The question box as it was; its value stays, since the next question may already be in it."""
    import gradio

    return gradio.Textbox(submit_btn=True, stop_btn=False)


def _forget() -> tuple[Any, ...]:
    import gradio

    return [], NO_SOURCES, _ready(), gradio.Dataset(visible=True), ()


# --- adding articles --------------------------------------------------------------------------------------------------


def _add(assistant: Assistant, files: Sequence[str]) -> tuple[str, None]:
    """Keep the files beside the library, since what was uploaded is only lent, and index them. Empties the box."""
    from index.library import LibraryError
    from models import ModelError
    from rag.ingest import ingest

    settings = assistant.settings
    try:
        kept = [_keep(Path(file), settings.library_folder / "added") for file in files]
        report = ingest(kept, settings)
    except (OSError, LibraryError, ModelError) as error:
        return render.text_html(str(error)), None
    said = f"已加入 {report.articles} 篇文章。 {report.articles} articles added."
    return render.text_html("\n".join([said, *(reason for _, reason in report.failed)])), None


def _keep(file: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(file, folder / file.name))
