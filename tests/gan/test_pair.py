"""The two networks together: batches mixed or apart, who gets gradients, and what is kept for the health monitor."""

import pytest
import torch
from torch import nn

from artesano.gan.judgement import Judgement
from artesano.gan.losses import BCE, Hinge, Relativistic, Wasserstein
from artesano.gan.pair import AdversarialPair, frozen
from artesano.gan.terms import FeatureMatching, Term
from artesano.gan.view import View


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2 * 16)

    def forward(self, z, labels=None):
        return self.linear(z).view(-1, 2, 4, 4)


class Discriminator(nn.Module):
    def __init__(self, norm=False):
        super().__init__()
        self.hidden, self.head = nn.Linear(32, 6), nn.Linear(6, 1)
        self.norm = nn.BatchNorm1d(6) if norm else nn.Identity()
        self.sizes = []

    def forward(self, images, labels=None):
        self.sizes.append(len(images))
        features = self.norm(self.hidden(images.flatten(1))).tanh()
        logits = self.head(features).squeeze(1)
        return Judgement(logits if labels is None else logits + labels, features)


def pair_of(loss=None, terms=(), *, norm=False, **view) -> AdversarialPair:
    torch.manual_seed(0)
    return AdversarialPair(Generator(), Discriminator(norm), loss or BCE(), list(terms), View(**view))


@pytest.fixture
def batch():
    random = torch.Generator().manual_seed(1)
    return torch.randn(5, 2, 4, 4, generator=random) + 1, torch.randn(5, 2, 4, 4, generator=random)


@pytest.mark.parametrize("loss", [BCE(), Hinge(), Relativistic()], ids=lambda loss: type(loss).__name__)
def test_one_mixed_batch_says_the_same_as_two_without_batch_statistics(batch, loss):
    mixed, apart = (pair_of(loss, separate_batches=separate) for separate in (False, True))
    labels = torch.arange(5)
    values = [pair.discriminator_loss(*batch, labels=labels) for pair in (mixed, apart)]
    torch.testing.assert_close(*values)
    assert mixed.discriminator.sizes == [10]
    assert apart.discriminator.sizes == [5, 5]
    gradients = [
        torch.autograd.grad(value, pair.discriminator.hidden.weight)[0]
        for value, pair in zip(values, (mixed, apart), strict=True)
    ]
    torch.testing.assert_close(*gradients)


def test_with_batch_norm_the_two_differ(batch):
    values = [pair_of(norm=True, separate_batches=separate).discriminator_loss(*batch) for separate in (False, True)]
    assert abs(values[0].item() - values[1].item()) > 1e-2


def test_a_mixed_batch_is_cut_field_by_field(batch):
    pair = pair_of()
    real, fake = pair.judged(*batch, None)
    for judged, images in ((real, batch[0]), (fake, batch[1])):
        alone = pair.discriminator(images)
        torch.testing.assert_close(judged.logits, alone.logits)
        torch.testing.assert_close(judged.features, alone.features)
        assert judged.classes is None
        assert judged.codes is None


def test_the_discriminators_loss_gives_the_generator_nothing_and_the_other_way_round(batch):
    pair, z = pair_of(), torch.randn(5, 3)
    pair.discriminator_loss(batch[0], pair.generator(z).detach()).backward()
    assert all(parameter.grad is None for parameter in pair.generator.parameters())
    assert all(parameter.grad is not None for parameter in pair.discriminator.parameters())
    pair.zero_grad()
    with frozen(pair.discriminator.parameters()):
        pair.generator_loss(batch[0], pair.generator(z)).backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in pair.generator.parameters())
    assert all(parameter.grad is None for parameter in pair.discriminator.parameters())


def test_frozen_is_lifted_however_it_ends_and_wakes_no_one_who_slept():
    network = Discriminator()
    network.head.bias.requires_grad_(False)

    def fails_inside():
        with frozen(network.parameters()):
            assert not any(parameter.requires_grad for parameter in network.parameters())
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fails_inside()
    assert [name for name, parameter in network.named_parameters() if not parameter.requires_grad] == ["head.bias"]


def test_real_images_are_judged_in_the_generators_step_only_where_somebody_asks(batch):
    z = torch.randn(5, 3)
    plain, matching, relative = pair_of(), pair_of(terms=[FeatureMatching()]), pair_of(Relativistic())
    for pair, passes in ((plain, 1), (matching, 2), (relative, 2)):
        pair.generator_loss(batch[0], pair.generator(z))
        assert len(pair.discriminator.sizes) == passes


def test_terms_see_images_without_noise_and_judgements_with_it(batch):
    class Look(Term):
        def discriminator(self, seen):
            self.seen = seen

    look = Look()
    pair = pair_of(Wasserstein(), [look], instance_noise=1.0)
    value = pair.discriminator_loss(*batch, step=4, labels=torch.arange(5))
    assert look.seen.real is batch[0]
    assert look.seen.step == 4
    clean = pair.discriminator(batch[0], torch.arange(5)).logits
    assert not torch.allclose(look.seen.judged_real.logits, clean)
    torch.testing.assert_close(look.seen.judge(batch[0], torch.arange(5)).logits, clean)
    torch.testing.assert_close(value, look.seen.judged_fake.logits.mean() - look.seen.judged_real.logits.mean())


def test_the_generator_looks_through_the_same_view(batch):
    torch.manual_seed(0)
    fake = torch.zeros(5, 2, 4, 4)
    pair = pair_of(Wasserstein(), instance_noise=1.0, instance_noise_until=0.5)
    early, again, late, end = (pair.generator_loss(batch[0], fake, progress=at).item() for at in (0.0, 0.0, 0.5, 1.0))
    assert early != again
    assert late == end == -pair.discriminator(fake).logits.mean().item()


def test_what_is_kept_for_the_monitor_has_no_graph(batch):
    pair = pair_of()
    pair.discriminator_loss(*batch)
    pair.generator_loss(batch[0], pair.generator(torch.randn(5, 3)))
    for kept in (pair.last_discriminator, pair.last_generator):
        assert not kept.fake.requires_grad
        assert not kept.judged_fake.logits.requires_grad
    assert not pair.last_discriminator.judged_real.logits.requires_grad
    assert pair.last_generator.judged_real is None


def test_replayed_fakes_are_shown_to_the_discriminator_and_never_to_the_generator(batch):
    torch.manual_seed(0)
    pair = pair_of(Wasserstein(), replay=4)
    pair.view.attach(2, 4)
    for _ in range(2):
        pair.discriminator_loss(batch[0], torch.full((5, 2, 4, 4), 7.0))
    fresh = torch.zeros(5, 2, 4, 4)
    pair.discriminator_loss(batch[0], fresh)
    old = pair.discriminator(torch.full((1, 2, 4, 4), 7.0)).logits.item()
    new = pair.discriminator(fresh[:1]).logits.item()
    assert pair.last_discriminator.judged_fake.logits.tolist() == pytest.approx([old, old, new, new, new], rel=1e-5)
    pair.generator_loss(batch[0], fresh)
    assert pair.last_generator.judged_fake.logits.tolist() == pytest.approx([new] * 5, rel=1e-5)
