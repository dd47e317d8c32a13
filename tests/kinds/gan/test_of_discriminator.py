"""What is measured of the discriminator's heads on the test images."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from artesano.data.batches import LabelledImages
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.latent import Latent
from artesano.gan.networks import dcgan
from artesano.kinds.gan.of_discriminator import discriminator_metrics
from artesano.metrics.class_scores import code_information, code_purity
from artesano.runs import record

LABELS = torch.arange(30) % 3
PURITY, NMI = "test/code_purity_q_30", "test/code_nmi_q_30"


class Says(nn.Module):
    """A discriminator whose heads read class and code from the brightness of the image; it must be in eval mode."""

    def __init__(self, codes, classes=None, reads_labels=False):
        super().__init__()
        self.codes, self.classes, self.reads_labels = codes, classes, reads_labels

    def forward(self, images, labels=None):
        assert not self.training
        assert (labels is not None) == self.reads_labels
        brightness = images[:, 0, 0, 0].long()
        tables = [None if table is None else torch.as_tensor(table)[brightness] for table in (self.classes, self.codes)]
        return DiscriminatorOutput(torch.zeros(len(images)), None, *tables)


def metrics(codes, classes=None, *, latent=Latent(categorical=[4], continuous=2), names=("a", "b", "c"), told=False):  # noqa: B008
    images = LABELS.float().view(-1, 1, 1, 1)
    halves = [LabelledImages(images[half], LABELS[half], half) for half in torch.arange(30).split(20)]
    loaders = SimpleNamespace(
        evaluate=lambda split: {"test": halves}[split], prepare=lambda batch, step: batch, classes=names
    )
    module = SimpleNamespace(
        latent=latent,
        networks=SimpleNamespace(discriminator=Says(codes, classes, told)),
        device=torch.device("cpu"),
        memory_format=torch.contiguous_format,
    )
    result = discriminator_metrics(module, loaders, classes is not None)
    assert module.networks.discriminator.training
    return result


def test_a_code_for_each_class_is_pure_whichever_it_is():
    codes = [[0.0, 0, 0, 9, 99, 99], [9, 0, 0, 0, 99, 99], [0, 9, 0, 0, 99, 99]]  # continuous codes have no say
    assert metrics(codes) == {PURITY: pytest.approx(1), NMI: pytest.approx(1)}


@pytest.mark.parametrize("told", [True, False])
def test_labels_are_told_where_they_are_conditions_alone(told):
    assert metrics([[1.0, 0, 0, 0, 0, 0]] * 3, told=told)[PURITY] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("conditioning", "reads"), [("channels", True), ("projection", True), ("classes", False), ("none", False)]
)
def test_which_discriminators_have_labels_as_conditions(conditioning, reads):
    made = dcgan.Discriminator(conditioning=conditioning, image_size=8, channels=1, num_classes=3, code_dim=6)
    assert made.reads_labels is reads


def test_a_code_that_ignores_the_class_has_the_share_of_the_largest():
    assert metrics([[1.0, 0, 0, 0, 0, 0]] * 3) == {PURITY: pytest.approx(1 / 3), NMI: pytest.approx(0, abs=1e-6)}


def test_accuracy_is_that_of_the_head_for_classes():
    right, swapped = torch.eye(3), torch.eye(3)[[0, 2, 1]]
    plain = Latent()
    assert metrics(None, right, latent=plain) == {"test/discriminator_accuracy": 1}
    assert metrics(None, swapped, latent=plain) == {"test/discriminator_accuracy": pytest.approx(1 / 3)}


def test_nothing_without_heads_or_without_classes_to_compare_with():
    assert metrics(None, latent=Latent()) == {}
    assert metrics([[1.0, 0]] * 3, latent=Latent(continuous=2)) == {}
    assert metrics([[1.0, 0, 0, 0]] * 3, names=("unlabelled",)) == {}


def test_purity():
    labels = torch.tensor([0, 0, 1, 1, 2])
    assert code_purity(labels, labels) == 1
    assert code_purity(torch.arange(5), labels) == 1  # so compare equal numbers of codes
    assert code_purity(torch.zeros(5, dtype=torch.int64), labels) == pytest.approx(2 / 5)
    assert code_purity(torch.tensor([3, 3, 3, 0, 0]), labels) == pytest.approx(3 / 5)


def test_information_is_normalised_by_the_mean_entropy():
    labels = torch.tensor([0, 0, 1, 1])
    assert code_information(1 - labels, labels) == pytest.approx(1)
    assert code_information(torch.tensor([0, 1, 0, 1]), labels) == pytest.approx(0)
    assert code_information(torch.arange(4), labels) == pytest.approx(2 / 3)  # 1 bit over the mean of 1 and 2 bits
    assert code_information(torch.zeros(4, dtype=torch.int64), torch.zeros(4, dtype=torch.int64)) == 1


@pytest.mark.slow
def test_the_record_of_an_infogan_has_them(gan_runs):
    last = record.read(gan_runs("infogan"))["metrics"]["last"]
    assert 1 / 3 <= last["test/code_purity_q_24"] <= 1
    assert 0 <= last["test/code_nmi_q_24"] <= 1
