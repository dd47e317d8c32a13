"""Combinations of valid values that exclude each other, as far as the config shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omegaconf import DictConfig, OmegaConf

from artesano.config.idle_ablation import idle_ablation
from artesano.config.options import AUTO, ONE_PROCESS
from artesano.config.targets import resolve
from artesano.config.unread_hacks import readings, unread_hacks

CHOSEN = "artesano.transfer.strategies.Auto"
FROZEN = "artesano.transfer.strategies.Freeze"
#: what a config adds to the network of a file of weights: it changes nothing that is learnt
FREE = ("dropout", "dropout_at_test", "init")
#: keys of a data set that read labels, and their off values
OF_LABELS = (
    ("balance", False), ("shots", None), ("fraction", None), ("classes", None), ("mixup", 0), ("cutmix", 0),
)  # fmt: skip


def contradictions(overridden: dict[str, Any], reference: DictConfig) -> list[str]:
    """A line for each.

    Args:
        overridden: the values of the command line by key.
        reference: the config of the options; it has the values of all keys that are not overridden.
    """

    def value(key: str) -> Any:
        return overridden[key] if key in overridden else OmegaConf.select(reference, key)

    problems = []
    if overridden.get("max_steps") is not None and overridden.get("max_epochs") is not None:
        problems.append("max_steps and max_epochs: both set the length of the run; give one of them.")
    elif overridden.get("max_epochs") is not None and value("max_steps") is not None:
        problems.append(
            f"max_epochs={overridden['max_epochs']}: max_steps={value('max_steps')} is already set in the config; give "
            "max_steps instead."
        )
    if value("task") == "gan":
        problems += gan_contradictions(value)
    elif value("optimizer.lr") == AUTO and value("trainer.devices") not in (1, [0]):
        problems.append(ONE_PROCESS)
    if value("strategy._target_") == CHOSEN:
        problems += auto_contradictions(value)
    if value("adapt._target_") is not None:
        problems += adapt_contradictions(value)
    if str(value("trainer.strategy")).startswith("fsdp"):
        problems += fsdp_contradictions(value)
    problems += unmeasured(value)
    problems += unread_hacks(overridden, reference)
    problems += of_files(overridden, reference)
    problems += idle_ablation(reference)
    for kind in ("file", "run"):
        source, named = value("weights.source"), value(f"weights.{kind}")
        if source == kind and named is None:
            problems.append(f"weights.source={kind}: needs weights.{kind}=...")
        if named is not None and source != kind:
            problems.append(
                f"weights.{kind}={named}: used only with weights.source={kind}, and weights.source is {source}."
            )
    if value("strategy.norm_stats") == "pretrained" and value("weights.source") == "none":
        problems.append(
            "strategy.norm_stats=pretrained: with weights.source=none nothing is pretrained; give updated or auto."
        )
    changing = [
        f"data.{key}={value(f'data.{key}')}"
        for key, off in (("augment", "none"), ("mixup", 0), ("cutmix", 0), ("erase", 0))
        if value(f"data.{key}") not in (None, off)
    ]
    if value("strategy.cache") is True and changing:
        problems.append(
            f"{', '.join(changing)}: cached features are computed once, so images cannot be augmented in each epoch; "
            "add strategy.cache=false."
        )
    return problems


def unmeasured(value: Callable[[str], Any]) -> list[str]:
    """A patience that would wait for validations which measure nothing."""
    counts = ("evaluation.samples_in_training", "evaluation.images_in_training")
    return [
        f"patience={value('patience')}: counts validations of the monitor, and with {key}=0 nothing is measured while "
        f"training; give {key} more than 0, or end the run by max_steps or max_minutes."
        for key in counts
        if value("patience") is not None and value(key) == 0
    ]


def adapt_contradictions(value: Callable[[str], Any]) -> list[str]:
    """Of a method that adapts to a target without labels: the features must move, and no option may read a label."""
    problems = []
    if value("strategy._target_") in (FROZEN, CHOSEN):
        chosen = "freeze" if value("strategy._target_") == FROZEN else "auto"
        problems.append(
            f"strategy={chosen}: adapt brings the features of two domains together, and those of a frozen backbone "
            "never change; give strategy=full, partial or lpft, or adapt=none."
        )
    problems += [
        f"adapt.data.{key}={value(f'adapt.data.{key}')}: needs labels, and those of the target are only for the "
        "report; leave it out."
        for key, off in OF_LABELS
        if value(f"adapt.data.{key}") not in (None, off)
    ]
    if str(value("trainer.strategy")).startswith("fsdp"):
        problems.append(
            f"trainer.strategy={value('trainer.strategy')}: adapt needs all of the network; give trainer=ddp."
        )
    return problems


def fsdp_contradictions(value: Callable[[str], Any]) -> list[str]:
    """FSDP cuts one network with one optimiser into shards."""
    strategy = f"trainer.strategy={value('trainer.strategy')}"
    if value("task") == "gan":
        return [f"{strategy}: FSDP supports one network with one optimiser, and a GAN has two; give trainer=ddp."]
    if value("strategy.l2_sp"):
        return [
            f"{strategy}: each process holds a part of the parameters, and strategy.l2_sp needs all; give trainer=ddp."
        ]
    if value("ema") is not None:
        return [
            f"{strategy}: a moving average is not supported with FSDP, as each process holds a part of the "
            "parameters; give ema=null."
        ]
    return []


def gan_contradictions(value: Callable[[str], Any]) -> list[str]:
    """Trainer options that two optimisers exclude, and a number of known labels without a classifying discriminator."""
    problems = [
        f"trainer.{name}={value(f'trainer.{name}')}: {instead}."
        for name, off, instead in (
            (
                "gradient_clip_val",
                (None, 0),
                "a GAN has two optimisers, and Lightning clips for one; penalties (hacks.r1, "
                "hacks.gradient_penalty) and hacks.discriminator_norm=spectral bound gradients here",
            ),
            ("gradient_clip_algorithm", (None,), "gradients are not clipped in a GAN"),
            (
                "accumulate_grad_batches",
                (None, 1),
                "a GAN has two optimisers, and Lightning accumulates for one; give a larger data.batch_size",
            ),
        )
        if value(f"trainer.{name}") not in off
    ]
    problems += start_contradictions(value)
    problems += [
        f"data.{key}={value(f'data.{key}')}: blends images and their labels, for classifiers; a GAN would learn the "
        "blends; hacks.diffaugment augments what the discriminator sees."
        for key in ("mixup", "cutmix")
        if value(f"data.{key}")
    ]
    if value("hacks.lr") == AUTO:
        problems.append(
            "hacks.lr=auto: a range test follows the loss of one network, and the two of a GAN work against each "
            "other; give a number."
        )
    conditioned = {part: value(f"conditioning.{part}") for part in ("generator", "discriminator")}
    if value("known_labels") is not None and conditioned != {"generator": "none", "discriminator": "classes"}:
        problems.append(
            f"known_labels={value('known_labels')}: needs a discriminator that classifies "
            "(conditioning.discriminator=classes) and a "
            "generator without labels (conditioning.generator=none); give conditioning=classes. Here "
            f"conditioning.generator={conditioned['generator']} and "
            f"conditioning.discriminator={conditioned['discriminator']}."
        )
    return problems


def start_contradictions(value: Callable[[str], Any]) -> list[str]:
    """A GAN that starts from the weights of another, and the strategy by which it learns."""
    problems, source = [], value("weights.source")
    if source == "file" and value("gan.kind") != "image":
        problems.append(
            "weights.source=file: starts GANs from images (gan=srgan, pix2pix, cyclegan) from published weights; other "
            "GANs start from an earlier run: weights.source=run weights.run=<run>."
        )
    if source == "run" and value("gan.kind") == "image":
        problems.append(
            "weights.source=run: starts GANs from noise (gan=dcgan) and on points (gan=toy); a GAN from images starts "
            "its generator from another run by phases.run=<run>."
        )
    problems += [
        f"weights.{key}={value(f'weights.{key}')}: used only with weights.source=file weights.file=<generator>, and "
        f"weights.source is {source}."
        for key in ("back_file", "discriminator_file")
        if value(f"weights.{key}") is not None and source != "file"
    ]
    if value("strategy") is not None and source == "none":
        problems.append(
            "strategy: chooses what of pretrained networks learns, and with weights.source=none nothing is "
            "pretrained; add weights.source=run weights.run=<a GAN run> (of a GAN from images weights.source=file "
            "weights.file=<published weights>), or leave strategy out."
        )
    if value("strategy.l2_sp"):
        problems.append(
            f"strategy.l2_sp={value('strategy.l2_sp')}: a pull to the pretrained weights is a term of a classifier's "
            "loss; leave it at 0 in a GAN."
        )
    return problems


def of_files(overridden: dict[str, Any], reference: DictConfig) -> list[str]:
    """Options of a network whose architecture is read off a file of weights, and hacks that it alone would read."""
    if overridden.get("weights.source") != "file" or "generator" not in reference:  # or a classifier's weights
        return []
    replaced = {"generator": "file"}
    if overridden.get("weights.discriminator_file") is not None:
        replaced["discriminator"] = "discriminator_file"
    config = {key: part for key, part in OmegaConf.to_container(reference, resolve=False).items() if key != "hydra"}  # type: ignore[union-attr]
    closed = {node: {key: part for key, part in config[node].items() if key not in FREE} for node in replaced}
    others = [part for key, part in config.items() if key not in (*replaced, "hacks")]
    others += [config[node].get(key) for node in replaced for key in FREE]
    elsewhere = set(readings(others))
    # of a network that is named beside the file the hacks say that it is the file's: pix2pix_unet is transposed
    named = {str(word).partition("=")[0] for word in reference.hydra.overrides.task}
    problems = []
    if "generator" in named and not of_others(config["generator"]["_target_"]):
        chosen = reference.hydra.runtime.choices.generator
        problems.append(f"generator={chosen}: the generator is that of weights.file; leave it out.")
    for node, key in replaced.items():
        own = set() if node in named else set(readings(closed[node])) - elsewhere
        hacks = {f"hacks.{name}" for name in own}
        problems += [
            f"{name}={set_to}: the {node} is that of weights.{key}, which says how it is built; leave it out."
            for name, set_to in overridden.items()
            if name in hacks or (name.startswith(f"{node}.") and name.partition(".")[2] not in FREE)
        ]
    return problems


def of_others(target: str) -> bool:
    """Can a published file hold it? Such a generator names its `original`; which this file holds is seen later."""
    return hasattr(resolve(target), "original")


def auto_contradictions(value: Callable[[str], Any]) -> list[str]:
    """Of strategy=auto."""
    problems = []
    if value("weights.source") == "none":
        problems.append("strategy=auto: with weights.source=none nothing is pretrained; take strategy=full.")
    if value("optimizer.lr") == AUTO:
        problems.append("strategy=auto: a head is trained to choose by; give optimizer.lr=1e-3, or a strategy.")
    if value("trainer.devices") not in (1, [0]):
        problems.append(
            "strategy=auto: chooses in one process; run `artesano advise` with these words, then give the strategy."
        )
    return problems
