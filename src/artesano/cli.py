"""`artesano <command>`: finds the command's module, turns errors into messages and exit codes. Imports no torch.

Exit codes: 0 finished, 1 failed, 2 bad input, 130 Ctrl-C, 143 SIGTERM.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from artesano.errors import BadInput, Interrupted, RunFailed, nearest

COMMANDS = {
    "train": "adapt a pretrained backbone to your images, or train a GAN: compose, check, run",
    "resume": "go on with an interrupted run, or give a finished one more steps",
    "evaluate": "measure a run again, also on other data with the same classes (domain change)",
    "sample": "draw images from a GAN: grids, interpolations, walks, PNGs; of a GAN from images, before and after",
    "predict": "label your own images with a run or a pretrained backbone; make new ones with a GAN from images",
    "embed": "turn images into features: Parquet or NPZ, a 2-D map, k-NN accuracy",
    "rerun": "repeat a run from its record, and say whether the same numbers came out",
    "export": "write a run's network to ONNX and check that it says the same",
    "sweep": "many trials of a search space: pruned, resumable, several workers, a leaderboard",
    "compare": "many runs beside each other: what differs in their configs, metrics, seeds as mean and spread",
    "dashboard": "the same live in a browser: pick runs, see their curves and pictures, watch one that trains",
    "report": "the chosen runs as a report on Weights & Biases: results, curves, what differs, pictures",
    "bundle": "a run as one file to give away: weights, config, preprocessing, metrics, model card",
    "check": "look at a data set before training: counts, sizes, duplicates, broken files",
    "options": "what can be chosen, with a line on each choice",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help"):
        print(overview())
        return 0
    if words[0] == "--version":
        from importlib.metadata import version

        print(f"artesano {version('artesano')}")
        return 0
    name = words.pop(0)
    if name not in COMMANDS:
        return refuse([f"'{name}' is no command; there are {', '.join(COMMANDS)}.{nearest(name, COMMANDS)}"])
    command = importlib.import_module(f"artesano.commands.{name}")
    parser = argparse.ArgumentParser(
        prog=f"artesano {name}", description=command.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    try:
        command.add(parser)
        return command.main(parser.parse_intermixed_args(words))
    except BadInput as error:
        return refuse(error.problems)
    except RunFailed as error:
        print(f"artesano: {error}", file=sys.stderr)
        return 1
    except Interrupted as error:
        print(f"artesano: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `artesano options | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def refuse(problems: list[str]) -> int:
    """Print all problems, one a line; exit code 2."""
    for problem in problems:
        print(f"artesano: {problem}", file=sys.stderr)
    return 2


def overview() -> str:
    """What `artesano --help` shows."""
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  {name:<{width}}  {what}" for name, what in COMMANDS.items())
    return f"""usage: artesano <command> ...

Transfer learning and GANs as config-driven experiments: any timm backbone, any strategy, any GAN, every run a folder.

{lines}

Begin with:
  artesano train                                     5,000 digits, features of an ImageNet net; 1 minute of CPU
  artesano train strategy=partial data=folder data.root=<folder with one subfolder per class>
  artesano train task=gan                            a DCGAN that learns to draw the digits; 10 minutes of CPU
  artesano options                                   all there is to choose
  artesano <command> --help                          how a command is used"""


if __name__ == "__main__":
    sys.exit(main())
