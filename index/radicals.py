"""Radicals that stand for whole characters, as fonts of PDFs and some keyboards write them -> the characters that they look like."""

from __future__ import annotations

import re
import unicodedata

_SUPPLEMENT = (
    "⺁厂⺄乙⺅亻⺆冂⺈刀⺉刂⺊卜⺌小⺍小⺎兀⺏尣⺐尢⺒巳⺓幺⺔彑⺕彐⺖忄⺗㣺⺘扌⺙攵⺛旡⺜日⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺥爫⺦丬⺧牛⺨犭⺩王⺫罒⺬示⺭礻"
    "⺮竹⺯糹⺰纟⺱罓⺲罒⺳网⺶羊⺷羊⺸羊⺹耂⺺肀⺻聿⺼肉⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇角⻈讠⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑長⻒镸⻓长⻔门"
    "⻕阜⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻞食⻟飠⻠饣⻡首⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
"""Each radical of the supplement with its character (Unicode's equivalent unified ideographs); NFKC knows only two of them."""
FOLDED = {ord(radical): same for radical, same in zip(_SUPPLEMENT[::2], _SUPPLEMENT[1::2], strict=True)}
FOLDED |= {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
_RADICAL = re.compile("[\u2e80-\u2fd5]")


def folded(text: str) -> str:
    """The text with every radical as the character it looks like; nothing moves."""
    return text.translate(FOLDED) if _RADICAL.search(text) else text
