"""Comparison of runs, read from their folders. Imports no torch."""
