"""The figures of a prediction are those of the image that was asked about."""

from artesano.kinds.image_gan.load import load_image_gan
from artesano.kinds.image_gan.predict_speed import predict_speed
from artesano.kinds.image_gan.whole_images import WholeImages


def test_speed_and_memory(image_run):
    gan = load_image_gan(image_run("srresnet", scale=2)[0])
    found = predict_speed(WholeImages(gan, tile=128), side=500)
    assert found.made_megapixels == 4 * found.source_megapixels > 0
    assert (found.tile, found.tiles) == (128, 25)
    assert 3 * 4 * 500**2 <= found.before <= found.peak  # the process alone is larger than the result
