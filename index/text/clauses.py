"""Where sentences, clauses and phrases end, for what looks at the words around a number; passages are cut by index.passages."""

from __future__ import annotations

import re

STOPS = "。！？"
"""What ends a Chinese sentence, as part of a class of a regular expression."""

SENTENCE_END = re.compile(rf"[{STOPS}!?\n]|\.(?=\s|$)(?<!\b[A-Z]\.)")
"""The point of an initial (J. Smith) ends nothing."""

STATEMENT_END = re.compile(rf"[，；;]|,(?!\d)|{SENTENCE_END.pattern}")
"""What stands before a colon is what the number behind it is of: 漏损率：9.8%."""

CLAUSE_END = re.compile(rf"：|{STATEMENT_END.pattern}")

PHRASE_END = re.compile(r"[，。；：、！？（(]")
"""Where what a Chinese number is said of begins."""
