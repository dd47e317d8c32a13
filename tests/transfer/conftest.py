"""A small transfer module on random images, and a training loop without Lightning."""

from functools import partial

import pytest
import torch

from artesano.backbones.create import create_backbone, feature_dim
from artesano.backbones.weights import Weights
from artesano.data.batches import LabelledImages
from artesano.training.schedules import Constant
from artesano.transfer.heads import Linear
from artesano.transfer.losses import OneLabel
from artesano.transfer.module import TransferModule
from artesano.transfer.network import Classifier

CLASSES = 3


def build_classifier(backbone="test_resnet", size=32, head=Linear, **args):
    torch.manual_seed(0)
    network = create_backbone(backbone, Weights("none"), image_size=size, **args)
    return Classifier(network, head(in_features=feature_dim(network), num_classes=CLASSES))


def build_module(classifier, strategy, max_steps=4, **options):
    options = {
        "optimizer": partial(torch.optim.AdamW, lr=1e-2, weight_decay=0.1),
        "schedule": Constant(),
        "prepare": lambda batch, step: batch,
        "loss": OneLabel(),
        "metrics": lambda logits, labels: {"accuracy": (logits.argmax(1) == labels).float().mean().item()},
        "seed": 0,
        **options,
    }
    return TransferModule(classifier, strategy=strategy, max_steps=max_steps, **options)


def random_batches(count, size=32, rows=4):
    generator = torch.Generator().manual_seed(1)
    return [
        LabelledImages(
            3 * torch.randn(rows, 3, size, size, generator=generator) + 1,
            torch.arange(rows) % CLASSES,
            torch.arange(rows),
        )
        for _ in range(count)
    ]


def train_by_hand(module, batches):
    """What Lightning does in a step, with a validation's eval() and train() before each."""
    optimizer = module.configure_optimizers()
    for batch in batches:
        module.eval()
        module.train()
        module.enter_stage()
        optimizer.zero_grad()
        module.training_step(batch, 0).backward()
        optimizer.step()
        module.advance()
    return optimizer


def snapshot(network):
    """Parameters and buffers, also those that are not saved."""
    return {name: tensor.clone() for name, tensor in (*network.named_parameters(), *network.named_buffers())}


@pytest.fixture(name="tools")
def make_tools():
    class Tools:
        classifier = staticmethod(build_classifier)
        module = staticmethod(build_module)
        batches = staticmethod(random_batches)
        train = staticmethod(train_by_hand)
        snapshot = staticmethod(snapshot)

    return Tools
