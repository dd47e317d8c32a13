"""Published files: recognised, read off, and the same image as the original's arithmetic; what is no such file."""

import pickle

import pytest
import torch
from safetensors.torch import save_file

import published_files as files
from artesano.errors import BadInput
from artesano.gan.networks.image import msrresnet, pix2pix_resnet, pix2pix_unet, rrdbnet, swinir
from artesano.gan.published import published_generator

SIDES = (16, 24)
TALL = (32, 64)  # that halve five times
SWIN = [(kind, scale) for kind in ("direct", "pixel_shuffle", "nearest") for scale in (2, 4)] + [("pixel_shuffle", 3)]
CASES = {
    **{f"rrdb x{s}": (rrdbnet, files.rrdb, files.rrdb_forward, {"scale": s}, (15, 21)) for s in (2, 4)},
    "bsrgan x2": (rrdbnet, files.bsrgan, files.bsrgan_forward, {"scale": 2}, (15, 21)),
    **{f"msr x{s}": (msrresnet, files.msrresnet, files.msrresnet_forward, {"scale": s}, (9, 14)) for s in (2, 3, 4)},
    **{
        f"swinir {kind} x{scale}": (
            swinir, files.swinir, files.swinir_forward, {"kind": kind, "scale": scale}, (8, 12),
        )
        for kind, scale in SWIN
    },
    "swinir large": (swinir, files.swinir, files.swinir_forward, {"kind": "nearest", "scale": 4, "fusion": 3}, (8, 8)),
    **{
        f"unet {norm}": (pix2pix_unet, files.unet, files.unet_forward, {"norm": norm}, TALL)
        for norm in ("batch", "instance", "none")
    },
    "unet deep": (pix2pix_unet, files.unet, files.unet_forward, {"depth": 6}, (64, 128)),
    **{
        f"resnet {norm}": (pix2pix_resnet, files.resnet, files.resnet_forward, {"norm": norm}, SIDES)
        for norm in ("batch", "instance", "none")
    },
    "resnet dropout": (pix2pix_resnet, files.resnet, files.resnet_forward, {"dropout": True, "norm": "batch"}, SIDES),
}  # fmt: skip


def saved(tmp_path, content, name="weights.pth"):
    torch.save(content, tmp_path / name)
    return str(tmp_path / name)


@pytest.mark.parametrize("case", CASES)
def test_the_same_image_as_the_original_makes(case, tmp_path):
    network, make, forward, options, sides = CASES[case]
    tensors = make(**options)
    published = published_generator(saved(tmp_path, {"params": tensors}))
    assert published.network is network.Generator
    images = torch.rand(1, 3, *sides, generator=torch.Generator().manual_seed(3))
    images = 2 * images - 1 if published.network.normalised else images
    expected = forward(tensors, images, **options)
    with torch.no_grad():
        made = published.filled().eval()(images)
    assert expected.std() > 0.01
    torch.testing.assert_close(made, expected, rtol=0, atol=1e-5 * max(1.0, expected.abs().max().item()))


@pytest.mark.parametrize("case", CASES)
def test_written_and_read_again_it_is_the_same_bit_for_bit(case, tmp_path):
    _, make, _, options, _ = CASES[case]
    tensors = make(**options)
    network = published_generator(saved(tmp_path, tensors)).build()
    network.load_state_dict(network.own_names(tensors))
    written = network.published_names(network.state_dict())
    assert written.keys() >= tensors.keys()
    assert all(torch.equal(tensor, written[name]) for name, tensor in tensors.items())
    beyond = {name.rpartition(".")[2] for name in written.keys() - tensors.keys()}
    assert beyond <= {"relative_position_index", "attn_mask", "num_batches_tracked"}  # no weights
    again = published_generator(saved(tmp_path, {"params_ema": written}, "again.pth")).tensors
    own = network.state_dict()
    assert again.keys() == own.keys()
    assert all(torch.equal(tensor, own[name]) for name, tensor in again.items())


def test_the_architecture_is_read_off(tmp_path):
    def read(tensors):
        published = published_generator(saved(tmp_path, tensors))
        return {**published.architecture, "scale": published.scale, "channels": published.in_channels}

    assert read(files.rrdb(2, width=5, growth=3, blocks=3, channels=1)) == {
        "width": 5, "growth": 3, "blocks": 3, "scale": 2, "channels": 1,
    }  # fmt: skip
    assert read(files.rrdb(2, fold=False)) == {
        "width": 4, "growth": 2, "blocks": 2, "scale": 2, "channels": 3, "fold": False,
    }  # fmt: skip
    assert read(files.msrresnet(3, width=5, blocks=4)) == {"width": 5, "blocks": 4, "scale": 3, "channels": 3}
    assert read(files.swinir("pixel_shuffle", 4, embed=9, heads=3, window=5, layers=3, blocks=2, channels=1)) == {
        "embed": 9, "heads": 3, "window": 5, "layers": 3, "blocks": 2, "mlp_ratio": 2.0, "fusion": 1, "width": 4,
        "upsample": "pixel_shuffle", "scale": 4, "channels": 1,
    }  # fmt: skip
    assert read(files.unet("instance", width=3, depth=7, channels=4)) == {
        "width": 3, "depth": 7, "norm": "instance", "scale": 1, "channels": 4,
    }  # fmt: skip
    assert read(files.resnet("batch", width=3, blocks=6)) == {
        "width": 3, "blocks": 6, "norm": "batch", "scale": 1, "channels": 3,
    }  # fmt: skip


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(tensor, other[name]) for name, tensor in one.items())


@pytest.mark.parametrize("side", [48, 64])
def test_masks_are_written_for_the_sources_of_the_original_s_training(tmp_path, side):
    network = published_generator(saved(tmp_path, files.swinir())).build(trained_on=side)
    written = network.published_names(network.state_dict())
    masks = [tensor for name, tensor in written.items() if name.endswith("attn_mask")]
    window = network.multiple
    windows = (-(-side // window)) ** 2
    assert {tuple(mask.shape) for mask in masks} == {(windows, window**2, window**2)}
    again = published_generator(saved(tmp_path, {"params": written}, "again.pth"))
    assert again.architecture["trained_on"] == side + -side % window


def test_the_ways_in_which_a_file_holds_its_tensors(tmp_path):
    tensors = files.rrdb()
    plain = published_generator(saved(tmp_path, tensors)).tensors
    averaged = {name: tensor + 1 for name, tensor in tensors.items()}
    both = published_generator(saved(tmp_path, {"params": averaged, "params_ema": tensors}, "both.pth")).tensors
    former = published_generator(saved(tmp_path, files.first_release(tensors), "former.pth")).tensors
    later = published_generator(saved(tmp_path, files.second_release(tensors), "later.pth")).tensors
    wrapped = {f"module.{name}": tensor for name, tensor in tensors.items()}
    parallel = published_generator(saved(tmp_path, wrapped, "parallel.pth")).tensors
    save_file(tensors, tmp_path / "weights.safetensors")
    safe = published_generator(str(tmp_path / "weights.safetensors")).tensors
    assert all(same(plain, other) for other in (both, former, later, parallel, safe))
    once = files.rrdb(2, fold=False)
    forms = [files.second_release(once), once]
    read = [published_generator(saved(tmp_path, tensors, f"once{number}.pth")) for number, tensors in enumerate(forms)]
    assert all(one.scale == 2 and one.architecture["fold"] is False for one in read)
    assert same(read[0].tensors, read[1].tensors)


def test_running_statistics_of_instance_norm_are_not_read(tmp_path):
    tensors = files.resnet(statistics=True)
    plain = {name: tensor for name, tensor in tensors.items() if "running" not in name}
    assert len(plain) < len(tensors)
    one = published_generator(saved(tmp_path, tensors, "with.pth")).tensors
    assert same(one, published_generator(saved(tmp_path, plain, "without.pth")).tensors)


# What is no such file ----------------------------------------------------------------------------------------------


def refused(file):
    """The one line that a file is refused with."""
    with pytest.raises(BadInput) as caught:
        published_generator(str(file), "--weights ")
    assert len(caught.value.problems) == 1
    assert "\n" not in caught.value.problems[0]
    return caught.value.problems[0]


def test_weights_of_another_architecture(tmp_path):
    message = refused(saved(tmp_path, torch.nn.Linear(3, 2).state_dict()))
    assert "not the weights of a generator that is known here (RRDBNet" in message
    assert "SwinIR" in message
    assert message.endswith("its tensors are weight [2, 3], bias [2].")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda tensors: tensors.pop("conv_hr.weight"), "conv_hr.weight is missing"),
        (lambda tensors: tensors.pop("body.1.rdb2.conv3.weight"), "body.1.rdb2.conv3.weight is missing"),
        (
            lambda tensors: tensors.update({"body.0.rdb3.conv1.bias": torch.ones(7)}),
            "body.0.rdb3.conv1.bias is [7], not [2]",
        ),
        (lambda tensors: tensors.update(mask=torch.ones(2)), "mask is too much"),
        (
            lambda tensors: tensors.update({"conv_body.bias": torch.ones(7)}),
            "conv_body.bias is [7], not [4]",
        ),
    ],
)
def test_a_file_with_other_tensors(tmp_path, change, said):
    tensors = files.rrdb()
    change(tensors)
    message = refused(saved(tmp_path, tensors))
    assert "looks like RRDBNet of ESRGAN and Real-ESRGAN and is not: " in message
    assert said in message


def test_sizes_that_no_such_network_has_are_told_with_the_file(tmp_path):
    tensors = files.msrresnet(2)
    width = tensors["conv_first.weight"].shape[0]
    tensors["upconv1.weight"], tensors["upconv1.bias"] = torch.zeros(width, width, 3, 3), torch.zeros(width)
    message = refused(saved(tmp_path, tensors, "mine.pth"))
    assert "mine.pth: " in message
    assert "MSRResNet" in message


def test_real_esrgan_of_scale_1_is_not_taken_for_x4(tmp_path):
    tensors = files.rrdb() | {"conv_first.weight": torch.zeros(4, 48, 3, 3)}
    assert "not the weights of a generator" in refused(saved(tmp_path, tensors))


def test_compact_networks_and_those_that_do_not_enlarge_are_refused(tmp_path):
    """As docs/lecture.md says of SRVGG (realesr-general-x4v3) and of SwinIR for noise and JPEG."""
    srvgg = {name: shape for place in range(0, 5, 2) for name, shape in files.conv(f"body.{place}", 8, 8).items()}
    srvgg |= {f"body.{place}.weight": (8,) for place in (1, 3)}
    denoising = {name: tensor for name, tensor in files.swinir().items() if not name.startswith("upsample")}
    denoising |= files.drawn(files.conv("conv_last", 6, 3))
    for tensors in (files.drawn(srvgg), denoising):
        assert "not the weights of a generator that is known here" in refused(saved(tmp_path, {"params": tensors}))


def test_a_block_is_missing(tmp_path):
    tensors = {name: tensor for name, tensor in files.rrdb(blocks=3).items() if not name.startswith("body.1.")}
    assert "not the weights of a generator" in refused(saved(tmp_path, tensors))


def test_no_file(tmp_path):
    saved(tmp_path, files.rrdb(), "RealESRGAN_x4plus.pth")
    message = refused(tmp_path / "RealESRGAN_x4pluss.pth")
    assert "no file" in message
    assert "Did you mean 'RealESRGAN_x4plus.pth'" in message


def test_a_folder_and_a_link_to_nowhere(tmp_path):
    (tmp_path / "net.pth").mkdir()
    assert "net.pth: a folder; give a file" in refused(tmp_path / "net.pth")
    (tmp_path / "link.pth").symlink_to("gone.pth")
    assert "a link to gone.pth, which is not there" in refused(tmp_path / "link.pth")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite(tmp_path, value):
    tensors = files.rrdb()
    tensors["conv_first.weight"][0, 0, 0, 0] = value
    saved(tmp_path, tensors, "net.pth")
    assert "not finite: conv_first.weight" in refused(tmp_path / "net.pth")


@pytest.mark.parametrize(
    ("content", "end"),
    [
        (b"", "net.pth is empty; fetch it again"),
        (b"hi there", "fetch it again"),
        (b"<html>Not found</html>", "(on GitHub: Download raw file)"),
    ],
)
def test_what_is_no_file_of_weights_is_refused_without_an_error_of_pickle(tmp_path, content, end):
    (tmp_path / "net.pth").write_bytes(content)
    assert refused(tmp_path / "net.pth").endswith(end)


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_a_truncated_file(tmp_path, suffix):
    whole = tmp_path / f"whole.{suffix}"
    if suffix == "pth":
        torch.save(files.rrdb(), whole)
    else:
        save_file(files.rrdb(), whole)
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(whole.read_bytes()[:3000])
    assert "truncated?" in refused(cut)


class Runs:
    """Unpickled, it would write a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


@pytest.mark.parametrize("legacy", [False, True])
def test_a_file_that_would_run_code(tmp_path, legacy):
    content = {"params": files.rrdb(), "more": Runs(str(tmp_path / "trace"))}
    if legacy:
        (tmp_path / "bad.pth").write_bytes(pickle.dumps(content))
    else:
        saved(tmp_path, content, "bad.pth")
    message = refused(tmp_path / "bad.pth")
    assert "refused: loading it could run code" in message
    assert not (tmp_path / "trace").exists()
