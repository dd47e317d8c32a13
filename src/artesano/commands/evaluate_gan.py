"""`artesano evaluate` of a GAN: the metrics of the averaged and of the raw generator."""

from __future__ import annotations

import argparse


def main(args: argparse.Namespace, run: str, words: list[str]) -> int:
    from rich.console import Console
    from rich.table import Table

    from artesano.commands.hints import next_steps, quoted
    from artesano.kinds.gan import evaluate
    from artesano.kinds.gan.load import load_gan

    gan = load_gan(run)
    options = evaluate.asked_options(gan, args.samples, args.extractor, args.split)
    compare = evaluate.measures(gan, options, words)
    found = evaluate.both(gan, compare)
    folder = evaluate.folder_for(gan, args.name, options, words)
    evaluate.write(folder, gan, compare, found, words)

    before = gan.record["metrics"].get("best", {})
    title = f"{options.samples:,} samples against {compare.real.count:,} real images ({options.split})"
    table = Table("metric", *found, "when trained", title=title, title_justify="left")
    for metric in next(iter(found.values())):
        trained = before.get(f"test/{metric}")
        values = [f"{metrics[metric]:.4f}" for metrics in found.values()]
        table.add_row(metric, *values, "-" if trained is None else f"{trained:.4f}")
    Console().print(table)
    if note := compare.note():
        print(note)
    print(f"results: {folder}")
    where = quoted(gan.folder)
    next_steps(
        f"artesano sample {where} --neighbours   # is it memorising?",
        f"artesano evaluate {where} --extractor run:<a classifier of the same data>",
        f"artesano export {where}",
    )
    return 0
