"""Sweeps: Optuna samples values, and each trial runs in a process. Imports no torch."""
