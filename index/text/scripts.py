"""Which characters belong to which script, as parts of a class of a regular expression: the only table of them."""

from __future__ import annotations

import re
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

USUAL_HAN = "\u4e00-\u9fff"
"""The block that nearly every text keeps to; a wrong decoding does not."""

HAN = f"\u3400-\u4dbf{USUAL_HAN}\uf900-\ufaff\U00020000-\U0003ffff"
"""All ideographs, rare and compatible ones too."""

CJK = f"\u3040-\u30ff{HAN}"
"""Ideographs and kana: scripts that are written without spaces between words."""

WIDE_SIGNS = "\u3000-\u303f\uff00-\uffef"
"""Punctuation of these scripts, and letters and signs of full width."""

NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) not in "，：；！？（）～"}
"""Full-width letters, digits and signs to plain ones, for ``str.translate``: one for one, so that offsets stay. The marks
of Chinese sentences are not among them."""

HAN_CHARACTER = re.compile(f"[{HAN}]")
CJK_CHARACTER = re.compile(f"[{CJK}]")


@cache
def cjk_codes() -> NDArray[np.bool_]:
    """Of each code whether it is of Han or kana, shape (codes,)."""
    import numpy as np  # here, as the command line's help needs none

    table = np.zeros(sys.maxunicode + 1, dtype=bool)
    for first, last in re.findall("(.)-(.)", CJK):
        table[ord(first) : ord(last) + 1] = True
    return table
