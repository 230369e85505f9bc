"""What is asked of the library as a whole: list, count, timeline, compare, brief, what is new. Every line a quote with its mark."""
