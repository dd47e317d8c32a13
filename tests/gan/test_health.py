"""Numbers against closed forms, verdicts against recorded runs: healthy ones stay silent, provoked ones are named."""

import math
from functools import partial
from pathlib import Path

import pytest
import torch
import yaml

from artesano.config.compose import compose
from artesano.data.point_loaders import PointScale
from artesano.data.points import Rings
from artesano.gan.health import IDEAL_VALUE, NAMES, Probe, conclude, judge, measure
from artesano.gan.symptoms import SYMPTOMS
from artesano.gan.verdict import STUCK
from artesano.kinds.adversarial.health_monitor import untried
from artesano.kinds.image_gan.training import ImageGanTraining
from artesano.kinds.points.training import PointTraining
from artesano.kinds.registry import options_of

CONFIGS = Path(__file__).parents[2] / "configs"
PATIENCE = 4


def probe(real, fake, logits_real, logits_fake, **changed):
    scalars = {name: torch.tensor(1.0) for name in ("gradient_d", "gradient_g", "loss_d", "loss_g")}
    step = {"recent_losses": torch.ones(5), "probability": torch.sigmoid, **scalars, **changed}
    return Probe(real, fake, logits_real, logits_fake, logits_fake.clone(), **step)


def measured(*tensors, **changed):
    numbers = measure(probe(*tensors, **changed))
    assert numbers.dtype == torch.float32
    assert not numbers.requires_grad
    return dict(zip(NAMES, numbers.tolist(), strict=True))


@pytest.fixture
def images():
    return torch.rand(10, 3, 6, 5, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_a_guessing_discriminator_stands_at_the_theoretical_end(images):
    seen = measured(images, images, torch.zeros(10), torch.zeros(10))
    assert seen["value"] == pytest.approx(IDEAL_VALUE) == pytest.approx(-math.log(4))
    assert seen["d_real"] == seen["d_fake_before"] == seen["d_fake_after"] == seen["d_accuracy"] == 0.5
    assert seen["diversity"] == seen["contrast"] == pytest.approx(1)


def test_a_certain_discriminator_has_finite_numbers(images):
    seen = measured(images, images, torch.full((10,), 200.0), torch.full((10,), -200.0))
    assert seen["value"] == pytest.approx(0)
    assert (seen["d_accuracy"], seen["d_real"], seen["d_fake_after"]) == (1, 1, 0)
    wrong = measured(images, images, torch.full((10,), -200.0), torch.full((10,), 200.0))
    assert math.isfinite(wrong["value"])
    assert wrong["d_accuracy"] == 0


def test_diversity_is_the_mean_distance_of_pairs(images):
    logits = torch.zeros(10)
    assert measured(images, images[:1].expand(10, -1, -1, -1), logits, logits)["diversity"] == 0
    assert measured(images, images / 2, logits, logits)["diversity"] == pytest.approx(0.5)
    assert measured(images, images + 7, logits, logits)["diversity"] == pytest.approx(1, rel=1e-5)
    two_modes = images[[0] * 5 + [1] * 5]  # 25 of the 45 pairs differ
    distance = (images[0] - images[1]).norm()
    everything = torch.stack([(a - b).norm() for i, a in enumerate(images) for b in images[:i]]).mean()
    expected = float(25 / 45 * distance / everything)
    assert measured(images, two_modes, logits, logits)["diversity"] == pytest.approx(expected)
    assert math.isnan(measured(images[:1], images[:1], logits, logits)["diversity"])


@pytest.mark.parametrize("normalise", [True, False])
def test_points_that_collapse_are_seen_wherever_the_mode_is(normalise):
    """A point is an image of one pixel; that its channels are equal, on the diagonal, says nothing of its contrast.

    Nor is a point saturated because it is no number within [-1, 1].
    """
    data, noise = Rings(), torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    scale, logits = PointScale.of(data, normalise), torch.zeros(100)
    real = scale.to_network(torch.from_numpy(data.fresh(100, "test")))
    step = {"image_range": scale.ends, "recent_losses": torch.ones(5)}
    for mode in torch.from_numpy(data.modes).float():
        seen = measured(real, scale.to_network(mode + data.sd * noise), logits, logits, **step)
        assert seen["contrast"] == pytest.approx(1, rel=0.02)
        assert judge([seen] * 2 * PATIENCE, PATIENCE).state == "mode collapse"
    untrained = measured(real, scale.to_network(0.1 * noise), logits, logits, **step)
    assert judge([untrained] * 2 * PATIENCE, PATIENCE).state == "game in balance"


def test_saturation_counts_the_ends_of_the_range_and_beyond():
    fake = torch.tensor([-3.0, -1.0, -0.985, -0.97, 0.0, 0.97, 0.985, 5.0]).reshape(1, 1, 2, 4).repeat(2, 1, 1, 1)
    seen = measured(fake / 10, fake, torch.zeros(2), torch.zeros(2))
    assert (seen["saturated"], seen["saturated_real"]) == (5 / 8, 0)
    unit = measured(fake, fake, torch.zeros(2), torch.zeros(2), image_range=(0.0, 1.0))
    assert unit["saturated"] == 6 / 8


def test_a_critic_is_asked_for_pairs_not_for_probabilities(images):
    ask = partial(measured, images, images, probability=None)
    apart = ask(torch.linspace(5, 9, 10), torch.linspace(-3, 4, 10))
    assert apart["d_accuracy"] == 1
    assert apart["d_real"] == pytest.approx(7)
    assert math.isnan(apart["value"])
    scores = torch.arange(10.0)
    assert ask(scores, scores)["d_accuracy"] == 0.5
    assert ask(scores, scores + 1000)["d_accuracy"] == 0
    assert ask(torch.tensor([0.0, 2.0]), torch.tensor([1.0, 3.0]))["d_accuracy"] == 0.25


def test_loss_variance_ignores_places_not_yet_filled(images):
    logits = torch.zeros(10)
    ring = torch.tensor([1.0, 3.0, math.nan, math.nan])
    assert measured(images, images, logits, logits, recent_losses=ring)["loss_variance"] == 1
    assert measured(images, images, logits, logits, recent_losses=ring[1:])["loss_variance"] == 0


def test_half_precision_changes_little(images):
    logits = torch.linspace(-2, 2, 10)
    exact = measured(images, images.flip(3), logits, -logits)
    half = measured(images.bfloat16(), images.flip(3).bfloat16(), logits.bfloat16(), -logits.bfloat16())
    assert list(half.values()) == pytest.approx(list(exact.values()), abs=0.01, nan_ok=True)


# Runs of 400 to 600 steps, probed every 25 or 50, with three digits. A line of numbers in the order of the names.
RECORDED = """
step d_real d_fake_before d_fake_after value d_accuracy gradient_d gradient_g loss_d loss_g
loss_variance diversity contrast saturated saturated_real

[plain] DCGAN of width 16 on MNIST at 32 px, batch 64, Adam 2e-4: the same throughout unless said
50 0.962 0.0545 0.0424 -0.0954 1 4.88 26.3 0.0954 3.25 0.104 0.209 0.254 0 0.774
100 0.982 0.0143 0.0128 -0.0329 1 2.01 18.4 0.0329 4.47 0.0005 0.295 0.394 0 0.762
150 0.987 0.0237 0.013 -0.0371 1 5.96 20.3 0.0371 4.53 0.046 0.471 0.526 0.00598 0.764
200 0.985 0.0108 0.00937 -0.0257 1 2.58 22.9 0.0257 4.82 1.13e-05 0.485 0.563 0.00058 0.765
250 0.826 0.56 0.201 -1.28 0.703 26.7 11 1.28 2.1 1.33 0.639 0.718 0.0139 0.787
300 0.946 0.0589 0.0549 -0.121 0.992 8.22 16.5 0.121 3.07 0.174 0.677 0.703 0.0332 0.767
350 0.969 0.0408 0.0158 -0.0768 0.992 12.6 21 0.0768 4.31 0.000174 0.648 0.719 0.027 0.779
400 0.763 0.291 0.226 -0.663 0.922 33.4 11.5 0.663 1.64 1.09 0.676 0.683 0.0657 0.765
450 0.969 0.0431 0.0272 -0.0766 1 15.7 18.3 0.0766 3.79 0.0204 0.75 0.881 0.111 0.779
500 0.523 0.322 0.49 -1.09 0.758 29.1 6.77 1.09 0.738 1.98 0.842 0.866 0.164 0.772
550 0.935 0.0931 0.0437 -0.168 1 29.5 17.5 0.168 3.34 0.104 0.876 0.918 0.204 0.769
600 0.968 0.141 0.0174 -0.189 1 117 19.3 0.189 4.21 0.203 0.904 0.939 0.268 0.779

[lecture] real label 0.9, fake 0.1
50 0.862 0.123 0.09 -0.285 1 2.25 19.9 0.681 2.24 0.0347 0.191 0.244 0 0.772
100 0.9 0.13 0.0851 -0.247 1 7.62 14.4 0.664 2.25 0.00137 0.241 0.387 0 0.783
150 0.886 0.119 0.0877 -0.249 1 3.47 11.3 0.661 2.23 0.00208 0.356 0.415 0.000153 0.781
200 0.878 0.0687 0.0889 -0.202 1 15.4 8.46 0.666 2.21 6.55e-05 0.376 0.509 0.000366 0.767
250 0.898 0.123 0.0897 -0.241 1 8.06 9.85 0.665 2.2 0.0191 0.571 0.625 0.00897 0.769
300 0.885 0.155 0.115 -0.292 1 14.8 8.92 0.675 2 0.0266 0.743 0.817 0.0193 0.768
350 0.862 0.15 0.0927 -0.313 1 9.19 9.99 0.679 2.19 0.0165 0.771 0.831 0.0544 0.779
400 0.895 0.172 0.0846 -0.303 1 34.1 8.51 0.684 2.28 0.0043 0.801 0.861 0.0707 0.772
450 0.851 0.258 0.129 -0.467 1 50.3 8.16 0.757 1.91 0.096 0.87 0.899 0.114 0.776
500 0.722 0.0985 0.218 -0.438 0.992 71.1 6.87 0.765 1.44 0.0323 0.853 0.888 0.164 0.778
550 0.76 0.133 0.302 -0.423 1 46.5 6.32 0.737 1.15 0.0126 0.888 0.919 0.203 0.76
600 0.696 0.0932 0.324 -0.472 0.977 110 6.5 0.793 1.08 0.0125 0.919 0.986 0.281 0.776

[few] 500 images, batch 32
50 0.925 0.065 0.0611 -0.147 1 6.15 26.3 0.147 2.88 0.127 0.202 0.237 0 0.765
100 0.968 0.018 0.0273 -0.052 1 4.01 30.9 0.052 3.87 0.000993 0.28 0.367 0 0.751
150 0.995 0.014 0.00569 -0.0194 1 5.32 16.6 0.0194 5.37 7.93e-05 0.517 0.531 0.00125 0.774
200 0.993 0.0303 0.0244 -0.0376 1 7.62 17.4 0.0376 3.9 0.941 0.535 0.528 0.00381 0.767
250 0.983 0.0197 0.0119 -0.0367 1 4.33 19.9 0.0367 4.74 5.98e-05 0.587 0.671 0.00964 0.76
300 0.588 0.394 0.269 -1.12 0.672 19.3 10.4 1.12 1.41 2.35 0.627 0.642 0.0482 0.772
350 0.97 0.0633 0.0223 -0.0969 1 29.6 16.4 0.0969 4.02 0.0682 0.686 0.781 0.0314 0.778
400 0.967 0.032 0.0204 -0.067 1 5.02 17.9 0.067 4.01 0.399 0.663 0.813 0.0895 0.769
450 0.0208 0.000285 0.166 -4.23 0.5 748 17.2 4.23 1.97 0.496 0.734 0.827 0.13 0.767
500 0.964 0.146 0.0584 -0.2 1 78.5 20.9 0.2 3.13 0.343 0.801 0.862 0.216 0.777
550 0.932 0.117 0.0711 -0.202 1 49.9 20.9 0.202 2.89 0.327 0.863 0.915 0.241 0.763
600 0.955 0.0439 0.0265 -0.0926 1 5.35 22 0.0926 3.89 0.205 0.908 0.965 0.35 0.766

[least_squares] least squares
50 0.931 0.152 0.0125 -0.265 0.992 11.8 33.9 0.0763 1.45 0.0264 0.175 0.218 0 0.774
100 0.69 0.00248 0.405 -0.399 0.969 67.2 13.4 0.217 0.377 0.00554 0.171 0.221 0 0.762
150 0.84 0.0213 0.0467 -0.205 1 23.5 15.1 0.0634 1.01 0.0112 0.17 0.246 0 0.764
200 0.889 0.0105 0.133 -0.134 1 28.3 9.42 0.0403 0.773 0.00331 0.253 0.324 0 0.765
250 0.957 0.0623 0.0281 -0.115 1 3.56 7.89 0.0229 1.08 0.00115 0.411 0.481 1.53e-05 0.787
300 0.858 0.0177 0.0845 -0.177 1 22.9 6.32 0.0367 0.854 0.000651 0.535 0.566 0.00119 0.767
350 0.986 0.136 0.00589 -0.165 1 26 6.76 0.0336 1.17 0.00249 0.615 0.629 0.00227 0.779
400 0.919 0.0308 0.0798 -0.12 1 10 5.63 0.0185 0.861 0.00117 0.637 0.675 0.00522 0.765
450 0.78 0.0105 0.138 -0.269 0.992 37.8 4.9 0.0757 0.752 0.007 0.687 0.746 0.0117 0.779
500 0.888 0.0472 0.0928 -0.175 1 11.9 5.26 0.0309 0.866 0.00255 0.749 0.774 0.0186 0.772
550 0.912 0.0629 0.0102 -0.162 1 4.06 6.5 0.0224 1.17 0.01 0.76 0.814 0.027 0.769
600 0.769 0.0112 0.181 -0.28 1 49.2 4.98 0.0748 0.681 0.0083 0.837 0.86 0.0408 0.779

[wgan] clipped to 0.01, RMSprop 5e-5, 5 critic steps
25 0.00575 -0.00085 -0.000903 nan 1 0.177 0.012 -0.0066 0.000903 2.43e-06 0.195 0.286 0 0.773
50 0.0126 -0.000181 -0.000293 nan 1 0.288 0.048 -0.0128 0.000293 1.07e-05 0.232 0.361 0 0.784
75 0.0224 -0.00573 -0.00577 nan 1 0.604 0.13 -0.0282 0.00577 3.38e-05 0.252 0.383 0 0.77
100 0.036 -0.0194 -0.019 nan 1 1.08 0.169 -0.0553 0.019 0.00015 0.324 0.42 0 0.778
125 0.0492 -0.0375 -0.0393 nan 1 1.44 0.172 -0.0866 0.0393 0.000323 0.439 0.426 0 0.762
150 0.059 -0.051 -0.0508 nan 1 1.69 0.207 -0.11 0.0508 0.000285 0.5 0.487 0 0.768
175 0.0645 -0.0543 -0.0573 nan 1 2.3 0.183 -0.119 0.0573 9.21e-05 0.487 0.505 0 0.765
200 0.0665 -0.0567 -0.0579 nan 1 1.93 0.169 -0.123 0.0579 1.26e-05 0.559 0.53 0 0.773
225 0.065 -0.0587 -0.0575 nan 1 2.08 0.163 -0.124 0.0575 2.56e-06 0.565 0.522 3.05e-05 0.765
250 0.0688 -0.0587 -0.0583 nan 1 1.82 0.126 -0.128 0.0583 1.68e-06 0.631 0.547 0.00102 0.776
275 0.0679 -0.0602 -0.0578 nan 1 2.05 0.12 -0.128 0.0578 9.51e-07 0.664 0.596 0.00139 0.784
300 0.068 -0.0591 -0.0579 nan 1 1.92 0.113 -0.127 0.0579 8.24e-07 0.678 0.623 0.00336 0.784
325 0.0686 -0.0577 -0.0571 nan 1 1.8 0.113 -0.126 0.0571 8.93e-07 0.694 0.641 0.00159 0.783
350 0.0675 -0.0562 -0.0574 nan 1 2.01 0.108 -0.124 0.0574 9.88e-07 0.665 0.614 0.000793 0.761
375 0.0657 -0.0576 -0.0552 nan 1 2.14 0.112 -0.123 0.0552 9.96e-07 0.718 0.686 0.0032 0.777
400 0.0604 -0.059 -0.0514 nan 1 3.54 0.127 -0.119 0.0514 1.12e-06 0.721 0.692 0.0032 0.777

[wgan_gp] penalty 10, Adam b1=0, 3 critic steps
25 28 3.87 3.94 nan 1 67.3 71.9 -22.6 -3.94 130 0.15 0.326 0 0.766
50 43.7 11 10.9 nan 1 22.5 91.7 -25.7 -10.9 229 0.135 0.371 0 0.774
75 44.4 14.9 14.9 nan 1 8.52 85.7 -23.1 -14.9 0.719 0.14 0.391 0 0.767
100 42.1 17.4 17.4 nan 1 9.41 80.7 -19.6 -17.4 4.38 0.128 0.453 0 0.773
125 39 17.7 17.6 nan 1 10.5 73.2 -17.3 -17.6 2.2 0.11 0.461 0 0.76
150 38 16.9 16.9 nan 1 10.9 66.7 -17.5 -16.9 0.575 0.099 0.496 0 0.778
175 36 14 13.9 nan 1 17.3 60.2 -18.7 -13.9 0.131 0.0858 0.494 0 0.77
200 46 21.4 21.3 nan 1 22.9 44.8 -18.8 -21.3 1.68 0.0948 0.77 0.00435 0.768
225 47.3 19.6 19.1 nan 1 22.9 35 -21.4 -19.1 1.43 0.0965 0.826 0.00294 0.759
250 43.4 20.6 20.7 nan 1 13.6 42.2 -19.2 -20.7 2.44 0.142 0.599 0.0011 0.768
275 46.4 22.6 21.3 nan 1 23 34.1 -18.5 -21.3 2.22 0.216 0.701 0.000397 0.765
300 45.4 25.1 25.1 nan 1 9.52 36 -16.3 -25.1 0.999 0.442 0.712 0.00352 0.782
325 45.2 27.5 27.4 nan 1 9.93 36.6 -14.5 -27.4 2.62 0.538 0.567 0.00835 0.762
350 45.1 28.2 28.2 nan 1 6.8 33.9 -14.1 -28.2 0.204 0.517 0.649 0.00423 0.77
375 42.7 27 27.2 nan 1 6.37 30.4 -13.3 -27.2 0.15 0.544 0.648 0.00822 0.77
400 42.2 27 26.8 nan 1 5.68 27.1 -12.6 -26.8 0.144 0.532 0.676 0.00298 0.766

[slow_generator] the learning rate of G over 100
50 0.992 0.0109 0.00978 -0.0192 1 0.546 23.4 0.0192 4.73 0.0845 0.193 0.239 0 0.774
100 0.997 0.00314 0.00311 -0.0057 1 0.174 24.4 0.0057 5.86 1.16e-05 0.194 0.225 0 0.762
150 0.998 0.00177 0.0017 -0.00335 1 0.104 24.1 0.00335 6.5 5.8e-07 0.194 0.227 0 0.764
200 0.999 0.0012 0.00113 -0.00212 1 0.0736 26 0.00212 6.89 1.41e-07 0.199 0.229 0 0.765
250 0.999 0.000768 0.000832 -0.00132 1 0.0476 26.6 0.00132 7.21 2.48e-08 0.202 0.235 0 0.787
300 1 0.000617 0.000637 -0.00108 1 0.0393 28.1 0.00108 7.49 1.01e-08 0.195 0.22 0 0.767
350 1 0.000535 0.000487 -0.000845 1 0.0369 28.4 0.000845 7.74 7.05e-09 0.209 0.23 0 0.779
400 1 0.000395 0.00041 -0.000641 1 0.0272 30.7 0.000641 7.91 3.72e-09 0.208 0.232 0 0.765
450 1 0.000374 0.00036 -0.000583 1 0.0285 31.7 0.000583 8.03 2.38e-09 0.212 0.236 0 0.779
500 1 0.000339 0.000329 -0.000534 1 0.0275 34.5 0.000534 8.15 9.73e-10 0.212 0.231 0 0.772
550 1 0.000273 0.000282 -0.000449 1 0.0226 35.2 0.000449 8.27 8.3e-10 0.209 0.229 0 0.769
600 1 0.000255 0.000234 -0.000375 1 0.0223 36 0.000375 8.47 8.08e-10 0.215 0.234 0 0.779

[slow_generator_lecture] the same with labels 0.9 and 0.1
50 0.898 0.103 0.0981 -0.216 1 0.267 14.6 0.657 2.14 0.0179 0.193 0.239 0 0.774
100 0.901 0.099 0.101 -0.209 1 0.192 14.9 0.654 2.09 9.39e-07 0.193 0.226 0 0.762
150 0.896 0.101 0.0961 -0.217 1 0.224 15.2 0.654 2.14 3.15e-07 0.193 0.227 0 0.764
200 0.898 0.101 0.0994 -0.214 1 0.138 15 0.652 2.1 2.04e-07 0.197 0.23 0 0.765
250 0.899 0.1 0.0964 -0.213 1 0.123 15.1 0.652 2.13 1.1e-07 0.2 0.235 0 0.787
300 0.895 0.0987 0.104 -0.215 1 0.17 14.8 0.651 2.06 9.06e-08 0.192 0.22 0 0.767
350 0.902 0.0976 0.0968 -0.206 1 0.119 14.1 0.651 2.12 7.56e-08 0.205 0.23 0 0.779
400 0.899 0.102 0.0993 -0.214 1 0.115 13.4 0.652 2.1 6.66e-08 0.203 0.231 0 0.765
450 0.905 0.106 0.0953 -0.212 1 0.287 13.1 0.652 2.13 6.06e-08 0.207 0.235 0 0.779
500 0.898 0.105 0.1 -0.218 1 0.195 12.5 0.651 2.09 3.34e-08 0.206 0.23 0 0.772
550 0.9 0.102 0.1 -0.212 1 0.0937 12.1 0.651 2.08 2.14e-08 0.203 0.227 0 0.769
600 0.903 0.101 0.0965 -0.208 1 0.0945 11.9 0.651 2.12 3.34e-08 0.209 0.231 0 0.779

[slow_discriminator] the learning rate of D over 100
50 0.563 0.944 0.944 -3.53 0.336 27.4 0.401 3.53 0.0579 0.392 0.137 0.283 0 0.774
100 0.586 0.967 0.967 -4 0.406 29.1 0.209 4 0.0338 0.018 0.116 0.281 0 0.762
150 0.614 0.974 0.975 -4.18 0.422 31.4 0.147 4.18 0.0257 0.004 0.104 0.29 0 0.764
200 0.607 0.976 0.976 -4.28 0.422 33.6 0.125 4.28 0.0246 0.000914 0.0988 0.294 0 0.765
250 0.625 0.977 0.976 -4.28 0.461 33.7 0.116 4.28 0.0244 0.000743 0.0935 0.299 0 0.787
300 0.621 0.977 0.978 -4.29 0.445 35.4 0.112 4.29 0.0226 0.000737 0.0865 0.281 0 0.767
350 0.649 0.978 0.978 -4.28 0.477 35.1 0.112 4.28 0.0223 0.000653 0.089 0.29 0 0.779
400 0.645 0.98 0.98 -4.41 0.469 35.6 0.115 4.41 0.0197 0.00101 0.0847 0.284 0 0.765
450 0.652 0.983 0.982 -4.52 0.492 36.7 0.112 4.52 0.0184 0.00164 0.0846 0.283 0 0.779
500 0.659 0.985 0.985 -4.64 0.5 38.1 0.0977 4.64 0.0154 0.00193 0.0803 0.266 0 0.772
550 0.662 0.987 0.986 -4.77 0.477 41 0.0897 4.77 0.0138 0.0024 0.0749 0.255 0 0.769
600 0.671 0.987 0.987 -4.81 0.484 41 0.0773 4.81 0.0129 0.00071 0.0751 0.257 0 0.779

[blind] G is given z = 0
50 0.906 0.301 0.131 -0.459 1 26.6 306 0.459 2.03 0.19 0 0.24 0 0.774
100 0.91 0.0746 0.0471 -0.177 1 8.61 97 0.177 3.06 0.00392 0 0.233 0 0.762
150 0.951 0.0282 0.0225 -0.082 1 4.04 70.3 0.082 3.79 0.000669 0 0.349 0 0.764
200 0.977 0.0161 0.0124 -0.0403 1 2.14 85.1 0.0403 4.39 0.000103 0 0.381 0 0.765
250 0.986 0.0196 0.0114 -0.034 1 4.81 47.3 0.034 4.47 3.18e-05 0 0.482 0 0.787
300 0.926 0.0202 0.0129 -0.11 0.984 5.22 56.1 0.11 4.35 0.989 0 0.35 0 0.767
350 0.975 0.0212 0.0125 -0.0479 1 3.81 62.8 0.0479 4.38 0.000241 0 0.712 0.00195 0.779
400 0.984 0.026 0.00906 -0.0425 1 12 59.6 0.0425 4.7 8.31e-05 0 0.636 0.00977 0.765
450 0.99 0.00981 0.0054 -0.0201 1 3.08 94.6 0.0201 5.22 9.75e-05 0 0.693 0.0107 0.779
500 0.987 0.00694 0.00498 -0.0198 1 1.21 40.3 0.0198 5.3 5.98e-05 0 0.759 0.0361 0.772
550 0.986 0.0114 0.00833 -0.0261 1 1.83 39.5 0.0261 4.79 3.35e-05 0 0.817 0.0996 0.769
600 0.994 0.0117 0.00489 -0.0181 1 10.8 47.3 0.0181 5.32 6.41e-05 0 0.819 0.113 0.779

[blind_lecture] the same with labels 0.9 and 0.1
50 0.835 0.269 0.174 -0.496 1 12.9 146 0.765 1.59 0.0894 0 0.249 0 0.774
100 0.834 0.198 0.127 -0.412 0.992 8.91 97.2 0.728 1.87 0.00114 0 0.213 0 0.762
150 0.857 0.116 0.0972 -0.285 0.992 3.49 52.1 0.678 2.11 0.000253 0 0.296 0 0.764
200 0.873 0.106 0.103 -0.25 1 2.81 60.5 0.664 2.06 2.16e-05 0 0.338 0 0.765
250 0.901 0.118 0.0796 -0.23 1 5.57 55.3 0.657 2.29 0.000221 0 0.356 0 0.787
300 0.874 0.108 0.1 -0.25 1 2.14 36.1 0.661 2.08 0.00116 0 0.342 0 0.767
350 0.89 0.106 0.0974 -0.23 1 0.679 24.2 0.659 2.11 0.000689 0 0.359 0 0.779
400 0.885 0.116 0.0956 -0.247 1 2.11 23 0.664 2.12 0.123 0 0.569 0 0.765
450 0.898 0.0985 0.086 -0.212 1 0.929 26.3 0.656 2.22 7.45e-06 0 0.603 0 0.779
500 0.887 0.0968 0.0966 -0.223 1 4.44 18.2 0.658 2.11 6.03e-06 0 0.527 0.00195 0.772
550 0.894 0.114 0.0868 -0.234 1 2.55 23.3 0.656 2.21 3.52e-06 0 0.669 0.00977 0.769
600 0.899 0.117 0.088 -0.231 1 4.61 14.4 0.654 2.2 4.49e-06 0 0.845 0.0215 0.779

[hinge] hinge without any norm in D: nobody provoked this one
50 0.99 0.0932 0.0907 nan 1 3.73 3.49 1.14 -0.0907 0.109 0.159 0.436 0 0.779
100 0.896 -0.64 -0.336 nan 0.99 25.2 3.16 0.535 0.336 0.0419 0.766 0.518 0.0357 0.77
150 1.29 -0.214 -1.03 nan 0.938 73 3.11 0.799 1.03 0.0198 0.647 0.792 0.0381 0.758
200 0.697 -0.432 -0.38 nan 0.974 7.08 3.72 0.878 0.38 0.00954 0.635 0.776 0.0714 0.764
250 1.14 0.151 -1.04 nan 0.993 112 2.09 1.18 1.04 0.0545 0.615 0.805 0.147 0.773
300 1.1 -0.0494 -1.17 nan 1 111 2.33 1.02 1.17 0.0501 0.332 0.893 0.251 0.764
350 0.593 -1.76 -0.662 nan 1 160 1.72 0.42 0.662 0.209 0.158 1.06 0.356 0.776
400 0.336 -0.543 -0.693 nan 0.99 13.6 2.76 1.13 0.693 0.0972 0.141 1.01 0.406 0.778
450 1.41 -0.0427 -1.26 nan 1 113 1.72 1.05 1.26 0.148 0.114 0.952 0.417 0.779
500 0.301 0.0469 -0.212 nan 0.709 46 2.78 1.75 0.212 0.621 0.148 1.13 0.465 0.772
550 1.35 -0.529 -1.6 nan 0.984 104 1.24 0.625 1.6 0.139 0.067 0.595 0.497 0.786
600 0.0898 -0.228 -0.31 nan 0.707 27.7 3.67 1.69 0.31 0.164 0.176 1.15 0.527 0.764

[naive_fast] minimax, linear output, no norm in D, Adam b1=0.9, learning rate 0.05
50 1 0 0 0 1 0 0 0 0 1.32e+06 16.6 16.1 0.949 0.762
100 1 0 0 0 1 0 0 0 0 0 17 16.7 0.951 0.766
150 1 0 0 0 1 0 0 0 0 0 17.6 16.5 0.949 0.777
200 1 0 0 0 1 0 0 0 0 0 17.1 15.9 0.95 0.765
250 1 0 0 0 1 0 0 0 0 0 17.4 16.4 0.948 0.775
300 1 0 0 0 1 0 0 0 0 0 17.3 16.8 0.948 0.775
350 1 0 0 0 1 0 0 0 0 0 17.3 16.9 0.948 0.778
400 1 0 0 0 1 0 0 0 0 0 17 16.5 0.948 0.768

[burst] no norm in D, learning rate 0.1: it comes back
25 0.938 0.148 2.42e-25 -2.5 0.891 456 409 152 200 1.31e+08 0.855 0.974 0.107 0.766
50 1 1 0 -15.8 0.5 1.14e+03 608 152 555 7.54e+07 0.915 0.994 0.101 0.779
75 1 0.0591 0.00312 -0.269 0.969 149 54.5 80.2 79 3.14e+04 0.95 0.983 0.0995 0.758
100 1 0.534 0 -6.16 0.742 400 141 51.5 197 1.43e+04 1.1 1.04 0.117 0.77
125 0.792 2.14e-05 0.125 -2.66 0.898 234 74.6 15.2 13.9 4.17e+03 0.967 0.894 0.099 0.77
150 0.961 5.04e-08 1.18e-07 -0.429 0.984 42.4 47.5 9.27 38.5 1.29e+03 0.968 0.872 0.1 0.758
175 0.983 0.114 0.0267 -0.848 0.938 55.2 29 7.65 20.4 880 1.03 0.908 0.111 0.777
200 1 0.887 2.36e-08 -9.91 0.547 248 19 20 36.2 969 1.13 1.01 0.135 0.764
225 0.965 5.73e-05 4.35e-05 -0.0736 0.977 27.2 19.9 4.3 16.2 493 1.06 0.963 0.124 0.777
250 0.789 0.106 0.401 -4.27 0.836 72.3 4.87 19.9 4.09 235 1.09 1.01 0.134 0.773
275 0.79 5.58e-05 0.0573 -2.17 0.898 51.4 8.09 10.8 10.1 109 1.11 1.02 0.147 0.769
300 0.0798 0.000178 1 -7.4 0.531 319 2.97 8.7 2.38 50 0.973 0.926 0.118 0.764
325 0.97 0.0486 0.273 -0.224 0.984 10.4 8.3 1.9 2.87 40.9 0.875 0.822 0.0991 0.76
350 0.874 0.0646 0.0772 -0.807 0.891 21.8 6.04 4.28 6.29 44.7 0.982 0.908 0.106 0.776
375 0.987 0.395 0.00614 -0.659 0.812 44.6 6.82 1.96 5.26 8.94 0.971 0.917 0.108 0.775
400 0.944 0.061 0.13 -0.148 0.992 5.31 7.2 0.975 2.4 1.72 0.988 0.962 0.115 0.778
"""


def recorded():
    head, *runs = RECORDED.strip().split("\n\n")
    names = head.split()
    for run in runs:
        title, *lines = run.splitlines()
        rows = [dict(zip(names, map(float, line.split()), strict=True)) for line in lines]
        yield title[1 : title.index("]")], rows


RUNS = dict(recorded())
IN_BALANCE = ["plain", "lecture", "few", "least_squares", "wgan", "wgan_gp"]


def states(history, patience=PATIENCE):
    return [judge(history[: number + 1], patience).state for number in range(len(history))]


@pytest.mark.parametrize("run", IN_BALANCE)
@pytest.mark.parametrize("patience", [3, 4, 6])
def test_healthy_runs_are_left_in_peace(run, patience):
    seen = states(RUNS[run], patience)
    assert seen == ["warming up"] * patience + ["game in balance"] * (len(seen) - patience)
    end = conclude(RUNS[run], patience)
    assert end.state == "game in balance"
    assert "earlier" not in end.sentence
    assert end.advice == []


@pytest.mark.parametrize(
    ("run", "state"),
    [
        ("slow_generator", "discriminator winning"),
        ("slow_generator_lecture", "discriminator winning"),
        ("slow_discriminator", "generator winning"),
        ("blind", "mode collapse"),
        ("blind_lecture", "mode collapse"),
        ("hinge", "mode collapse"),
        ("naive_fast", "diverged"),
    ],
)
def test_a_sick_run_is_named_and_nothing_else(run, state):
    seen = states(RUNS[run])
    assert set(seen) == {"warming up", "game in balance", state}
    assert seen[-1] == state
    first = seen.index(state)
    assert first >= 2 * PATIENCE - 1
    assert set(seen[first:]) == {state}
    verdict = judge(RUNS[run], PATIENCE)
    assert any(character.isdigit() for character in verdict.sentence)
    assert verdict.advice


def test_advice_names_flags_that_exist():
    tricks = yaml.safe_load((CONFIGS / "hacks" / "none.yaml").read_text(encoding="utf-8"))
    for flag in {*STUCK, *(flag for symptom in SYMPTOMS for flag in symptom.advice)}:
        key, _, value = flag.partition("=")
        group, _, name = key.partition(".")
        assert name in tricks if group == "hacks" else (CONFIGS / group / f"{value}.yaml").is_file(), flag


def test_advice_leaves_out_what_is_set_already():
    advice = ["hacks.lr=0.0002", "hacks.betas=[0.5,0.999]", "hacks.r1=1.0", "gan=r1gan"]
    assert untried(advice, {"lr": 2e-4, "betas": [0.5, 0.999], "r1": 0.0}) == advice[2:]


def test_advice_leaves_out_what_the_run_cannot_take():
    """Points are no images: another gan= or an augmentation would be refused."""
    every = [*STUCK, *(flag for symptom in SYMPTOMS for flag in symptom.advice)]
    kept = untried(every, {}, PointTraining.unfit_advice)
    assert "gan=r3gan" in every
    assert "hacks.r1=1.0" in kept
    for flag in set(kept):
        composed = compose(["gan=toy", flag])
        options_of(composed.resolved, composed.origins, composed.choices)


def test_advice_to_a_gan_from_images_is_none_for_those_from_noise():
    every = [*STUCK, *(flag for symptom in SYMPTOMS for flag in symptom.advice)]
    kept = untried(every, {}, ImageGanTraining.unfit_advice)
    assert "hacks.r1=1.0" in kept
    assert not any(flag.startswith("hacks.extra_critic_steps=") for flag in kept)  # refused: one update a step
    for gan in ("pix2pix", "cyclegan", "cscgan", "inpaint"):
        for flag in set(kept):
            composed = compose([f"gan={gan}", flag])
            options_of(composed.resolved, composed.origins, composed.choices)


def test_the_end_mentions_what_came_before():
    end = conclude(RUNS["burst"], PATIENCE)
    assert end.state == "game in balance"
    assert "earlier diverged around steps 125..350" in end.sentence
    healed = conclude([*RUNS["blind"], *RUNS["plain"][-4:]], PATIENCE)
    assert healed.state == "game in balance"
    assert "earlier mode collapse around steps 250.." in healed.sentence
    assert conclude(RUNS["blind"], PATIENCE) == judge(RUNS["blind"], PATIENCE)


def test_a_sign_must_last():
    healthy, sick = RUNS["plain"], RUNS["naive_fast"]
    assert judge([*healthy, *sick[-3:]], PATIENCE).state == "game in balance"
    assert judge([*healthy, *sick[-4:]], PATIENCE).state == "diverged"
    assert judge([*healthy, *sick[-4:], healthy[-1]], PATIENCE).state == "game in balance"


@pytest.mark.parametrize("name", ["loss_d", "loss_g", "d_real", "d_fake_after"])
def test_nan_is_said_at_once(name):
    for before in ([], RUNS["wgan"]):
        verdict = judge([*before, {**RUNS["plain"][-1], name: math.nan}], PATIENCE)
        assert verdict.state == "diverged"
        assert name in verdict.sentence


def test_one_overflowing_gradient_is_forgiven():
    overflow = {**RUNS["plain"][-1], "gradient_g": math.inf, "gradient_d": math.nan}
    assert judge([*RUNS["plain"], overflow], PATIENCE).state == "game in balance"
    assert judge([*RUNS["plain"], *[overflow] * PATIENCE], PATIENCE).state == "diverged"


def test_the_end_that_theory_promises_is_no_symptom():
    ideal = {**RUNS["plain"][-1], "d_real": 0.5, "d_fake_before": 0.5, "d_fake_after": 0.5, "d_accuracy": 0.5}
    ideal |= {"value": IDEAL_VALUE, "loss_d": math.log(4), "loss_g": math.log(2), "diversity": 1.0, "contrast": 1.0}
    assert judge([ideal] * 20, PATIENCE).state == "game in balance"


def test_exploding_gradients_and_binary_noise():
    last = RUNS["plain"][-1]
    rising = [{**last, "gradient_d": 110.0 * 2**k} for k in range(PATIENCE)]
    assert judge([*RUNS["plain"], *rising], PATIENCE).state == "diverged"
    assert judge([*RUNS["plain"], *rising[::-1]], PATIENCE).state == "game in balance"  # falling again
    noise = {**last, "saturated": 0.999, "saturated_real": 0.1}
    assert judge([*RUNS["plain"], *[noise] * PATIENCE], PATIENCE).state == "diverged"
    as_the_data = {**last, "saturated": 0.999, "saturated_real": 0.998}
    assert judge([*RUNS["plain"], *[as_the_data] * PATIENCE], PATIENCE).state == "game in balance"


def held_out(run, change):
    """The same probes with a discriminator that judges held-out images in another way."""
    return [row | {"d_real_held_out": change(row)} for row in RUNS[run]]


@pytest.mark.parametrize("run", IN_BALANCE)
def test_a_discriminator_that_knows_unseen_images_is_not_memorising(run):
    as_training = held_out(run, lambda row: row["d_real"])
    assert states(as_training) == states(RUNS[run])
    assert states(held_out(run, lambda row: math.nan)) == states(RUNS[run])  # there are none


@pytest.mark.parametrize("run", ["few", "lecture", "wgan", "wgan_gp"])
def test_a_discriminator_that_takes_unseen_images_for_fakes_is_memorising(run):
    last = RUNS[run][-1] | {"d_accuracy": 1.0}
    probes = [*RUNS[run], *[last | {"d_real_held_out": last["d_fake_before"]}] * PATIENCE]
    verdict = judge(probes, PATIENCE)
    assert verdict.state == "memorising"
    assert "held-out" in verdict.sentence
    assert "hacks.diffaugment=[affine,translation]" in verdict.advice
    assert judge(probes[:-1], PATIENCE).state == "game in balance"  # it must last


def test_the_mean_over_held_out_images(images):
    logits = torch.zeros(10)
    seen = measured(images, images, logits, logits, logits_held_out=torch.tensor([200.0, -200.0, 200.0, 200.0]))
    assert seen["d_real_held_out"] == 0.75
    assert math.isnan(measured(images, images, logits, logits)["d_real_held_out"])
    scores = measured(images, images, logits, logits, probability=None, logits_held_out=torch.tensor([3.0, 5.0]))
    assert scores["d_real_held_out"] == 4


def test_nothing_yet():
    assert judge([], PATIENCE).state == conclude([], PATIENCE).state == "warming up"
