"""Macro F1 on data that lack classes, how many images a coverage is, and networks in bfloat16."""

import numpy as np
import pytest
import torch

from artesano.kinds.transfer.calibration import answered
from artesano.kinds.transfer.one_label import OneLabel
from artesano.transfer import losses
from artesano.transfer.adaptation import Outputs
from artesano.transfer.domain_adversary import Dann
from artesano.transfer.self_training import Pseudo


def test_classes_without_images_and_predictions_have_no_say_in_macro_f1():
    logits, labels = 3 * torch.eye(4)[:2], torch.tensor([0, 1])  # class 3 is not in the data, 2 not in this part
    assert OneLabel(missing=frozenset([3])).metrics(logits, labels)["macro_f1"] == 1


@pytest.mark.parametrize(("share", "images", "count"), [(0.05, 10, 1), (0.5, 10, 5), (0.33, 100, 33)])
def test_a_part_of_an_image_counts_as_one(share, images, count):
    assert answered(share, images) == count


def outputs(rows):
    return Outputs(torch.randn(rows, 6), torch.randn(rows, 3).requires_grad_())


def test_losses_of_a_network_in_bfloat16():
    """As with trainer.precision=bf16-true: what the losses hold is cast, what they get is float32."""
    logits, labels = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    weighted = losses.OneLabel(0.1, np.array([4, 2, 1]))
    torch.testing.assert_close(
        weighted(logits.bfloat16(), labels).float(), weighted(logits, labels), rtol=0.02, atol=0.02
    )
    for method in (Dann(data=None), Pseudo(data=None)):
        method.build(6, 3)
        views = 2 if isinstance(method, Pseudo) else 1
        assert torch.isfinite(method.bfloat16().loss(outputs(4), outputs(4 * views), 0.5)[0])
