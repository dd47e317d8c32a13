"""A discriminator with `pac` judges packs of images, side by side as channels; losses and penalties count packs."""

import pytest
import torch
from torch import nn

from artesano.errors import BadInput
from artesano.gan.adversarial_networks import AdversarialNetworks
from artesano.gan.discriminator_input import ADA_IMAGES, DiscriminatorInput
from artesano.gan.discriminator_output import DiscriminatorOutput
from artesano.gan.health import NAMES, Probe, measure
from artesano.gan.losses import BCE, Relativistic, Wasserstein
from artesano.gan.networks import dcgan, mlp, r3, resnet
from artesano.gan.networks.base import EMBEDDING, BaseDiscriminator
from artesano.gan.networks.heads import Heads
from artesano.gan.networks.image import srgan, swin
from artesano.gan.penalties import R1, GradientPenalty
from artesano.gan.terms import LossInputs

SIZE, CHANNELS, CLASSES = 16, 2, 5
COMMON = {"image_size": SIZE, "num_classes": CLASSES}
NETWORKS = {
    "dcgan": lambda **options: dcgan.Discriminator(width=4, **options),
    "mlp": lambda **options: mlp.Discriminator(hidden=(8,), **options),
    "resnet": lambda **options: resnet.Discriminator(width=4, **options),
    "r3": lambda **options: r3.Discriminator(width=4, group=4, **options),
    "srgan": lambda **options: srgan.Discriminator(width=4, **options),
    "swin": lambda **options: swin.Discriminator(embed=8, heads=2, **options),
}


def images(count=6, seed=0):
    return torch.randn(count, CHANNELS, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))


class Linear(BaseDiscriminator):
    """The simplest one: an inner product with all channels of a pack."""

    def __init__(self, pac=1, conditioning="none", norm="none", **heads):
        super().__init__(CHANNELS, SIZE, SIZE, conditioning=conditioning, num_classes=CLASSES, norm=norm, pac=pac)
        self.layers = nn.Flatten()
        self.heads = Heads(self.inputs * SIZE**2, conditioning=conditioning, num_classes=CLASSES, **heads)


def networks_of(discriminator, terms=(), loss=None, **discriminator_input):
    generator = nn.Linear(1, 1)
    return AdversarialNetworks(
        generator, discriminator, loss or BCE(), list(terms), DiscriminatorInput(**discriminator_input)
    )


@pytest.mark.parametrize("minibatch", ["none", "discrimination", "stddev"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_pack_is_one_image_with_the_channels_of_all(name, minibatch):
    """Layers that compare the images of a batch compare packs."""
    torch.manual_seed(0)
    packs = NETWORKS[name](channels=CHANNELS, pac=3, minibatch=minibatch, **COMMON).eval()
    wide = NETWORKS[name](channels=3 * CHANNELS, minibatch=minibatch, **COMMON).eval()
    wide.load_state_dict(packs.state_dict())
    six = images()
    by_hand = torch.stack([torch.cat([six[0], six[1], six[2]]), torch.cat([six[3], six[4], six[5]])])
    output = packs(six)
    assert output.logits.shape == (2,)
    torch.testing.assert_close(output.logits, wide(by_hand).logits)
    torch.testing.assert_close(output.features, wide(by_hand).features)


@pytest.mark.parametrize("name", NETWORKS)
def test_another_image_changes_the_logit_of_its_own_pack_alone(name):
    torch.manual_seed(0)
    network = NETWORKS[name](channels=CHANNELS, pac=2, **COMMON).eval()
    before, changed = images(), images()
    changed[3] += 1
    same = network(changed).logits.isclose(network(before).logits, rtol=1e-5, atol=1e-6).tolist()
    assert same == [True, False, True]


def test_each_image_of_a_pack_brings_its_own_label():
    torch.manual_seed(0)
    network = Linear(pac=2, conditioning="channels")
    assert network.inputs == 2 * (CHANNELS + EMBEDDING)
    labels = torch.tensor([0, 1, 2, 3])
    one = network(images(4), labels).logits
    first, second = network(images(4), torch.tensor([1, 0, 2, 3])).logits, network(images(4), labels + 1).logits
    assert (one != first).tolist() == [True, False]  # the labels of two images are not a set
    assert (one != second).all()


def test_virtual_batch_norm_keeps_packs_with_their_labels_through_a_checkpoint():
    torch.manual_seed(0)
    options = {"channels": CHANNELS, "pac": 2, "norm": "virtual_batch", "conditioning": "channels", **COMMON}
    network, again = (NETWORKS["dcgan"](**options) for _ in range(2))
    labels = torch.arange(6) % CLASSES
    network(images(), labels)
    assert network.reference.labels[:3].tolist() == [[0, 1], [2, 3], [4, 0]]
    again.load_state_dict(network.state_dict())
    torch.testing.assert_close(network(images(seed=1), labels).logits, again(images(seed=1), labels).logits)


def test_a_mixed_batch_has_no_pack_of_real_and_fake_images():
    torch.manual_seed(0)
    network = Linear(pac=3)
    mixed, apart = (networks_of(network, separate_batches=separate) for separate in (False, True))
    both = [networks.outputs(images(), images(seed=1), None) for networks in (mixed, apart)]
    for one, other in zip(*both, strict=True):
        assert one.logits.shape == (2,)
        torch.testing.assert_close(one.logits, other.logits)


@pytest.mark.parametrize("loss", [BCE(), Relativistic(), Wasserstein()], ids=lambda loss: type(loss).__name__)
def test_losses_and_health_count_packs_and_look_at_images(loss):
    torch.manual_seed(0)
    networks = networks_of(Linear(pac=2), loss=loss)
    real, fake = images(), images(seed=1)
    networks.discriminator_loss(real, fake).backward()
    networks.generator_loss(real, fake)
    before, after = networks.last_discriminator, networks.last_generator
    assert before.real_output.logits.shape == before.fake_output.logits.shape == after.fake_output.logits.shape == (3,)
    zero = torch.zeros(())
    probe = Probe(
        real=before.real, fake=after.fake,
        logits_real=torch.tensor([2.0, 2.0, -2.0]), logits_fake_before=torch.tensor([-1.0, -1.0, -1.0]),
        logits_fake_after=after.fake_output.logits,
        gradient_d=zero, gradient_g=zero, loss_d=zero, loss_g=zero, recent_losses=torch.zeros(2),
        probability=torch.sigmoid,
    )  # fmt: skip
    metrics = dict(zip(NAMES, measure(probe).tolist(), strict=True))
    assert metrics["d_accuracy"] == pytest.approx((2 / 3 + 1) / 2)
    assert metrics["d_real"] == pytest.approx(torch.tensor([2.0, 2.0, -2.0]).sigmoid().mean().item())
    assert 0.9 < metrics["diversity"] < 1.1  # of images, of which there are six


def test_every_image_is_augmented_by_itself_before_it_is_packed():
    torch.manual_seed(0)
    network, seen = Linear(pac=2), []
    network.layers.register_forward_pre_hook(lambda layer, given: seen.append(given[0]))
    networks = networks_of(network, diffaugment=["color"], separate_batches=True)
    plain = torch.zeros(8, CHANNELS, SIZE, SIZE)
    networks.discriminator_loss(plain, plain)
    first, second = seen[0][:, :CHANNELS], seen[0][:, CHANNELS:]
    brightness = [part.mean((1, 2, 3)) for part in (first, second)]
    assert torch.allclose(first.std((1, 2, 3)), torch.zeros(4), atol=1e-6)  # one shift for all pixels of an image
    assert (brightness[0] - brightness[1]).abs().min() > 1e-4  # and not the same for both images of a pack


def test_the_pool_keeps_images_and_not_packs():
    networks = networks_of(Linear(pac=2), replay=4)
    networks.discriminator_input.pool.allocate(CHANNELS, SIZE)
    fake = images(4, seed=1)
    networks.discriminator_loss(images(4), fake)
    assert torch.equal(networks.discriminator_input.pool.images[:2], fake[:2])


def test_ada_counts_images():
    layer = DiscriminatorInput(diffaugment=["color"], ada=0.6)
    layer.adapt(DiscriminatorOutput(torch.full((500,), 5.0)), torch.sigmoid, 1000)
    assert layer.p.item() == pytest.approx(1000 / ADA_IMAGES)


# Gradient penalties: of a linear discriminator the gradient is its weight, over all images of a pack


def penalty_inputs(network, real, fake, looked_at=None):
    def discriminate(shown, labels):
        if looked_at is not None:
            looked_at.append(shown)
        return network(shown, labels)

    return LossInputs(
        step=0, real=real, fake=fake, real_labels=None, fake_labels=None, codes=None,
        real_output=network(real), fake_output=network(fake), discriminate=discriminate,
    )  # fmt: skip


def test_penalties_take_the_gradient_over_the_whole_pack():
    network = Linear(pac=2)
    norm = network.heads.logit.weight.norm()
    inputs = penalty_inputs(network, images(), images(seed=1))
    torch.testing.assert_close(R1().discriminator(inputs), norm.square() / 2)
    torch.testing.assert_close(GradientPenalty().discriminator(inputs), (norm - 1).square(), rtol=1e-4, atol=1e-6)


def test_the_place_between_two_packs_is_one_for_all_their_images():
    looked_at: list[torch.Tensor] = []
    real, fake = images(), images(seed=1)
    GradientPenalty().discriminator(penalty_inputs(Linear(pac=3), real, fake, looked_at))
    place = ((looked_at[0] - fake) / (real - fake)).flatten(1).median(1).values
    torch.testing.assert_close(place[:3], place[:1].expand(3), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(place[3:], place[3:4].expand(3), rtol=1e-3, atol=1e-4)
    assert abs(place[0] - place[3]) > 1e-3


# Refused


def test_a_batch_that_is_no_number_of_packs():
    with pytest.raises(BadInput, match=r"hacks\.pac=4: does not divide a batch of 6 images"):
        Linear(pac=4)(images())


@pytest.mark.parametrize("conditioning", ["projection", "classes"])
def test_a_head_for_the_label_of_one_image(conditioning):
    Linear(pac=1, conditioning=conditioning)
    said = rf"hacks\.pac=2: conditioning\.discriminator={conditioning} .* accepted: hacks\.pac=1"
    with pytest.raises(BadInput, match=said):
        Linear(pac=2, conditioning=conditioning)
