"""Offices that a person is asked for by, and what each is called in English and Chinese."""

from __future__ import annotations

import re

_CALLED = (
    ("chief executive|ceo|managing director", "首席执行|行政总裁|执行长|总裁|总经理"),
    ("chief financial officer|cfo", "首席财务|财务总监|财务长"),
    ("chief technology officer|cto", "首席技术|技术总监|技术长"),
    ("chair(?:man|woman|person|s|ed)?", "董事长|董事会主席|董事局主席|主席|理事长|委员长|议长"),
    ("presidents?|presid(?:es|ed)", "总统|总裁|主席|校长|会长|院长|行长"),
    ("prime minister|premier|chancellor", "总理|首相"),
    ("ministers?", "部长|大臣"),
    ("mayors?", "市长"),
    ("governors?|governed", "省长|州长|总督|行长"),
    ("(?:co-?)?found(?:ers?|ed)", "创始人|创办|创立|创建"),
    ("direct(?:ors?|ed)", "局长|主任|所长|院长|总监|司长|处长|馆长|理事|导演|执导|董事"),
    ("secretar(?:y|ies)", "书记|秘书|部长|国务卿|大臣"),
    ("spokes(?:man|woman|person)", "发言人"),
    ("dean|rector|principal|head ?(?:master|teacher)", "院长|校长"),
    ("ambassadors?", "大使"),
    ("coach(?:es|ed)?", "教练|执教"),
)

OFFICES = tuple(
    re.compile(rf"(?<![a-z])(?<!vice )(?<!vice-)(?<!deputy )(?:{english})(?![a-z])|(?<!副)(?:{chinese})", re.IGNORECASE)
    for english, chinese in _CALLED
)
"""Each by all of its names; its deputy holds another."""

_NAMED = "|".join(f"(?:{office.pattern})" for office in OFFICES)
_ASKED = re.compile(
    rf"\bwho(?:\s+(?:is|was|are|were|became|has been|serves as|served as)|['’]s)\s+(?:[\w'’-]+\s+){{0,4}}?(?P<en>{_NAMED})"
    rf"|(?P<zh>{_NAMED})官?(?:一职)?(?:是|为|叫|现任)*谁(?!的)|谁(?:是|任|担任|当|出任)[^？?，,。]{{0,20}}?(?P<end>{_NAMED})官?[？?]?$",
    re.IGNORECASE,
)


def asked_for(text: str) -> re.Pattern[str] | None:
    """The office whose holder a question asks for."""
    found = _ASKED.search(text)
    name = next(group for group in found.groups() if group) if found else ""
    return next((office for office in OFFICES if name and office.search(name)), None)
