"""What people see: the command line and the page, both drawing with the same pure functions.

question -> cli or web -> rag.assistant -> Answer -> render -> terminal, JSON or escaped HTML
"""
