"""`artesano evaluate` of a GAN from images: its states beside the baselines, on another part or on other images."""

from __future__ import annotations

import argparse


def main(args: argparse.Namespace, run: str, words: list[str]) -> int:
    from rich.console import Console
    from rich.table import Table

    from artesano.commands.hints import next_steps, quoted
    from artesano.kinds.image_gan.evaluate import Split, evaluate
    from artesano.kinds.image_gan.load import load_image_gan
    from artesano.kinds.image_gan.report import pair_table

    gan = load_image_gan(run)
    split: Split = args.split or "test"
    folder, metrics, notes = evaluate(gan, words, split, args.name)
    console = Console()
    if (folder / "table.csv").is_file():
        console.print(pair_table(folder / "table.csv", gan.record["name"], split))
    elif metrics:
        table = Table("metric", "best", title=f"{gan.record['name']}: {split} images", title_justify="left")
        for metric, value in metrics.items():
            table.add_row(metric, f"{value:.4g}")
        console.print(table)
    for note in notes:
        console.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)
    print(f"results: {folder}")
    where = quoted(gan.folder)
    next_steps(f"artesano sample {where}   # before and after", f"artesano predict {where} <image or folder>")
    return 0
