"""Tables: rows that are counted, compared and reckoned with."""
