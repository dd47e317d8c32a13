"""`artesano advise`: gathers evidence on each backbone, prints the advice with its reasons, and writes it down."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from artesano.advisor.evidence import Evidence
from artesano.advisor.forecast import past_cases
from artesano.backbones.weights import PACKAGES
from artesano.config.compose import Composed, compose
from artesano.config.overrides import key, normalise
from artesano.figures.advice import quadrants
from artesano.kinds.all_problems import all_problems
from artesano.kinds.places import folder_to_fill
from artesano.kinds.registry import experiment_of
from artesano.kinds.transfer.advise import Advice, advice_on, duration, expected, with_strategy
from artesano.kinds.transfer.gather import probed
from artesano.lines import wrapped
from artesano.next_steps import next_steps, quoted
from artesano.own_folders import outputs_root

AUTO = "strategy=auto"


def command(arguments: Namespace) -> int:
    """Print the table, the reasons and the command to copy; write JSON and a picture."""
    overrides = arguments.overrides
    folder = folder_to_fill(arguments.out, "--out") if arguments.out else outputs_root() / "advice"
    named = arguments.backbones.split(",") if arguments.backbones else []
    names = [name.strip() for name in named if name.strip()]
    advice, others, composed, left_out = ask(overrides, names, arguments.minutes)
    for line in left_out:
        print(wrapped(line, sys.stdout))
    evidence = advice.evidence
    run = f"{evidence.steps} steps of {min(evidence.batch_size, evidence.images)} images of {evidence.size} px"
    print(wrapped(f"{evidence.backbone}, {run}", sys.stdout))
    Console().print(table(advice))
    for other in others:
        here = f"{evidence.freeze:.3f}"
        line = f"Other backbones, frozen, on validation images: {other.backbone} {other.freeze:.3f} (here {here})."
        print(wrapped(line, sys.stdout))
    for reason in advice.reasons:
        print(wrapped(f"- {reason}", sys.stdout))
    print(wrapped(f"Take {expected(advice.best)}.", sys.stdout))
    for path in write(folder, name_of(composed), advice, others):
        print(quoted(path))
    backbone = f"backbone={evidence.backbone}"
    words = [*overrides, *([backbone] if evidence.backbone != composed.resolved["backbone"] else [])]
    said = " ".join(map(quoted, words))
    live = "" if evidence.cached or advice.best.strategy != "freeze" else " strategy.cache=false"
    next_steps(f"artesano train {said} strategy={advice.best.strategy}{live}", f"artesano train {said} strategy=auto")
    return 0


def ask(
    overrides: list[str], named: list[str], minutes: float | None
) -> tuple[Advice, list[Evidence], Composed, list[str]]:
    """The advice on the best of some backbones (the first of equal ones), what is known of the others, the config as it
    was given, and what is not read of the data.

    Args:
        overrides: have passed `artesano.kinds.advise.check`.
        named: backbones; none = the user's own, else those whose weights are here.
        minutes: that the training may take; None = any.

    Raises:
        BadInput: an override, the data or the weights cannot be used, or there is too little to say.
    """
    words = [word for word in normalise(overrides) if not of_many_processes(word)]
    with all_problems([*words, AUTO]):
        composed = compose([*words, AUTO])
        names = named or backbones(words, composed)
        made = [experiment(words, name) for name in names]
    known, best = list[Evidence](), None  # images and network of the best alone are kept
    for one in made:
        images, network = one.parts()
        known.append(probed(with_strategy(one, "freeze"), images, network))
        if best is None or known[-1].freeze > best[0].freeze:
            best = known[-1], one, images, network
    assert best is not None
    return (
        advice_on(*best, minutes=minutes),
        [one for one in known if one is not best[0]],
        composed,
        best[2].listing.messages(),
    )


def of_many_processes(word: str) -> bool:
    """The advice is asked for in one process, whatever the run will have."""
    return key(word) in ("trainer.devices", "trainer.num_nodes", "trainer.strategy") or word in (
        "trainer=ddp",
        "trainer=fsdp",
    )


def experiment(words: list[str], backbone: str) -> Any:
    """With this backbone and strategy=auto, checked."""
    composed = compose([*(word for word in words if key(word) != "backbone"), f"backbone={backbone}", AUTO])
    made = experiment_of(composed.resolved, composed.origins, composed.choices)
    made.check()
    return made


def backbones(words: list[str], composed: Composed) -> list[str]:
    """The user's own, else those whose weights are here."""
    own = "backbone" in map(key, words)
    packaged = composed.resolved["weights"]["source"] == "package"
    return [composed.resolved["backbone"]] if own or not packaged else list(PACKAGES)


def name_of(composed: Composed) -> str:
    """Of the data: that of the user's folder or file, else of the choice."""
    data = composed.resolved["data"]
    if data.get("root"):
        return Path(data["root"]).name
    return Path(data["file"]).stem if data.get("file") else composed.choices["data"]


def table(advice: Advice) -> Table:
    """A row for each strategy."""
    evidence = advice.evidence
    grid = Table(box=box.SIMPLE_HEAD)
    for column in ("strategy", "test accuracy", "90 % interval", "time"):
        grid.add_column(column, justify="left" if column == "strategy" else "right", no_wrap=True)
    for forecast in advice.forecasts:
        interval = f"{forecast.low:.3f} to {forecast.high:.3f}"
        style = "bold" if forecast is advice.best else ""
        grid.add_row(forecast.strategy, f"{forecast.accuracy:.3f}", interval, duration(evidence, forecast), style=style)
    return grid


def write(folder: Path, name: str, advice: Advice, others: list[Evidence]) -> list[Path]:
    """<name>.json and <name>.png in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {
        "advised": advice.best.strategy,
        "forecasts": [vars(forecast) for forecast in advice.forecasts],
        "reasons": advice.reasons,
        "evidence": advice.evidence.to_dict(),
        "other_backbones": [other.to_dict() for other in others],
    }
    text, picture = folder / f"{name}.json", folder / f"{name}.png"
    text.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    quadrants(past_cases(), (advice.evidence.shots, advice.evidence.freeze, advice.best.strategy), picture)
    return [text, picture]
