"""`artesano <command>`: finds the command's module, turns errors into messages and exit codes. Imports no torch.

Exit codes: 0 finished, 1 failed, 2 bad input, 130 Ctrl-C, 141 the reader of a pipe closed it, 143 SIGTERM.
Commands that train go on to their end where the reader closes the pipe.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import logging
import os
import re
import sys
from contextlib import nullcontext
from typing import NoReturn

from artesano.errors import BadInput, Interrupted, RunFailed, nearest, pipe_closed
from artesano.lines import HelpFormatter, LogFormatter, broken, example, width, wrapped
from artesano.unread import going_on_unread

COMMANDS = {
    "train": "adapt a pretrained backbone to your images, or train a GAN: compose, check, run",
    "resume": "continue an interrupted run, or train a finished one for more steps",
    "branch": "a new run from the state that an old one had at one of its steps, with some keys changed",
    "doctor": "heal a GAN's run: go back to before the first sign, try the remedies and doing nothing, rank them",
    "evaluate": "evaluate a run again, also on other data with the same classes (domain shift)",
    "sample": "draw images from a GAN: grids, interpolations, walks, PNGs; of a GAN from images, before and after",
    "predict": "label your own images with a run or a pretrained backbone; make new ones with a GAN from images",
    "embed": "turn images into features: Parquet or NPZ, a 2-D map, k-NN accuracy",
    "rerun": "repeat a run from its record and compare the metrics",
    "export": "write a run's network to ONNX and check that its outputs are the same",
    "sweep": "search hyperparameters: many trials, with pruning, resume, several workers and a leaderboard",
    "soup": "average the weights of several runs into one that is used like any other",
    "compare": "compare runs: the keys that differ, and metrics as mean and spread over seeds",
    "dashboard": "the same live in a browser: curves, pictures and tables, also of runs in progress",
    "report": "a report on Weights & Biases of the chosen runs: results, curves, keys that differ, pictures",
    "bundle": "write a run as one file to share: weights, config, preprocessing, metrics, model card",
    "check": "look at a data set before training: counts, sizes, duplicates, broken files, likely label mistakes",
    "advise": "which strategy for these images: probes, a forecast with its interval, and the reasons",
    "options": "list the groups of the config and their options, a line each",
}

ABOUT = """Transfer learning and GANs as config-driven experiments: any timm backbone, any strategy, any GAN, every
run a folder."""
FIRST = """\
  artesano train                                     5,000 digits, features of an ImageNet net; half a minute of CPU
  artesano train strategy=partial data=folder data.root=<folder with one subfolder per class>
  artesano train task=gan                            a DCGAN trained on the digits; 20 minutes of CPU
  artesano options                                   list all options
  artesano <command> --help                          how a command is used"""


#: what has begun comes to its end where nobody reads it any more, as in `artesano train | head`
GOING_ON = ("train", "resume", "branch", "doctor", "rerun", "sweep")
CLOSED_PIPE = 141  # as a shell shows SIGPIPE
#: a full disk, and files that may not be read or written, are no mistakes of the program
REFUSED = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG)


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    write_any_sign()
    try:
        code = answer(argv)
        sys.stdout.flush()  # here, where a closed pipe is no error
        return code
    except (BrokenPipeError, SystemExit) as error:
        if not pipe_closed(error):
            raise
        for stream in (sys.stdout, sys.stderr):  # what they still hold would fail once more when Python ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return CLOSED_PIPE


def answer(argv: list[str] | None) -> int:
    """The same, with an error where the reader of a pipe closes it."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(overview())
        return 0
    if arguments[0] == "--version":
        from importlib.metadata import version

        print(f"artesano {version('artesano')}")
        return 0
    if logging.lastResort:
        logging.lastResort.setFormatter(LogFormatter())
    name = arguments.pop(0)
    if name not in COMMANDS:
        return refuse([f"'{name}' is not a command; accepted: {', '.join(COMMANDS)}.{nearest(name, COMMANDS)}"])
    command = importlib.import_module(f"artesano.commands.{name}")
    parser = Parser(prog=f"artesano {name}", description=command.__doc__, formatter_class=HelpFormatter)
    try:
        command.add(parser)
        with going_on_unread() if name in GOING_ON else nullcontext():
            return command.main(parser.parse_intermixed_args(arguments))
    except BadInput as error:
        return refuse(error.problems)
    except OSError as error:
        if error.errno not in REFUSED:
            raise
        where = f"{error.filename}: " if error.filename else ""
        print(f"artesano: {where}{error.strerror}.", file=sys.stderr)
        return 1
    except RunFailed as error:
        say(error)
        return 1
    except Interrupted as error:
        say(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nartesano: stopped by Ctrl-C", file=sys.stderr)
        return 130


SHOWS_CONFIG = ("--cfg", "-c", "--info", "--resolve")  # Hydra's own options


class Parser(argparse.ArgumentParser):
    """Says in a line what is wrong, and how a key is written that was given as an option of a command line."""

    def error(self, message: str) -> NoReturn:
        unknown = re.findall(r"(--?[\w.-]+)(=\S+)?", message.partition("unrecognized arguments:")[2])
        takes_keys = any("=" in str(action.metavar) for action in self._positionals._group_actions)
        for flag, value in unknown:
            key = flag.lstrip("-").replace("-", "_")
            known = nearest(flag, self._option_string_actions)
            if takes_keys and flag in SHOWS_CONFIG:
                raise BadInput(f"{flag}: dry_run=true shows the composed config, and each run keeps it.")
            if takes_keys and not known:
                raise BadInput(f"{flag}{value}: keys are given without dashes: {key}{value or '=<value>'}")
            raise BadInput(f"{flag}{value}: artesano {self.prog.split()[-1]} has no such option.{known}")
        raise BadInput(f"{message.removeprefix('argument ')}. `{self.prog} --help` lists all options.")


def write_any_sign() -> None:
    """A sign that the terminal's encoding lacks, or a byte of a file name that is no UTF-8, is written as `\\xf1`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def refuse(problems: list[str]) -> int:
    """Print all problems, one a line; exit code 2."""
    for problem in problems:
        say(problem)
    return 2


def say(message: object) -> None:
    """A message on the error stream."""
    print(wrapped(f"artesano: {message}", sys.stderr), file=sys.stderr)


def overview() -> str:
    """What `artesano --help` shows."""
    indent = max(map(len, COMMANDS)) + 4
    lines = (f"  {name:<{indent - 4}}  {what}" for name, what in COMMANDS.items())
    commands = "\n".join(broken(line, width(), " " * indent) for line in lines)
    first = "\n".join(example(line, width()) for line in FIRST.split("\n"))
    about = broken(" ".join(ABOUT.split()), width())
    return f"usage: artesano <command> ...\n\n{about}\n\n{commands}\n\nBegin with:\n{first}"


if __name__ == "__main__":
    sys.exit(main())
