"""The loops of BasicSR and of pytorch-CycleGAN-and-pix2pix on our networks; for `bench_image_gan.py --peers <folder>`.

  git clone https://github.com/XPixelGroup/BasicSR                          SRGANModel
  git clone https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix         Pix2PixModel, CycleGANModel

A step is what their train scripts do in one: `feed_data` or `set_input`, then `optimize_parameters`. Where they look
their networks up they get ours; batches, rates and weights of losses are those of our composition. Both sides leave out
what only one has: the perceptual term, the image pool, and with pix2pix and CycleGAN the average of the weights. Their
reading of data, logging and saving is not timed.
"""

from __future__ import annotations

import copy
import sys
import types
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from torch import Tensor, nn

#: packages and parts of BasicSR that its training step does not need, some of which import half of it
NOT_NEEDED = ("cv2", "lmdb", "basicsr.archs", "basicsr.archs.vgg_arch", "basicsr.metrics")
WORDS = {  # what our side leaves out
    "srresnet x2": ("terms.perceptual.weight=0",),
    "pix2pix": ("hacks.ema=null",),
    "cyclegan": ("hacks.ema=null",),
}

Step = Callable[[Any], None]  # of prepared pairs


class AsTheirs(nn.Module):
    """A network of ours called as theirs are: images alone; of a discriminator the logits."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.net = network

    def forward(self, images: Tensor) -> Tensor:
        output = self.net(images, None)
        return output if isinstance(output, Tensor) else output.logits


def basicsr(folder: Path, training: Any) -> Step:
    """SRGANModel with L1, the usual GAN loss and the average of the weights."""
    package(folder / "BasicSR", "basicsr", "basicsr.models")
    from basicsr.models import sr_model, srgan_model

    pair, hacks = training.module.network.a2b, training.options.hacks
    networks = {"g": AsTheirs(pair.generator), "d": AsTheirs(pair.discriminator)}
    sr_model.build_network = srgan_model.build_network = lambda options: copy.deepcopy(networks[options["type"]])
    adam = {"type": "Adam", "lr": hacks["lr"], "betas": tuple(hacks["betas"])}
    train = {
        "ema_decay": hacks["ema"],
        "optim_g": dict(adam),
        "optim_d": dict(adam),
        "pixel_opt": {"type": "L1Loss", "loss_weight": 1.0, "reduction": "mean"},
        "gan_opt": {"type": "GANLoss", "gan_type": "vanilla", "loss_weight": pair.weight},
        "scheduler": {"type": "MultiStepLR", "milestones": [10**9], "gamma": 0.5},
    }
    options = {"num_gpu": 0, "is_train": True, "dist": False, "path": {}, "train": train}
    model = srgan_model.SRGANModel(options | {"network_g": {"type": "g"}, "network_d": {"type": "d"}})
    numbers = iter(range(1, 10**9))

    def step(pairs: Any) -> None:
        model.feed_data({"lq": pairs.source, "gt": pairs.target})
        model.optimize_parameters(next(numbers))

    return step


def pix2pix(folder: Path, training: Any) -> Step:
    """Pix2PixModel, without dropout of its own since the generator is ours."""
    from_checkout(folder, training)
    from models.pix2pix_model import Pix2PixModel

    return stepping(Pix2PixModel(options(training, "vanilla")))


def cyclegan(folder: Path, training: Any) -> Step:
    """CycleGANModel with its identity term."""
    from_checkout(folder, training)
    from models.cycle_gan_model import CycleGANModel

    return stepping(CycleGANModel(options(training, "lsgan")))


PEERS = {"srresnet x2": basicsr, "pix2pix": pix2pix, "cyclegan": cyclegan}


def package(folder: Path, *names: str) -> None:
    """Packages of a checkout without what their __init__ imports, and stand-ins for what is not needed."""
    for name in names:
        module = types.ModuleType(name)
        module.__path__ = [str(folder.joinpath(*name.split(".")))]
        sys.modules[name] = module
    for name in NOT_NEEDED:
        sys.modules.setdefault(name, MagicMock())


def from_checkout(folder: Path, training: Any) -> None:
    """Their `models`, which asks for networks and gets ours: those of A to B first."""
    sys.path.insert(0, str(folder / "pytorch-CycleGAN-and-pix2pix"))
    from models import networks

    both = training.module.network
    pairs = [pair for pair in (both.a2b, both.b2a) if pair is not None]
    generators = iter([AsTheirs(pair.generator) for pair in pairs])
    discriminators = iter([AsTheirs(pair.discriminator) for pair in pairs])
    networks.define_G = lambda *_: next(generators)
    networks.define_D = lambda *_: next(discriminators)


def options(training: Any, gan_mode: str) -> Namespace:
    """What their command line would have read."""
    hacks, terms = training.options.hacks, {type(t).__name__: t.weight for t in training.module.network.a2b.terms}
    sizes = dict.fromkeys(("input_nc", "output_nc"), 3) | dict.fromkeys(("ngf", "ndf", "n_layers_D"), 1)
    names = dict.fromkeys(("netG", "netD", "norm", "init_type", "checkpoints_dir", "name", "preprocess"), "")
    return Namespace(
        **sizes, **names, gpu_ids=[], isTrain=True, no_dropout=True, init_gain=0.02, pool_size=0, gan_mode=gan_mode,
        lr=hacks["lr"], beta1=hacks["betas"][0], direction="AtoB", lambda_L1=terms.get("L1", 0.0),
        lambda_A=terms.get("Cycle", 0.0), lambda_B=terms.get("Cycle", 0.0), lambda_identity=0.5,
    )  # fmt: skip


def stepping(model: Any) -> Step:
    def step(pairs: Any) -> None:
        model.set_input({"A": pairs.source, "B": pairs.target, "A_paths": [], "B_paths": []})
        model.optimize_parameters()

    return step
