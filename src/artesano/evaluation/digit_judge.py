"""The judge of stacked digits: a small network that reads a channel, trained once on the single digits and cached."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from artesano.data.dataset import ImageData
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.evaluation.real_statistics import cached, read, write
from artesano.progress_bars import progress

logger = logging.getLogger("artesano.experiment")
STEPS, BATCH, RATE = 800, 64, 1e-2
ROWS = 512  # images read at once
GOOD = 0.98  # share of test digits that a judge must read for its counts to mean something
VERSION = 1  # of what is below: it names the cached file


@dataclass
class Judge:
    """Reads digits.

    Args:
        network: grey images, normalised [N, 1, S, S] -> logits [N, classes].
        preprocessing: of one channel.
        classes: their number.
        accuracy: on the test part of the single digits, which it has not seen.
        tested: digits of that part.
    """

    network: nn.Module
    preprocessing: Preprocessing
    classes: int
    accuracy: float
    tested: int

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> Tensor:
        """uint8 [N, C, S, S] -> int64 [N, C], the digit in each channel."""
        device = next(self.network.parameters()).device
        parts = images.flatten(0, 1)[:, None].split(ROWS)
        with torch.autocast(device.type, enabled=False):
            digits = [
                self.network(self.preprocessing.normalise(part.to(device).contiguous())).argmax(1).cpu()
                for part in progress(parts, len(parts), "reading digits")
            ]
        return torch.cat(digits).view(images.shape[:2])

    def modes(self, digits: Tensor) -> Tensor:
        """int64 [N, C] -> [N], the stack's class: the first channel is the first digit."""
        place = self.classes ** torch.arange(digits.shape[1] - 1, -1, -1)
        return (digits * place).sum(1)


def network_of(size: int, classes: int, width: int = 16) -> nn.Module:
    """Three convolutions; at a side of 32 px 2.4 million multiplications for a digit."""

    def block(inputs: int, outputs: int, **options: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, bias=False, **options), nn.BatchNorm2d(outputs), nn.ReLU()]  # type: ignore[arg-type]

    return nn.Sequential(
        *block(1, width, kernel_size=5, stride=2, padding=2),
        *block(width, 2 * width, kernel_size=3, padding=1),
        nn.AdaptiveMaxPool2d(8),
        *block(2 * width, 4 * width, kernel_size=3, padding=1),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(4 * width * 16, classes),
    )


def digit_judge(single: ImageData, preprocessing: Preprocessing) -> Judge:
    """The judge for images of this size; from the cache, or trained.

    Args:
        single: the data set of the single digits.
        preprocessing: of the stacks.
    """
    grey = replace(preprocessing, channels=1, mean=preprocessing.mean[:1], std=preprocessing.std[:1])
    loaders = Loaders(replace(single, augment="light", flip=False, batch_size=BATCH), grey, seed=0)
    training = (VERSION, STEPS, BATCH, RATE)
    path = cached(("digit judge", *training, loaders.listing.fingerprint, sorted(grey.to_dict().items())))
    device = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = network_of(grey.size, len(loaders.classes)).to(device)
        saved = read(path)
        if saved is None:
            train(network, loaders)
            right = torch.tensor(right_digits(network.eval(), loaders))
            saved = {"right": right} | {name: tensor.cpu() for name, tensor in network.state_dict().items()}
            write(path, saved)
        tested = len(loaders.listing.splits["test"])
        accuracy = int(saved.pop("right")) / tested
        network.load_state_dict(saved)
    if accuracy < GOOD:
        logger.warning("the judge reads %.1f %% of the test digits only: do not trust its modes", 100 * accuracy)
    return Judge(network.eval().requires_grad_(False), grey, len(loaders.classes), accuracy, tested)


def train(network: nn.Module, loaders: Loaders) -> None:
    """AdamW and one cycle of the learning rate, on crops and other brightness."""
    device = next(network.parameters()).device
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    batches = progress(loaders.train(lambda: 0, STEPS), STEPS, "training the judge of digits")
    for step, batch in enumerate(batches):
        images = loaders.prepare(batch, step).images.to(device)
        loss = F.cross_entropy(network(images), batch.labels.to(device), label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


@torch.no_grad()
def right_digits(network: nn.Module, loaders: Loaders) -> int:
    """How many of the test digits are read rightly."""
    device, right = next(network.parameters()).device, 0
    for batch in loaders.evaluate("test"):
        logits = network(loaders.prepare(batch, None).images.to(device))
        right += int((logits.argmax(1).cpu() == batch.labels).sum())
    return right
