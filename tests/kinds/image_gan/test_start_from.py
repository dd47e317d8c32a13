"""A GAN from images that starts from the generator of another run."""

import pytest

from artesano.errors import BadInput
from artesano.gan.image_to_image import ImageToImageNetworks
from artesano.kinds.image_gan.build import start_from


def test_another_generator_is_named_as_the_config_names_it(image_run):
    folder = image_run("srresnet", scale=2)[0]
    other = image_run("unet", options={"width": 4, "norm": "none"})[1]

    class Networks(ImageToImageNetworks):
        def __init__(self):
            pass

        def generators(self):
            return {"a2b": other}

    with pytest.raises(BadInput, match=r"another one \(srresnet, scale 2\)"):
        start_from(Networks(), str(folder), {})
