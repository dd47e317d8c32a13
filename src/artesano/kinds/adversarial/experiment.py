"""The base of experiments with GANs: what is read from the config, and the arguments that all their modules take."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from torch import nn

from artesano.config.targets import instantiate
from artesano.gan.pixels import PixelRange
from artesano.kinds.adversarial.options import GanOptions
from artesano.training.memory_format import memory_format

Options = TypeVar("Options", bound=GanOptions)


class AdversarialExperiment(Generic[Options]):
    """See `artesano.kinds.kind.Experiment`; a kind of GAN adds `check` and `build`."""

    def __init__(self, options: Options):
        self.options = options
        self.data = instantiate(options.data)
        self.evaluation = instantiate(options.evaluation)
        self.pixels = PixelRange(options.normalise_images)
        self.conditional = options.conditioning.generator != "none"
        self.uses_labels = self.conditional or options.conditioning.discriminator != "none"

    def default_name(self, choices: dict[str, str]) -> str:
        parts = [choices["data"], self.options.gan.name, choices["hacks"], choices.get("strategy")]
        return "-".join(filter(None, parts))

    def module_arguments(self, network: nn.Module, loaders: Any, counted: nn.Module) -> dict[str, Any]:
        """What the Lightning modules of all GANs take; the network gets its memory format.

        Args:
            network: all networks of the run, as they start.
            counted: the part of it whose layers choose the memory format.
        """
        options, layout = self.options, memory_format(counted, self.options.channels_last)
        network.to(memory_format=layout)
        return {
            "pixels": self.pixels,
            "optimizers": (instantiate(options.optimizer.generator), instantiate(options.optimizer.discriminator)),
            "schedule": instantiate(options.schedule),
            "prepare": loaders.prepare,
            "seed": options.seed,
            "max_steps": options.max_steps or options.max_epochs * loaders.steps_per_epoch,
            "memory_format": layout,
            "ema": options.ema,
        }
