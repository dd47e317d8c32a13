"""What a discriminator of a GAN from images sees: the image, its source, and the mask of a hole."""

import pytest

from artesano.config.compose import compose
from artesano.errors import BadInput
from artesano.kinds.image_gan.build import build_networks, check_networks
from artesano.kinds.registry import options_of


def model_of(options, source, classes=1):
    return {
        "generator": options.generator,
        "in_channels": source,
        "out_channels": 3,
        "image_size": 32,
        "scale": 1,
        "classes": [str(number) for number in range(classes)],
    }


@pytest.mark.parametrize(
    ("words", "source", "pictures", "masked"),
    [
        (("gan=pix2pix",), 3, [3, 3], False),
        (("gan=pix2pix",), 1, [3, 1], False),
        (("gan=inpaint", "data=blue_marble_sr"), 4, [3, 3], True),
        (("gan=inpaint", "data=blue_marble_sr", "discriminator=patchgan"), 4, [3, 3], True),
        (("gan=pix2pix", "image_to_image.sees_source=false"), 3, [3], False),
    ],
)
def test_colours_of_the_source_and_the_mask_are_kept_apart(words, source, pictures, masked):
    options = options_of(compose([*words, "generator.width=4"]).resolved)
    shown = build_networks(options, model_of(options, source)).a2b.discriminator_input
    assert shown.pictures(sum(pictures) + masked) == pictures
    assert shown.masked is masked
    assert shown.ends == (-1, 1)


@pytest.mark.parametrize("labels_read", [True, False])
def test_a_pool_has_no_labels_for_a_discriminator_that_reads_them(labels_read):
    options = options_of(compose(["gan=pix2pix", "generator.width=4", "hacks.replay=8"]).resolved)
    model = model_of(options, 3, classes=2)
    networks = build_networks(options, model)
    if labels_read:
        with pytest.raises(BadInput, match=r"hacks\.replay=8: the image pool keeps no labels"):
            check_networks(networks, model, True, labels_read)
    else:
        check_networks(networks, model, True, labels_read)
