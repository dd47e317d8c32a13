"""The phases of a GAN from images: pixel losses alone, then the adversarial loss fades in. A function of the step."""

# No `from __future__ import annotations`: the annotations are the schema that YAML values are validated against.

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from artesano.training.schedules import Schedule

Steps = Annotated[int, Field(ge=0)]
PIXEL, ADVERSARIAL = "pixel", "adversarial"


@dataclass(frozen=True)
class Phases:
    """The phases of a run.

    A super-resolution GAN that starts with a discriminator ends in artefacts, so its generator is first trained on
    pixels (Ledig et al. 2017, arXiv 1609.04802, section 3.2).

    Args:
        pixel: steps without a discriminator, on the terms that are not ramped; 0 = no pixel phase.
        ramp: steps over which the adversarial loss and the ramped terms then grow from 0 to their weights.
        adversarial_lr: factor of the learning rates in the adversarial phase.
        run: a run to start from: the generator of its best pixel-phase checkpoint, else of its best checkpoint.
    """

    pixel: Steps = 0
    ramp: Steps = 0
    adversarial_lr: Annotated[float, Field(gt=0)] = 1.0
    run: str | None = None

    def name(self, step: int) -> str:
        """The phase of this step."""
        return PIXEL if step < self.pixel else ADVERSARIAL

    def share(self, step: int) -> float:
        """Share of the adversarial weights at this step, in [0, 1]."""
        if step < self.pixel:
            return 0.0
        return min(1.0, (step - self.pixel + 1) / (self.ramp + 1))

    def settled(self, step: int, max_steps: int) -> bool:
        """True where the losses of the steps to come weigh as that of the step just done."""
        return self.pixel >= max_steps or step > self.pixel + self.ramp

    def sentence(self, max_steps: int) -> str | None:
        """The phases as a sentence; None where there is one phase."""
        if not self.pixel:
            return None
        if self.pixel >= max_steps:
            return (
                f"all {max_steps} steps on pixel losses: with phases.pixel={self.pixel} there is no adversarial phase"
            )
        begins = f"{self.pixel} steps on pixel losses, then adversarial"
        if self.pixel + self.ramp >= max_steps:
            return f"{begins}; its weight grows to {self.share(max_steps - 1):.2f} of the full one"
        return f"{begins}; its full weight is reached after {self.ramp} more"

    def rate(self, schedule: Schedule, step: int, max_steps: int) -> float:
        """Factor of the learning rates; each phase has the whole schedule."""
        if step < self.pixel:
            return schedule((step + 0.5) / min(self.pixel, max_steps))
        return self.adversarial_lr * schedule((step - self.pixel + 0.5) / (max_steps - self.pixel))
