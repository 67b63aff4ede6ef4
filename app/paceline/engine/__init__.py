"""Who runs when. Knows no terminal, no SSH library and no file format."""
