"""A GAN from images that starts from the generator of another run."""

import pytest
from torch import nn

from artesano.errors import BadInput
from artesano.gan.image_to_image import ImageToImageNetworks
from artesano.kinds.image_gan.build import start_from
from artesano.runs.record import read


class Networks(ImageToImageNetworks):
    """One generator alone."""

    def __init__(self, generator):
        nn.Module.__init__(self)
        self.generator = generator

    def generators(self):
        return {"a2b": self.generator}


def test_another_generator_is_named_as_the_config_names_it(image_run):
    folder = image_run("srresnet", scale=2)[0]
    other, other_net = image_run("unet", options={"width": 4, "norm": "none"})
    with pytest.raises(BadInput, match=r"another one \(srresnet, scale 2\); give the generator.\* and scale of"):
        start_from(Networks(other_net), str(folder), read(other)["model"])


def test_options_that_are_other_today_are_named_with_those_of_the_run(image_run):
    folder = image_run("unet", options={"width": 4, "norm": "none"})[0]  # from before there was `full_size`
    today, net = image_run("unet", options={"width": 8, "norm": "none", "full_size": True})
    with pytest.raises(BadInput, match=r"unet, scale 1\); give generator.width=4 generator.full_size=false$"):
        start_from(Networks(net), str(folder), read(today)["model"])
