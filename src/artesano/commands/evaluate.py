"""Evaluate: measure a run's best checkpoint, on its own test split or on other data with the same classes.

  artesano evaluate last                                    its own test split again
  artesano evaluate last data=rendered_digits               other data: how far does it carry? (domain change)
  artesano evaluate 12 data=folder data.root=~/new --split all    every image of a folder
  artesano evaluate last --split val                        another part of its own data

Leaves <run>/evaluations/<name>/: metrics.json, per_class.csv, confusion.png, calibration.png, most_wrong.png."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="+", metavar="run data=...", help="a run (folder, number, last); then data words"
    )
    parser.add_argument("--split", choices=["test", "val", "train", "all"], default="test", help="which part (test)")
    parser.add_argument("--name", help="folder name of the results; without it made from the data words")


def main(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.table import Table

    from artesano.commands.hints import next_steps, quoted
    from artesano.experiment.data_words import data_for, name_for
    from artesano.inference import evaluate
    from artesano.inference.inputs import run_and_inputs
    from artesano.inference.load import load

    run, words = run_and_inputs(args.words, needs_run=True)
    loaded = load(str(run))
    assert loaded.folder is not None
    answers = evaluate.ask(loaded, data_for(words, loaded.folder), args.split)
    name = args.name or name_for(words, args.split)
    folder = loaded.folder / "evaluations" / name
    metrics = evaluate.report(answers, loaded.classes, folder, words)

    before = loaded.record["metrics"]["best"]
    table = Table("metric", name, "test when trained", title=f"{len(answers.labels):,} images", title_justify="left")
    for metric, value in metrics.items():
        trained = before.get(f"test/{metric}")
        table.add_row(metric, f"{value:.4f}", "-" if trained is None else f"{trained:.4f}")
    Console().print(table)
    if known := evaluate.trained_on(answers, data_for([], loaded.folder)):
        print(f"WARNING: {known:,} of these {len(answers.labels):,} images were trained on; this is not a test.")
    if wrong := evaluate.mistakes(answers, loaded.classes):
        print(
            "most confident mistakes:",
            *(f"  {image} is {true}, called {said}" for image, true, said in wrong),
            sep="\n",
        )
    print(f"results: {folder}")
    where = quoted(loaded.folder)
    next_steps(f"artesano predict {where} <images>", f"artesano embed {where} <images>", f"artesano export {where}")
    return 0
