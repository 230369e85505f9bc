"""The line above an overview, in the question's language ("All 3 articles that mention X"), and the question for its other reading."""

from __future__ import annotations

from collections.abc import Sequence

from rag.whole.types import Request


def listed(request: Request, total: int) -> str:
    """The line above a list or a count."""
    subject = request.subject
    if request.language == "zh":
        of = "来自“{}”的" if request.source else "提到“{}”的" if request.literal else "关于“{}”的"
        of = of.format(subject) if subject else ""
        return f"全部{of}文章，共 {total} 篇" if total else f"没有{of}文章"
    if not subject:
        return f"All {total} articles" if total > 1 else "The one article" if total else "No article"
    if not total:
        says = "comes from" if request.source else "mentions" if request.literal else "is about"
        return f"No article {says} “{subject}”"
    says = "from" if request.source else f"that mention{'s' * (total == 1)}" if request.literal else "about"
    return f"{'The one article' if total == 1 else f'All {total} articles'} {says} “{subject}”"


def issues(request: Request, told: Sequence[str]) -> str:
    """The line above the issues of a bulletin."""
    if request.language == "zh":
        return f"共 {len(told)} 期：{'；'.join(told)}"
    return f"{len(told)} issue{'s' * (len(told) > 1)}: {'; '.join(told)}"


def other_list(request: Request) -> str:
    """The other reading of a list, as a question: by topic where the list is word for word, word for word where it is by topic."""
    subject, zh = request.subject, request.language == "zh"
    if request.source or not subject:
        return plain(request)
    if request.literal:
        return f"关于{subject}的文章有哪些" if zh else f"which articles are about {subject}"
    return f"哪些文章提到“{subject}”" if zh else f"which articles mention “{subject}”"


def briefed(request: Request, of: str, articles: int, rows: int) -> str:
    """The line above a brief; ``of`` is the period and what else was named."""
    if request.language == "zh":
        return f"{f'“{of}”' if of else '全库'}简报：{articles} 篇文章，{rows} 条"
    told = f"{articles} article{'s' * (articles != 1)}, {rows} line{'s' * (rows != 1)}"
    return f"Brief of {f'“{of}”' if of else 'the whole library'}: {told}"


def no_issue(request: Request) -> str:
    """What is said where no issue has the number that is asked for."""
    return f"没有“{request.subject}”。" if request.language == "zh" else f"There is no “{request.subject}”."


def none_of(request: Request, of: str, newest: str) -> str:
    """What is said where no article is of a period."""
    if request.language == "zh":
        return f"没有 {of} 的文章" + (f"，最新的一篇是 {newest} 的。" if newest else "。")
    return f"No article is of {of}" + (f"; the newest is of {newest}." if newest else ".")


def timed(request: Request, lines: int) -> str:
    """The line above a timeline."""
    if request.language == "zh":
        return f"“{request.subject}”的时间线，{lines} 条"
    return f"Timeline of “{request.subject}”, {lines} line{'s' * (lines != 1)}"


def compared(request: Request, labels: Sequence[str], empty: Sequence[str]) -> str:
    """The line above a comparison; ``empty`` are the things on which the articles say nothing of what is asked."""
    if request.language == "zh":
        left = f"；文章没有说到{'、'.join(empty)}的" if empty else ""
        return f"对比：{' 与 '.join(labels)}{left}"
    left = f"; the articles do not tell it of {', '.join(empty)}" if empty else ""
    return f"Compared: {' and '.join(labels)}{left}"


def alone(language: str) -> str:
    """The heading of the articles that belong to no group."""
    return "其他" if language == "zh" else "Other"


def plain(request: Request) -> str:
    """The request put as a question for a fact."""
    return f"直接回答：{request.text}" if request.language == "zh" else f"Answer directly: {request.text}"
