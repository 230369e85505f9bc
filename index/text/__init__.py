"""The grammar of text that every reader of it shares: one table for each kind of word or sign."""
