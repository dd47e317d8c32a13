"""docs/results/adabn.csv: whose statistics may BatchNorm have on the target, and how was the network trained for it?

for stats in pretrained updated; do
  artesano train name=adabn-$stats data=rendered_digits adapt.data=mnist5k strategy=full strategy.head_lr=3.0 \\
      strategy.norm_stats=$stats image_size=64 data.batch_size=32 data.augment=light max_steps=150 eval_every=150
done
python scripts/study_adabn.py <runs>          rows of earlier calls stay, those of the same runs are made anew

Of each run, which knows the source alone, three networks are measured on the target's test part and on its own:
`alone` with its own statistics, `replaced` with those of the target (as adapt=adabn norm_stats=updated), and `moved`,
in which the target has behind each layer what the source had (as adapt=adabn).
"""

from __future__ import annotations

import argparse
import copy
import csv
from pathlib import Path

import torch
from torch import Tensor, nn

from artesano.data.loaders import Loaders
from artesano.kinds.data_of_run import data_for
from artesano.kinds.transfer.load import load
from artesano.transfer.norm_stats import batch_norms
from artesano.transfer.target_statistics import estimate, move

TABLE = Path(__file__).parents[1] / "docs" / "results" / "adabn.csv"
TARGET = ["data=mnist5k"]
IMAGES, BATCH = 1000, 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    rows = [row for run in parser.parse_args().runs for row in rows_of(run)]
    if TABLE.is_file():
        with TABLE.open(encoding="utf-8", newline="") as stream:
            fresh = {(row["norm_stats"], str(row["seed"])) for row in rows}
            rows += [row for row in csv.DictReader(stream) if (row["norm_stats"], row["seed"]) not in fresh]
    rows.sort(key=lambda row: (row["norm_stats"], str(row["seed"])))
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def rows_of(run: Path) -> list[dict]:
    loaded = load(run)
    config = loaded.record["config"]
    source, target = ([*images(run, words, "train")[0].split(BATCH)] for words in ([], TARGET))
    networks = {name: copy.deepcopy(loaded.network) for name in ("alone", "replaced", "moved")}
    with torch.no_grad():
        estimate(networks["replaced"], layers(networks["replaced"]), target)
        move(networks["moved"], layers(networks["moved"]), source, target)
    parts = {"target": images(run, TARGET, "test"), "source": images(run, [], "test")}
    rows = []
    for name, network in networks.items():
        shares = {f"{part}_accuracy": round(accuracy(network, *some), 4) for part, some in parts.items()}
        about = {"norm_stats": config["strategy.norm_stats"], "seed": config["seed"], "steps": config["max_steps"]}
        rows.append(about | {"statistics": name} | shares)
        print(*rows[-1].values(), flush=True)
    return rows


def layers(network: nn.Module) -> list:
    return list(batch_norms(network).values())


def images(run: Path, words: list[str], part: str) -> tuple[Tensor, Tensor]:
    """At most `IMAGES` of a part, prepared, and their labels."""
    loaders = Loaders(data_for(words, run), load(run).preprocessing, seed=0)
    batches = [loaders.prepare(batch, None) for batch in loaders.some(part, IMAGES)]
    return torch.cat([batch.images for batch in batches]), torch.cat([batch.labels for batch in batches])


@torch.no_grad()
def accuracy(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    pairs = zip(images.split(100), labels.split(100), strict=True)
    return sum(int((network(some).argmax(1) == right).sum()) for some, right in pairs) / len(labels)


if __name__ == "__main__":
    main()
