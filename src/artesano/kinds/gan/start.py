"""The trained networks that a GAN starts from: those of an earlier run, if they are the networks of this one.

The generator starts from the averaged weights, like whatever else uses a trained run: it is the one that was measured
and that a bundle holds, and since the new average starts from the same tensors, what is frozen is the same in both and
stays so. The discriminator has no average. Optimisers, the memory of old fakes and ADA's probability start anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from timm.utils import natural_key
from torch import Tensor, nn

from artesano.config.targets import load_plain
from artesano.config.uses import options_that
from artesano.errors import BadInput
from artesano.kinds.adversarial.options import GanOptions
from artesano.kinds.registry import open_run
from artesano.runs.bundle import is_bundle
from artesano.runs.checkpoint import below, read_checkpoint
from artesano.runs.record import flat
from artesano.training.adoption import adopted, shapes
from artesano.training.fingerprint import fingerprint

NODES = ("generator", "discriminator", "latent")
#: they may differ, as they change nothing that a network has learnt
FREE = {f"{key}.{name}" for key in ("generator", "discriminator") for name in ("init", "dropout", "noise")}


@dataclass(frozen=True)
class Start:
    """The best networks of a run.

    Attributes:
        run: as the user named it.
        generator, discriminator: their tensors.
    """

    run: str
    folder: Path
    record: dict[str, Any]
    config: dict[str, Any]
    generator: Mapping[str, Tensor]
    discriminator: Mapping[str, Tensor]

    def check(self, options: GanOptions, channels: int, classes: int | None) -> None:
        """Raise BadInput, which names all differences, where the run's networks are not those of a config.

        Args:
            channels: of the config's images.
            classes: how many, where a network is told or tells the class.
        """
        differences = dict(self.differences(options, channels, classes))
        if not differences:
            return
        said = ", ".join(f"{key}={there} there and {here} here" for key, (there, here) in differences.items())
        words = [f"{key}={there}" for key, (there, _) in differences.items() if key not in ("channels", "classes")]
        gan = self.record["model"]["gan"]
        if gan != options.gan.name and any(key in NODES for key in differences):
            words = [f"gan={gan}", *(word for word in words if "." not in word and word.split("=")[0] not in NODES)]
        remedies = [f"give {' '.join(words)}"] if words else []
        remedies += ["data of as many channels and classes"] if differences.keys() & {"channels", "classes"} else []
        raise BadInput(
            f"weights.run={self.run}: other networks than those of this run: {said}; {', '.join(remedies)}, or another "
            "run."
        )

    def differences(
        self, options: GanOptions, channels: int, classes: int | None
    ) -> Iterator[tuple[str, tuple[Any, Any]]]:
        """(key, (its value there, its value here))."""
        model = self.record["model"]
        here: dict[str, Any] = {"image_size": options.image_size, "normalise_images": options.normalise_images}
        yield from ((key, (model[key], value)) for key, value in here.items() if model[key] != value)
        if model["in_chans"] != channels:
            yield "channels", (model["in_chans"], channels)
        for key in NODES:
            there, own = self.config.get(key) or {}, getattr(options, key)
            if there.get("_target_") != own.get("_target_"):
                yield key, (chosen(key, there), chosen(key, own))
                continue
            ours = flat(own)
            for name, value in flat(there).items():
                if name in ours and f"{key}.{name}" not in FREE and plain(ours[name]) != plain(value):
                    yield f"{key}.{name}", (value, ours[name])
        if classes is not None and len(model["classes"]) != classes:
            yield "classes", (len(model["classes"]), classes)

    def fill(self, generator: nn.Module, discriminator: nn.Module) -> None:
        """Put the weights and buffers into both networks, in their order: dropout and noise rename the layers behind.

        Raises:
            BadInput: they do not fit, although the configs say so: a class has changed since.
        """
        pairs = {"generator": (generator, self.generator), "discriminator": (discriminator, self.discriminator)}
        for name, (network, tensors) in pairs.items():
            fresh, trained = in_turn(network.state_dict()), in_turn(tensors)
            if shapes(trained, trained) != shapes(fresh, fresh):
                raise BadInput(
                    f"weights.run={self.run}: the tensors of its {name} are not those of this one, whose class was "
                    "changed since; give another run."
                )
            network.load_state_dict(adopted(trained, fresh, ""))

    @property
    def name(self) -> str:
        """Of the run's folder."""
        return self.folder.name

    def facts(self) -> dict[str, str]:
        """For the record: which run, and a hash of the weights."""
        both = {f"generator.{name}": tensor for name, tensor in self.generator.items()}
        both |= {f"discriminator.{name}": tensor for name, tensor in self.discriminator.items()}
        return {"run": self.folder.name, "weights": fingerprint(both)}


def in_turn(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """By name, numbers as numbers: a bundle has lost the order of the layers."""
    return {name: tensors[name] for name in sorted(tensors, key=natural_key)}


def start_of(run: str, kind: str) -> Start:
    """The networks of a run folder, number, `last` or bundle.

    Args:
        kind: of the run.

    Raises:
        BadInput: no such run, one of another kind, without a checkpoint, or a bundle without a discriminator.
    """
    try:
        folder, record = open_run(run, kind)
        saved = read_checkpoint(folder)
    except BadInput as error:
        raise BadInput(*(f"weights.run={run}: {problem}" for problem in error.problems)) from None
    discriminator = below("network.discriminator.", saved.tensors)
    if not discriminator and is_bundle(record):
        raise BadInput(
            f"weights.run={run}: this bundle holds the generator alone, and one that has learnt cannot be trained "
            "against a discriminator that has not; make it with artesano bundle <run> --discriminator, or give the run "
            "folder."
        )
    generator = saved.weights("network.generator.")
    return Start(run, folder, record, load_plain(folder / "config.yaml"), generator, discriminator)


def chosen(group: str, node: Mapping[str, Any]) -> str:
    """The option of a group with this class, else the class."""
    target = node.get("_target_")
    names = options_that(group, lambda option: option.get("_target_") == target)
    return names[0] if names else str(target)


def plain(value: Any) -> Any:
    """A list for a tuple."""
    return list(value) if isinstance(value, tuple) else value
