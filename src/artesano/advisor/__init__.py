"""Advice on the next run from past runs: which strategy to use."""
