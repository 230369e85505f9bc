"""Words that order things: the most and the least of a kind, and what rises and what falls."""

from __future__ import annotations

import re

LEAST = r"[少低小短差慢轻窄浅矮]|便宜|least expensive|cheapest|least|fewest|lowest|smallest|lightest|worst|shortest|weakest|slowest"
MOST = r"[多高大长好快重宽深强贵]|most expensive|dearest|heaviest|most(?! of\b)|highest|largest|biggest|greatest|best|longest|peak|record|strongest|fastest"

SUPERLATIVE = re.compile(
    rf"最(?P<zh>{LEAST}|{MOST})的?|\b(?P<en>{LEAST}|{MOST})\b(?: (?:number|amount|level|figure|total) of\b)?", re.I
)

RISE = re.compile(
    r"增长|增加|增至|增幅|新增|上升|升至|提高|提升|上涨|涨|扩大|扩张|攀升|回升|"
    r"\b(?i:ris(?:e|es|en|ing)|rose|increas\w*|grow\w*|grew|up(?! to)|gain\w*|climb\w*|jump\w*|surg\w*|expand\w*|rais(?:e|ed|es|ing)|higher)\b"
)
FALL = re.compile(
    r"下降|减少|降低|下跌|下滑|降至|降幅|跌|减至|减幅|缩小|缩减|收缩|回落|萎缩|"
    r"\b(?i:fall(?:s|en|ing)?|fell|decreas\w*|declin\w*|drop\w*|down|reduc\w*|shr[aiu]nk\w*|lower\w*|cut|slump\w*|lost|los(?:e|es|ing))\b"
)

IN_TIME = re.compile(
    r"最(?:(?P<zh>早|老)|晚|新|年轻)的?|\b(?:(?P<en>earliest|oldest)|latest|newest|youngest)\b", re.IGNORECASE
)
"""The first or the last of a time; the groups are of the first."""

_UNNAMED = re.compile(r"\(\?P<[a-z]+>")
_MOST = "|".join(_UNNAMED.sub("(?:", each.pattern) for each in (SUPERLATIVE, IN_TIME))
ORDERS = re.compile(rf"(?:(?:{RISE.pattern}|{FALL.pattern})(?:得|的|幅度)?)?(?:{_MOST})", re.IGNORECASE)
"""What orders things, with what rises or falls before it: 下降最多, the largest."""


def direction(word: str) -> int:
    """1 of a word for the most, -1 of one for the least."""
    return -1 if re.fullmatch(LEAST, word, re.IGNORECASE) else 1
