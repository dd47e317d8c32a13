"""`torchrun --run-path rank.py <words>`: one process of an `artesano` command."""

from artesano.cli import main

assert main() == 0
