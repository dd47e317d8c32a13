"""Soup: average the weights of several runs into one, which costs no more to use than one run.

  artesano train -m strategy=full data=folder data.root=photos lr=1e-4,3e-4,1e-3     runs to average
  artesano soup 3 4 5 6                         numbers, folders, last
  artesano soup outputs/sweeps/rates            all finished trials of a sweep
  artesano soup 3 4 5 --name average            the end of the new folder's name

The greedy soup of Wortsman et al. 2022 (arXiv 2203.05482): the runs are sorted by their monitor on the validation
images, and each is added to the average where the average does not get worse by it. Statistics of BatchNorm are
averaged like weights. Runs of one seed begin with the same new head, as the authors' do; runs of several seeds do not,
and their average may be worse than each of them: then the best is left alone. The runs must have the same network,
classes and validation images, and should begin with the same pretrained weights.

The result is a run folder in outputs/transfer: evaluate, predict, export, bundle and compare take it; `soup` in its
run.json names the runs. It cannot be resumed: train on from it with weights.run=."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="run", help="run folders, numbers, last, or folders of runs")
    parser.add_argument("--name", help="end of the new run folder's name (soup-<name of the best run>)")


def main(args: argparse.Namespace) -> int:
    from artesano.compare.runs import gather
    from artesano.errors import BadInput
    from artesano.kinds.registry import of_record
    from artesano.progress_bars import load_torch

    names = [run.removeprefix("run=") for run in args.runs]
    runs, problems = gather([f"transfer/{name}" if name.isdigit() else name for name in names])
    finished = [run for run in runs if run.state == "finished" and not run.soup]
    others = [
        f"{run.folder.name}: {'an average itself' if run.soup else run.state}" for run in runs if run not in finished
    ]
    for line in problems + others:
        print(f"left out: {line}")
    if not finished:
        raise BadInput(f"artesano soup: no finished run in {', '.join(args.runs)}.")
    load_torch()
    return of_record(finished[0].record).soup([run.folder for run in finished], args)
