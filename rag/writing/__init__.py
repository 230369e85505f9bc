"""Answers written by a language model from numbered evidence, each sentence held against what it cites."""
