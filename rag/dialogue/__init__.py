"""A question that goes on with what was said before."""
