"""Formats: what each kind of file says, as Markdown-like text with its title, date, source and pages. One file a family.

bytes -> kinds (what it is) -> word | pdf | page | book | sheets | mail | archive -> Document
All but plain text is read in a process of its own (child, driven by process), which is limited and can be killed.
"""
