"""A conversation as the text the model was trained on, by the chat template that its file brings, rendered in a sandbox."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from models import ModelError
from models.llm.header import Header

if TYPE_CHECKING:
    from jinja2 import Template

PLAIN = (
    "{% for message in messages %}{{ message['content'] }}\n\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Answer:' }}{% endif %}"
)
"""For a model without a template: a base model goes on with the text, and no marks of a dialogue help it."""

THOUGHT = "</think>"


class ChatTemplate:
    """Renders messages. ``controls`` are texts of the model's control tokens: where a message holds one, it is broken,
    so that no article can end its own message and speak as somebody else."""

    def __init__(self, source: str, name: str, bos: str = "", eos: str = "", controls: Sequence[str] = ()) -> None:
        self._name, self._given = name, {"bos_token": bos, "eos_token": eos}
        self._controls = re.compile("|".join(map(re.escape, controls))) if controls else None
        self._template = _compiled(source or PLAIN, name)

    def render(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The text up to where the answer begins; thinking aloud is switched off where the template knows of it.

        Raises :class:`ModelError` where the template cannot render these messages.
        """
        safe = [{"role": message["role"], "content": self._broken(message["content"])} for message in messages]
        try:
            text = self._rendered(safe)
        except ModelError:
            # Some templates know no system message: what it says then opens the first question.
            if len(safe) < 2 or safe[0]["role"] != "system":
                raise
            text = self._rendered(_without_system(safe))
        # Where the template opens a thought in any case, it ends before it began.
        return f"{text.rstrip()}\n\n{THOUGHT}\n\n" if text.rstrip().endswith("<think>") else text

    def _rendered(self, messages: list[dict[str, str]]) -> str:
        from jinja2 import TemplateError

        # A template is a little program of the file's maker: whatever goes wrong in it is no error of Yinju's.
        problems = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
        given: dict[str, Any] = {"messages": messages, "add_generation_prompt": True, "enable_thinking": False}
        try:
            return self._template.render(**given, **self._given)
        except (*problems, RecursionError, MemoryError) as problem:
            raise ModelError(
                f"The chat template of {self._name} cannot be used ({problem}). Take another model."
            ) from problem

    def _broken(self, text: str) -> str:
        return self._controls.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text) if self._controls else text


def template_of(header: Header) -> ChatTemplate:
    """The template of a file. Raises :class:`ModelError`."""
    bos, eos = header.token("bos"), header.token("eos")
    return ChatTemplate(header.template, str(header.path), bos, eos, header.control_tokens)


def _without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    first, second, *rest = messages
    return [second | {"content": f"{first['content']}\n\n{second['content']}"}, *rest]


def _compiled(source: str, name: str) -> Template:
    """The template in Jinja's sandbox, with what the makers of models expect to find there."""
    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _refuser()
    environment.globals["strftime_now"] = lambda form: datetime.datetime.now().astimezone().strftime(form)
    try:
        return environment.from_string(source)
    except (TemplateError, RecursionError) as problem:
        raise ModelError(f"The chat template of {name} is no valid Jinja ({problem}). Take another model.") from problem


def _tojson(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuser() -> Callable[[str], str]:
    from jinja2 import TemplateError

    def refuse(message: str) -> str:
        raise TemplateError(message)

    return refuse
