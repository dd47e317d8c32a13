"""What past runs say about the next choice: many runs in, advice out."""
