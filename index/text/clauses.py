"""Where sentences, clauses and phrases end, for what looks at the words around a number; passages are cut by index.passages."""

from __future__ import annotations

import re

SENTENCE_END = re.compile(r"[。！？!?\n]|\.(?=\s|$)(?<!\b[A-Z]\.)")
"""The point of an initial (J. Smith) ends nothing."""

CLAUSE_END = re.compile(rf"[，；;：]|,(?!\d)|{SENTENCE_END.pattern}")

PHRASE_END = re.compile(r"[，。；：、！？（(]")
"""Where what a Chinese number is said of begins."""
