"""How far a generator sees: what lies outside of the halo changes nothing, so that tiles equal the whole."""

import pytest
import torch

from artesano.gan.networks.image import (
    msrresnet,
    pix2pix_resnet,
    resnet_translation,
    rrdb,
    rrdbnet,
    srresnet,
    swcgan,
    swinir,
    unet,
)

KINDS = ("nearest", "pixel_shuffle", "transposed")
LEAKY = {"activation": "leaky_relu"}
CASES = [
    *[(srresnet, {"width": 3, "blocks": 2, "scale": scale, "upsample": kind}) for scale in (2, 3, 4) for kind in KINDS],
    (srresnet, {"width": 3, "blocks": 1, "scale": 8, "upsample": "pixel_shuffle"}),
    (rrdb, {"width": 3, "growth": 2, "blocks": 1, "scale": 2}),
    *[(resnet_translation, {"width": 2, "blocks": 1, "upsample": kind}) for kind in KINDS],
    (resnet_translation, {"width": 2, "blocks": 2, "norm": "batch"}),
    *[(unet, {"width": 2, "depth": 2, "upsample": kind, "downsample": "strided"}) for kind in KINDS],
    (unet, {"width": 2, "depth": 3, "norm": "batch", "downsample": "average"}),
    (unet, {"width": 2, "depth": 2, "full_size": True}),
    (swcgan, {"embed": 4, "heads": 1, "blocks": 2, "window": 4, "scale": 2}),
    (swcgan, {"embed": 4, "heads": 1, "blocks": 1, "layers": 3, "window": 4, "scale": 3, "upsample": "pixel_shuffle"}),
    (swcgan, {"embed": 4, "heads": 1, "scale": 2}),
    *[(rrdbnet, {"width": 3, "growth": 2, "blocks": 1, "scale": scale}) for scale in (2, 4)],
    (msrresnet, {"width": 3, "blocks": 2, "scale": 3}),
    *[
        (swinir, {"embed": 4, "heads": 1, "blocks": 1, "layers": 2, "window": 4, "width": 3, "scale": 2, **more})
        for more in ({"upsample": "direct"}, {"upsample": "nearest", "fusion": 3})
    ],
    (pix2pix_resnet, {"width": 2, "blocks": 1, "norm": "batch"}),
]
PUBLISHED = (rrdbnet, msrresnet, swinir, pix2pix_resnet)


def name(value):
    return value.__name__.split(".")[-1] if hasattr(value, "__name__") else "-".join(map(str, value.values()))


def generator(net, options):
    torch.manual_seed(0)
    data = {"in_channels": 1, "out_channels": 1, "image_size": 32, "num_classes": 0}
    options = {"scale": 1, **({} if net in PUBLISHED else LEAKY), **options}
    made = net.Generator(**options, **data).double().eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return made


def reach(make, side, place):
    """The largest distance, in source px, of what a changed source pixel changes; rows and columns."""
    images = torch.rand(1, 1, side, side, dtype=torch.float64)
    changed = images.clone()
    changed[0, 0, place, place] += 3
    with torch.no_grad():
        difference = (make(changed) - make(images)).abs()[0, 0]
    rows, columns = (difference > 1e-13 * difference.max()).nonzero().div(make.scale, rounding_mode="floor").T
    return max((rows - place).abs().max().item(), (columns - place).abs().max().item())


@pytest.mark.parametrize(("net", "options"), CASES, ids=name)
def test_a_pixel_changes_nothing_beyond_the_halo(net, options):
    make = generator(net, options)
    side = 2 * make.halo + 3 * make.multiple
    side += -side % make.multiple
    middle = side // 2 // make.multiple * make.multiple
    reached = max(reach(make, side, middle + phase) for phase in range(make.multiple))
    assert reached <= make.halo
    assert reached > make.halo - max(make.multiple, 2)  # and it is no larger than the grid makes it


@pytest.mark.parametrize(("net", "options"), CASES, ids=name)
def test_tiles_with_the_halo_as_margin_equal_the_whole(net, options):
    """Tiles begin on the grid of `multiple`; the image ends within a cell of it."""
    make = generator(net, options)
    core = -(-20 // make.multiple) * make.multiple
    margin, scale = -(-make.halo // make.multiple) * make.multiple, make.scale
    height, width = 3 * core - 1, 2 * core + 3
    images = torch.rand(1, 1, height, width, dtype=torch.float64)
    with torch.no_grad():
        whole = make(images)
        for top in range(0, height, core):
            left = core if top else 0
            first_row, first_column = max(0, top - margin), max(0, left - margin)
            tile = make(images[..., first_row : top + core + margin, first_column : left + core + margin])
            tile = tile[..., scale * (top - first_row) :, scale * (left - first_column) :][
                ..., : scale * core, : scale * core
            ]
            expected = whole[..., scale * top : scale * (top + core), scale * left : scale * (left + core)]
            torch.testing.assert_close(tile, expected, rtol=1e-9, atol=1e-9)


def test_without_a_margin_tiles_differ():
    make = generator(srresnet, {"width": 3, "blocks": 2, "scale": 2})
    images = torch.rand(1, 1, 24, 24, dtype=torch.float64)
    assert (make(images[..., :12, :12]) - make(images)[..., :24, :24]).abs().max() > 1e-4


@pytest.mark.parametrize("net", [unet, resnet_translation], ids=name)
@pytest.mark.parametrize("options", [{"norm": "instance"}, {"conditioning": "batch_norm"}], ids=str)
def test_instance_norm_sees_the_whole_image(net, options):
    data = {"in_channels": 1, "out_channels": 1, "image_size": 32, "scale": 1, "num_classes": 2}
    assert net.Generator(**options, **data).halo is None
    assert net.Generator(norm="batch", conditioning=options.get("conditioning", "none"), **data).halo is not None


def test_the_halo_of_the_preset_counts_its_convolutions():
    """1 + 2 * 8 + 1 at the source's size, 1 with each pixel shuffle at x1 and x2, two at x4."""
    make = srresnet.Generator(
        upsample="pixel_shuffle", in_channels=3, out_channels=3, image_size=96, scale=4, num_classes=0
    )
    assert make.halo == 18 + 1 + 1  # one at x1, and no more than one px for all that lies behind it
