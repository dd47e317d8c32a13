"""A run that goes on, or is repeated, has the data that it began with; so has each trial of a sweep."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from artesano.config.overrides import RUN_KEYS
from artesano.config.targets import load_plain, selected
from artesano.errors import DATA_OF_SWEEP, BadInput
from artesano.kinds.kind import Experiment
from artesano.kinds.split_of_run import keep_for_batches, listing_of, other_classes, read_listing, trained_on
from artesano.runs.find import find_run
from artesano.runs.folder import FILES, TRIAL

OPEN = {
    "batch_size",
    "balance",
    "augment",
    "flip",
    "mixup",
    "cutmix",
    "erase",
    "in_memory",
    "memory_limit_gb",
    "workers",
}
OPEN |= {"strict", "crop", "pairing", "fraction", "shots", "max_eval"}  # keys of `data` that choose no files


def keep_split(experiment: Experiment, run: Path, known: dict[str, Any]) -> list[str]:
    """Let the experiment take the split of `run`, before it is checked; returns what to say of files that were added.

    Args:
        known: the run's record.

    Raises:
        BadInput: other classes, channels or files than the run began with.
    """
    data = experiment.data
    lines = keep_for_batches(data, node_of(experiment), run)
    if read_listing(run, data) is None and known["model"]:
        data.always = frozenset(known["model"].get("classes") or ())
        lines += check_unlisted(experiment, run, known)
    if hasattr(experiment, "keep_target"):
        experiment.keep_target(run, known)
    return lines


def check_unlisted(experiment: Experiment, run: Path, known: dict[str, Any]) -> list[str]:
    """The same for data that are no files, and for runs from before files were listed: what their record tells.

    Raises:
        BadInput: other classes or channels, or a data set without files that has changed.
    """
    data, place = experiment.data, experiment.data.place()
    facts = experiment.from_data() if hasattr(experiment, "from_data") else {}
    for key, now in facts.items():
        then = known["model"].get(key, now)
        if then == now:
            continue
        if key == "classes":
            raise BadInput(*other_classes(run, then, now, place))
        raise BadInput(
            f"{run}: the run has {key}={then}, and the images of {place} now {now}; give it its own images back."
        )
    then, now = known["data"]["fingerprint"], data.listing().fingerprint
    if then == now or then is None:
        return []
    if getattr(data, "base", lambda: None)() is None and not hasattr(data, "crop"):
        raise BadInput(f"{run}: {place} is not what the run began with (fingerprint {then}, now {now}).")
    return [f"WARNING: {place} is not as it was (fingerprint {then}, now {now}), and {run} has no list of its files"]


def keep_split_of_sweep(experiment: Experiment) -> list[str]:
    """In a trial of a sweep: the split of the first trial on these data, so that trials can be compared.

    Raises:
        BadInput: the data have changed since.
    """
    node, folder = node_of(experiment), os.environ.get(TRIAL)
    for trial in sorted(Path(folder).parent.glob("[0-9]*")) if folder else ():
        if (trial / FILES).is_file() and (trial / "config.yaml").is_file():
            theirs = selected(load_plain(trial / "config.yaml"), "data")
            if chooses(theirs) == chooses(node):
                try:
                    return keep_for_batches(experiment.data, node, trial)
                except BadInput as error:
                    what = "; ".join(
                        line.strip() for line in error.problems[1:-1] or error.problems
                    )  # one line of a log
                    raise BadInput(f"{DATA_OF_SWEEP}, so trials could not be compared: {what}.") from None
    return []


def node_of(experiment: Experiment) -> dict[str, Any]:
    """The config of its data."""
    return selected(experiment.options.resolved, "data")


def chooses(node: dict[str, Any]) -> dict[str, Any]:
    """The options of a data set that decide which files are in which part."""
    return {key: value for key, value in node.items() if key not in OPEN}


def seen_before(experiment: Experiment, config: dict[str, Any]) -> list[str]:
    """A warning for each run whose weights are used and that was trained on images that are held out here."""
    lines = []
    for key in RUN_KEYS:
        run = None if key == "resume" else selected(config, key)
        if run is None:
            continue
        folder = find_run(run)
        trained = trained_on(selected(load_plain(folder / "config.yaml"), "data"), folder)
        files = listing_of(experiment.data)
        if files is None:
            splits = getattr(experiment.data.listing(), "splits", {})
            held = [name in trained.names for part, split in splits.items() if part != "train" for name in split.names]
        else:
            held = [files.contents[row.file] in trained.contents for row in files.rows if row.part != "train"]
        if any(held):
            lines.append(
                f"WARNING: {sum(held)} of the {len(held)} images of val and test were trained on by {run} ({key}); "
                "what is measured on them is no test"
            )
    return lines
