"""Documents whose every character is known, and the same documents written in each format that is read."""
