"""What is said of what was understood, in the language of the question, and how the other reading is asked for."""

from __future__ import annotations

from rag.whole.types import Request


def listed(request: Request, total: int) -> str:
    """Of a list or a count."""
    subject = request.subject
    if request.language == "zh":
        of = f"提到“{subject}”的" if request.literal else f"关于“{subject}”的"
        return f"全部{of}文章，共 {total} 篇" if total else f"没有{of}文章"
    if not total:
        return f"No article {'mentions' if request.literal else 'is about'} “{subject}”"
    if total == 1:
        return f"The one article {'that mentions' if request.literal else 'about'} “{subject}”"
    return f"All {total} articles {'that mention' if request.literal else 'about'} “{subject}”"


def other_list(request: Request) -> str:
    """Of a list word for word the list by topic, of one by topic that word for word."""
    subject, zh = request.subject, request.language == "zh"
    if request.literal:
        return f"关于{subject}的文章有哪些" if zh else f"which articles are about {subject}"
    return f"哪些文章提到“{subject}”" if zh else f"which articles mention “{subject}”"


def plain(request: Request) -> str:
    """The question as one for a fact."""
    return f"直接回答：{request.text}" if request.language == "zh" else f"Answer directly: {request.text}"
