"""The loops of mimicry and torchgan, and their networks in our loop; for `bench_gan.py --peers <folder of both>`.

  git clone https://github.com/kwotsin/mimicry        SNGAN, five updates of D for one of G, hinge loss
  git clone https://github.com/torchgan/torchgan      DCGAN, labels 1 and 0

Both sides train the same networks (theirs), on the same images with batches of the same size and the same Adam. Each
peer's loop is started as its README says: its Trainer with a DataLoader, here of a tensor in memory and without worker
processes, so that decoding costs it nothing. mimicry writes to TensorBoard: `pip install tensorboard` for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import torch
from pace import Pace
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from artesano.gan.discriminator_output import DiscriminatorOutput

NOT_NEEDED = ("tensorflow", "skimage")  # mimicry imports them for its metrics and for reading image files
LATENT, SIZE = 128, 64
#: what both sides have: no trick but those of the peer's networks
GAME = (
    "data=stacked_mnist", "hacks=none", "hacks.normalise_images=true", "hacks.separate_batches=true",
    "hacks.lr=0.0002", "hacks.ema=0.999", "hacks.latent=gaussian", "image_size=32", "in_chans=3",
    f"latent.size={LATENT}", f"data.batch_size={SIZE}",
)  # fmt: skip
SNGAN = ("gan=dcgan", "loss=hinge", "critic_steps=5", "hacks.betas=[0.0,0.9]", *GAME)
DCGAN = ("gan=dcgan", "hacks.flip_generator_labels=true", "hacks.betas=[0.5,0.999]", *GAME)


Networks = tuple[nn.Module, nn.Module]


def checkout(folder: str) -> None:
    """Put a peer's checkout on the path, with stand-ins for what its training does not need."""
    sys.path.insert(0, folder)
    for name in NOT_NEEDED:
        sys.modules.setdefault(name, MagicMock())


def sngan(width: int, folder: str) -> Networks:
    """mimicry's networks for 32 px: the generator twice as wide, as in its defaults (256 and 128)."""
    checkout(folder)
    from torch_mimicry.nets.sngan.sngan_32 import SNGANDiscriminator32, SNGANGenerator32

    return SNGANGenerator32(nz=LATENT, ngf=2 * width), SNGANDiscriminator32(ndf=width)


def dcgan(width: int, folder: str) -> Networks:
    """torchgan's networks for 32 px."""
    checkout(folder)
    from torchgan.models import DCGANDiscriminator, DCGANGenerator

    sizes = {"step_channels": width}
    return DCGANGenerator(LATENT, 32, 3, **sizes), DCGANDiscriminator(32, 3, **sizes)


class TheirGenerator(nn.Module):
    """A peer's generator, called as ours are: z [N, latent], labels or None -> images [N, 3, 32, 32]."""

    nets: Callable[[int, str], Networks]

    def __init__(self, *, width: int, checkout: str, **_: int):
        super().__init__()
        self.net = type(self).nets(width, checkout)[0]

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.net(z)


class TheirDiscriminator(nn.Module):
    """A peer's discriminator, called as ours are."""

    nets: Callable[[int, str], Networks]

    def __init__(self, *, width: int, checkout: str, **_: int):
        super().__init__()
        self.net = type(self).nets(width, checkout)[1]

    def forward(self, images: Tensor, labels: Tensor | None = None) -> DiscriminatorOutput:
        return DiscriminatorOutput(self.net(images).flatten())


class MimicryGenerator(TheirGenerator):
    nets = staticmethod(sngan)


class MimicryDiscriminator(TheirDiscriminator):
    nets = staticmethod(sngan)


class TorchganGenerator(TheirGenerator):
    nets = staticmethod(dcgan)


class TorchganDiscriminator(TheirDiscriminator):
    nets = staticmethod(dcgan)


def plugged_in(folder: Path, peer: str, width: int, checkout: str) -> list[str]:
    """Make the peer's networks options of our configs, by YAML in `folder`; the words that choose them."""
    for group in ("generator", "discriminator"):
        path = folder / "configs" / group / "theirs.yaml"
        path.parent.mkdir(parents=True)
        lines = [f"_target_: bench_gan_peers.{peer}{group.title()}", "_partial_: true", f"width: {width}"]
        path.write_text("\n".join([*lines, f"checkout: {checkout}"]) + "\n")
    os.environ["ARTESANO_PLUGINS"] = "bench_gan_peers"
    os.chdir(folder)
    return ["generator=theirs", "discriminator=theirs"]


def loader(images: Tensor) -> DataLoader:
    """uint8 [N, 3, 32, 32] -> batches of floats in [-1, 1] with a label each."""
    floats = images.float().div_(127.5).sub_(1)
    return DataLoader(TensorDataset(floats, torch.zeros(len(floats))), SIZE, shuffle=True, drop_last=True)


def train_mimicry(folder: Path, images: Tensor, width: int, checkout: str, pace: Pace, forever: int) -> None:
    """Its Trainer: it reads two losses and two probabilities at each step, and prints rarely here."""
    generator, discriminator = sngan(width, checkout)
    from torch_mimicry.training.trainer import Trainer

    rates = {"lr": 2e-4, "betas": (0.0, 0.9)}
    optimizers = [torch.optim.Adam(net.parameters(), **rates) for net in (discriminator, generator)]
    rare = {"print_steps": 50, "vis_steps": forever, "save_steps": forever}
    trainer = Trainer(
        discriminator, generator, *optimizers, loader(images), forever, str(folder / "log"), n_dis=5, **rare,
        device=torch.device("cpu"),
    )  # fmt: skip
    paced(trainer.scheduler, "step", pace)
    trainer.train()


def train_torchgan(folder: Path, images: Tensor, width: int, checkout: str, pace: Pace, forever: int) -> None:
    """Its Trainer with the losses of its first example; it logs losses and gradients at each step."""
    dcgan(width, checkout)  # puts it on the path
    from torchgan.losses import MinimaxDiscriminatorLoss, MinimaxGeneratorLoss
    from torchgan.models import DCGANDiscriminator, DCGANGenerator
    from torchgan.trainer import Trainer

    adam = {"name": torch.optim.Adam, "args": {"lr": 2e-4, "betas": (0.5, 0.999)}}
    sizes = {"step_channels": width}
    made = {"encoding_dims": LATENT, "out_size": 32, "out_channels": 3, **sizes}
    judging = {"in_size": 32, "in_channels": 3, **sizes}
    networks = {
        "generator": {"name": DCGANGenerator, "args": made, "optimizer": adam},
        "discriminator": {"name": DCGANDiscriminator, "args": judging, "optimizer": adam},
    }
    losses = [MinimaxGeneratorLoss(), MinimaxDiscriminatorLoss()]
    places = {"checkpoints": str(folder / "model"), "recon": str(folder / "images")}
    trainer = Trainer(networks, losses, device=torch.device("cpu"), epochs=forever, sample_size=SIZE, **places)
    paced(trainer.logger, "run_mid_epoch", pace)
    trainer(loader(images))


def paced(owner: Any, method: str, pace: Pace) -> None:
    """Let the peer take turns at what it calls last in each step."""
    theirs = getattr(owner, method)

    def then_tick(*args: Any, **further: Any) -> Any:
        answer = theirs(*args, **further)
        pace.tick(SIZE)
        return answer

    setattr(owner, method, then_tick)
    pace.begin()
