"""Published discriminators say of an image what the original says, and see source and image in the original's order."""

import pytest
import torch

import published_files as files
from artesano.errors import BadInput
from artesano.gan.published import published_generator
from artesano.gan.published_discriminators import published_discriminator


def read(tmp_path, tensors):
    torch.save({"params": tensors}, tmp_path / "net_d.pth")
    return published_discriminator(str(tmp_path / "net_d.pth"))


def filled(published, seen=0):
    network = published.build()
    network.load_state_dict(published.source_last(seen))
    return network.eval()


def test_real_esrgan_judges_every_pixel_as_there(tmp_path):
    tensors = files.unet_sn()
    published, images = read(tmp_path, tensors), torch.rand(2, 3, 16, 24)
    assert (published.architecture["width"], published.channels) == (2, 3)
    with torch.no_grad():
        said = filled(published)(images).logits
    expected = files.unet_sn_forward(tensors, images).flatten(1)
    assert expected.std() > 1e-3
    torch.testing.assert_close(said, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("layers", [2, 3])
def test_a_patchgan_sees_the_source_in_front_of_the_image_in_its_file_and_behind_it_here(tmp_path, norm, layers):
    tensors = files.patches(norm, layers=layers)
    published = read(tmp_path, tensors)
    assert (published.architecture["layers"], published.architecture["norm"]) == (layers, norm)
    source, image = torch.randn(2, 2, 3, 32, 40).unbind(0)
    with torch.no_grad():
        said = filled(published, 3)(torch.cat([image, source], 1)).logits
    expected = files.patches_forward(tensors, torch.cat([source, image], 1), norm, layers).flatten(1)
    assert expected.std() > 1e-3
    torch.testing.assert_close(said, expected, rtol=1e-5, atol=1e-5)


def test_weights_that_are_not_finite(tmp_path):
    tensors = files.unet_sn()
    tensors["conv0.weight"][0, 0, 0, 0] = float("nan")
    with pytest.raises(BadInput, match=r"net_d\.pth: not finite: conv0\.weight"):
        read(tmp_path, tensors)


@pytest.mark.parametrize("make", [files.rrdb, files.resnet, lambda: files.patches("none")])
def test_what_is_no_discriminator(tmp_path, make):
    with pytest.raises(BadInput, match="not the weights of a discriminator that is known here"):
        read(tmp_path, make())


@pytest.mark.parametrize("make", [files.rrdb, files.msrresnet, files.swinir, files.unet, files.resnet])
def test_a_generator_is_told_and_where_it_goes(tmp_path, make):
    with pytest.raises(BadInput, match=r"holds a generator \(.+\).* weights\.file=.*net_d\.pth"):
        read(tmp_path, make())


@pytest.mark.parametrize("make", [files.unet_sn, files.patches, lambda: files.patches("instance")])
@pytest.mark.parametrize("option", ["weights.file=", "weights.back_file=", "--weights "])
def test_a_discriminator_in_the_place_of_a_generator(tmp_path, make, option):
    path = tmp_path / "net_d.pth"
    torch.save({"params": make()}, path)
    with pytest.raises(BadInput) as caught:
        published_generator(str(path), option)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{option}{path}: holds a discriminator (")
    assert f"weights.discriminator_file={path}" in problem
