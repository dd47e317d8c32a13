"""Optuna chooses, processes run: many trials of one search space. Imports no task and no torch."""
