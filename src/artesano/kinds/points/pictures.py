"""The pictures of a GAN on points: what generator and discriminator do to each other, step by step."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from artesano.figures.gan_curves import gan_curves
from artesano.figures.points import Scene, draw_points
from artesano.figures.timelapse import timelapse
from artesano.gan.adversarial_networks import AdversarialNetworks
from artesano.gan.point_module import PointGanModule
from artesano.kinds.adversarial.sample_images import SampleImages
from artesano.runs.metrics import read_rows
from artesano.seeding import generator, random_state_kept

SHOWN = 1000  # points of either kind
BATCH, ARROWS = 256, 80  # fakes whose pull is computed together, and of those the ones that get an arrow
SIDE = 60  # squares along a side at which the discriminator is asked


class Frames(SampleImages):
    """The same noise through the generator that will be shipped, and the discriminator of that moment.

    Args:
        points: float [N, 2], the real ones.
        classes: that the discriminator wants to be told; 0 = it takes no labels.
    """

    def __init__(self, folder: Path, every: int, points: Tensor, classes: int):
        super().__init__(folder, every)
        self.points, self.classes = points, classes

    def draw(self, module: PointGanModule, path: Path) -> None:
        draw_points(scene(module, self.points, self.classes), path)


def draw(folder: Path, module: PointGanModule, points: Tensor, classes: int, floors: dict[str, float]) -> list[Path]:
    """Write them into <folder>/plots; the module holds the best state. `floors`: of the metrics, by their kind."""
    plots = folder / "plots"
    paths = [plots / "samples.png", plots / "curves.png", plots / "timelapse.gif"]
    draw_points(scene(module, points, classes), paths[0])
    gan_curves(read_rows(folder / "metrics.csv"), paths[1], floors)
    timelapse(sorted((folder / "images").glob("step_*.png")), paths[2])
    return paths


def scene(module: PointGanModule, points: Tensor, classes: int = 0) -> Scene:
    """What there is to see now. Copies of the networks are asked, and the random state is as before: a run with more
    pictures trains to the same weights."""
    extent = 1.1 * float(points.abs().max())
    fake = module.images(*module.evaluation_latents(SHOWN, "picture"))
    with random_state_kept():
        networks = copy.deepcopy(module.networks).requires_grad_(False)
        starts, pulls = pull(module, networks, points)
        field = judged(module, networks, points, extent, classes)
    return Scene(
        extent=extent,
        real=points[:SHOWN].numpy(),
        fake=fake.cpu().numpy(),
        field=field,
        critic=networks.loss.probability is None,
        starts=starts,
        pulls=pulls,
    )


def pull(module: PointGanModule, networks: AdversarialNetworks, points: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Where some fakes of the trained generator are, float [A, 2] in the units of the data, and the negative gradient
    of the generator's loss against the present discriminator at each, in the networks' units."""
    pac = getattr(networks.discriminator, "pac", 1)
    count = BATCH - BATCH % pac
    z, labels = module.evaluation_latents(count, "pull")
    with torch.no_grad():
        fake = networks.generator(z, labels)
    fake.requires_grad_()
    real = module.pixels.to_network(points[torch.arange(count) % len(points)].to(module.device))
    progress = module.step / module.max_steps
    loss = networks.generator_loss(real, fake, labels=labels, codes=module.latent.codes(z), progress=progress)
    (gradient,) = torch.autograd.grad(loss, fake)
    starts = module.pixels.to_points(fake.detach())
    return starts[:ARROWS].cpu().numpy(), -count / pac * gradient.flatten(1)[:ARROWS].cpu().numpy()


@torch.no_grad()
def judged(
    module: PointGanModule, networks: AdversarialNetworks, points: Tensor, extent: float, classes: int
) -> np.ndarray:
    """float [SIDE, SIDE]: D(x), or the score of a critic, at places all over the plane; of the class that says most.

    They are asked in a random order, so that a discriminator that compares the points of a batch sees a mixed one. One
    that judges packs sees each place in a pack with real points.
    """
    places = (torch.arange(SIDE) + 0.5) / SIDE * 2 - 1
    plane = extent * torch.cartesian_prod(places, places).flip(1)
    order = torch.randperm(len(plane), generator=generator("field"))
    discriminator = networks.discriminator.eval()
    pac = getattr(discriminator, "pac", 1)
    real = points[torch.arange(BATCH * (pac - 1)) % len(points)]
    scores = torch.full((len(plane),), -torch.inf)
    for rows in order.split(BATCH):
        packs = torch.stack([plane[rows], *real[: len(rows) * (pac - 1)].view(pac - 1, len(rows), 2)], 1)
        batch = module.pixels.to_network(packs.flatten(0, 1)).to(module.device)
        for label in range(classes or 1):
            labels = torch.full((len(batch),), label, device=module.device) if classes else None
            logits = discriminator(batch, labels).logits.float().cpu()
            scores[rows] = torch.maximum(scores[rows], logits)
    probability = networks.loss.probability
    return (scores if probability is None else probability(scores)).view(SIDE, SIDE).numpy()
