"""The generator of a folder is the one that was trained; whatever is wrong with a folder or a choice is told."""

import pickle

import numpy as np
import pytest
import torch

from artesano.errors import BadInput
from artesano.kinds.gan.load import load_gan
from artesano.kinds.image_gan.load import load_image_gan
from artesano.kinds.image_gan.whole_images import WholeImages
from artesano.runs import record

LOCAL = {  # every generator that does not look at the whole image at once
    "srresnet": (2, {}),
    "rrdb": (4, {"width": 4, "growth": 4, "blocks": 1}),
    "swcgan": (2, {"embed": 8, "blocks": 1, "layers": 2, "heads": 2, "window": 4}),
    "unet": (1, {"width": 4, "depth": 3}),
    "resnet_translation": (1, {}),
}


def same(network, tensors, prefix):
    return all(torch.equal(value.cpu(), tensors[prefix + name]) for name, value in network.state_dict().items())


def test_best_is_the_average_and_raw_is_not(image_run):
    folder, _ = image_run("srresnet", scale=2, which=("best", "last"))
    tensors = torch.load(folder / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]
    for which in ("best", "last"):
        gan = load_image_gan(folder, which)
        assert same(gan.generator, tensors, "ema.module.a2b.")
        assert gan.averaged
    raw = load_image_gan(folder, "raw")
    assert same(raw.generator, tensors, "network.a2b.generator.")
    assert not raw.averaged
    assert not raw.generator.training


def test_without_average_it_is_the_generator_itself(image_run):
    gan = load_image_gan(image_run("srresnet", scale=2, ema=False)[0])
    assert not gan.averaged
    assert (gan.scale, gan.multiple, gan.crop) == (2, 1, 16)


def test_the_best_of_a_phase(image_run):
    folder, _ = image_run("srresnet", scale=2, which=("best", "pixel_best"))
    path = folder / "checkpoints" / "pixel_best.ckpt"
    content = torch.load(path, weights_only=True)
    content["state_dict"] = {name: value * 2 for name, value in content["state_dict"].items()}
    torch.save(content, path)
    best, pixel = load_image_gan(folder), load_image_gan(folder, "pixel")
    for name, value in best.generator.state_dict().items():
        assert torch.equal(pixel.generator.state_dict()[name], value * 2)
    with pytest.raises(BadInput, match=r"there are best, raw, last, pixel\..*'pixel'"):
        load_image_gan(folder, "pixl")
    with pytest.raises(BadInput, match="no such checkpoint"):
        load_image_gan(folder, "last")


def test_both_directions_of_a_cycle(image_run):
    folder, _ = image_run("resnet_translation", image_to_image="cycle", in_channels=3, out_channels=1)
    a2b, b2a = load_image_gan(folder), load_image_gan(folder, direction="b2a")
    tensors = torch.load(folder / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]
    assert same(b2a.generator, tensors, "ema.module.b2a.")
    assert (a2b.in_channels, a2b.out_channels) == (b2a.out_channels, b2a.in_channels) == (3, 1)
    assert b2a(torch.rand(1, 1, 9, 7)).shape == (1, 3, 9, 7)
    for former in ("B2A", "back"):
        assert same(load_image_gan(folder, direction=former).generator, tensors, "ema.module.b2a.")
    with pytest.raises(BadInput, match=r"accepted: a2b, b2a\..*'a2b'"):
        load_image_gan(folder, direction="a2c")
    for which in ("best", "raw"):
        with pytest.raises(BadInput, match=r"--direction b2a: .* one direction only"):
            load_image_gan(image_run("resnet_translation")[0], which, "b2a")


@pytest.mark.parametrize("normalise", [True, False])
def test_pixels_are_in_the_range_of_the_run(image_run, normalise):
    folder, generator = image_run("srresnet", scale=2, normalise_images=normalise)
    source = torch.rand(2, 3, 8, 9)
    with torch.no_grad():
        expected = generator(source * 2 - 1) / 2 + 0.5 if normalise else generator(source)
    torch.testing.assert_close(load_image_gan(folder)(source), expected.clamp(0, 1), rtol=0, atol=1e-5)


def test_dropout_when_predicting_is_drawn_alike(image_run):
    options = {"width": 4, "depth": 3, "dropout": 0.5, "dropout_at_test": True}
    gan = load_image_gan(image_run("unet", options=options)[0])
    source = torch.rand(1, 3, 16, 16)
    before = torch.get_rng_state()
    assert torch.equal(gan(source), gan(source))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("name", LOCAL)
def test_tiles_equal_the_whole(image_run, name):
    scale, options = LOCAL[name]
    gan = load_image_gan(image_run(name, scale=scale, options=options)[0])
    height = 131 + 2 * gan.halo
    source = np.random.default_rng(0).random((height, 97, 3)).astype(np.float32)
    whole = WholeImages(gan, tile=1000)(source)
    assert whole.shape == (height * scale, 97 * scale, 3)
    for side in (90, 101):
        tiled = WholeImages(gan, tile=max(side, 2 * gan.halo + 40))
        assert np.abs(tiled(source) - whole).max() < 1e-4
        assert tiled.bars is not None
        assert not tiled._warned


def test_other_kinds_are_sent_to_their_own_command(image_run, gan_runs, run):
    folder, _ = image_run("srresnet", scale=2)
    with pytest.raises(BadInput, match=f"GAN from images.*artesano predict {folder}"):
        load_gan(folder)
    with pytest.raises(BadInput, match=r"from noise.*artesano sample"):
        load_image_gan(gan_runs("dcgan"))
    with pytest.raises(BadInput, match=r"task=transfer.*artesano predict"):
        load_image_gan(run[0])


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('code ran')",)


def test_spoilt_folders_are_refused(image_run):
    folder, _ = image_run("srresnet", scale=2)
    path = folder / "checkpoints" / "best.ckpt"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match="truncated"):
        load_image_gan(folder)
    path.write_bytes(pickle.dumps({"state_dict": Bomb()}, protocol=2))
    with pytest.raises(BadInput, match="refused"):
        load_image_gan(folder)
    path.write_bytes(content)
    model = record.read(folder)["model"]
    record.update(folder, model=model | {"generator": model["generator"] | {"width": 6}})
    with pytest.raises(BadInput, match=r"does not fit the network that run\.json describes"):
        load_image_gan(folder)
    record.update(folder, model=model | {"generator": {"_target_": "subprocess.run", "_partial_": True}})
    with pytest.raises(BadInput, match=r"subprocess\.run"):
        load_image_gan(folder)
    record.update(folder, model={}, status="failed")
    with pytest.raises(BadInput, match="before its network was built"):
        load_image_gan(folder)
    path.unlink()
    record.update(folder, model=model)
    with pytest.raises(BadInput, match="no such checkpoint"):
        load_image_gan(folder)
