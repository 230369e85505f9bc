"""Every fixed word that an answer may say; the refusal sentence is a constant that code, tests and readers share."""

REFUSAL = {
    "zh": "这些文章里没有能回答这个问题的内容。",
    "en": "These articles do not answer this question.",
}
"""By the question's language."""
