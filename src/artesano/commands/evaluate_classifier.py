"""`artesano evaluate` of a classifier: the table, the mistakes, the results' folder."""

from __future__ import annotations

import argparse


def main(args: argparse.Namespace, run: str, words: list[str]) -> int:
    from rich.console import Console
    from rich.table import Table

    from artesano.commands.hints import next_steps, quoted
    from artesano.kinds.data_of_run import data_for, name_for
    from artesano.kinds.transfer import evaluate
    from artesano.kinds.transfer.load import load

    loaded = load(run)
    assert loaded.folder is not None
    split = args.split or "test"
    answers = evaluate.ask(loaded, data_for(words, loaded.folder), split)
    name = args.name or name_for(words, split)
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
