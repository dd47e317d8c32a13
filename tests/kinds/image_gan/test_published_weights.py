"""`predict --weights` and `export --format`: published files in and out, beside runs."""

import shlex

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

import published_files as files
from artesano import cli
from artesano.gan.published import published_generator


@pytest.fixture
def photo(tmp_path):
    """A picture of 21 x 34 px and its pixels as a batch in [0, 1]."""
    pixels = np.random.default_rng(0).integers(0, 255, (21, 34, 3), dtype=np.uint8)
    (tmp_path / "in").mkdir()
    Image.fromarray(pixels).save(tmp_path / "in" / "a.png")
    return tmp_path / "in" / "a.png", torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255


def result(outputs, name):
    """Of a.png, by the only file of this name."""
    (made,) = outputs.glob(f"weights/{name}-*/predictions/a.png")
    return made


def test_a_picture_from_a_file_is_what_the_original_makes_of_it(photo, tmp_path, outputs, capsys):
    place, images = photo
    tensors = files.rrdb()
    made = files.rrdb_forward(tensors, images)
    share = 0.2 / made.std()  # a grey picture with some contrast
    tensors["conv_last.weight"] *= share
    tensors["conv_last.bias"] = 0.5 + share * (tensors["conv_last.bias"] - made.mean())
    torch.save({"params_ema": tensors}, tmp_path / "Net x4.pth")
    expected = files.rrdb_forward(tensors, images)[0].permute(1, 2, 0).clamp(0, 1).numpy() * 255
    assert 10 < expected.std() < 150
    for more in (["--tile", "500"], ["--tile", "12", "-o", str(tmp_path / "tiles")]):
        assert cli.main(["predict", "--weights", str(tmp_path / "Net x4.pth"), str(place), *more]) == 0
    made = np.asarray(Image.open(result(outputs, "net-x4")))
    assert made.shape == (84, 136, 3)
    assert np.abs(made - expected).max() <= 0.51
    assert (tmp_path / "tiles" / "a.png").is_file()
    assert "weights.source=file weights.file=" in capsys.readouterr().out
    assert not list(outputs.glob("gan/*"))  # no run


def test_a_translation_from_a_file(photo, tmp_path, outputs):
    place, images = photo
    tensors = files.resnet("batch")
    torch.save(tensors, tmp_path / "latest_net_G.pth")
    padded = torch.nn.functional.pad(images, (0, 2, 0, 3), mode="reflect")
    expected = (files.resnet_forward(tensors, 2 * padded - 1, "batch") + 1) / 2 * 255
    assert cli.main(["predict", "--weights", str(tmp_path / "latest_net_G.pth"), str(place), "--tile", "500"]) == 0
    made = np.asarray(Image.open(result(outputs, "latest_net_g")))
    assert np.abs(made - expected[0, :, :21, :34].permute(1, 2, 0).numpy()).max() <= 0.51


@pytest.mark.parametrize("name", ["a net.pth", "net.safetensors"])
def test_a_file_in_the_place_of_a_run_is_answered_with_the_command_that_works(photo, tmp_path, outputs, capsys, name):
    file = tmp_path / name
    save = save_file if name.endswith("safetensors") else torch.save
    save(files.resnet("batch"), file)
    assert cli.main(["predict", str(file), str(photo[0])]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    command = line[line.index("artesano predict") :]
    assert cli.main(shlex.split(command)[1:]) == 0
    assert list(outputs.glob("weights/*/predictions/a.png"))


def test_what_is_neither_a_run_nor_weights_is_answered_as_before(photo, tmp_path, outputs, capsys):
    (tmp_path / "cut.safetensors").write_bytes(b"\x10")
    for name in ("cut.safetensors", "none.pth", "in/a.png"):
        assert cli.main(["predict", str(tmp_path / name), str(photo[0])]) == 2
        assert "--weights" not in capsys.readouterr().err


def test_files_of_one_name_do_not_share_their_results(photo, tmp_path, outputs, capsys):
    horse, zebra = tmp_path / "horse" / "net.pth", tmp_path / "zebra" / "net.pth"
    for file, tensors in ((horse, files.msrresnet()), (zebra, files.rrdb()), (zebra, files.rrdb(blocks=1))):
        file.parent.mkdir(exist_ok=True)
        torch.save(tensors, file)
        assert cli.main(["predict", "--weights", str(file), str(photo[0])]) == 0
        assert "1 of 1 images written" in capsys.readouterr().out
    assert len(list(outputs.glob("weights/net-*/predictions/a.png"))) == 3


@pytest.mark.parametrize("more", [["--which", "last"], ["--direction", "b2a"]])
def test_options_of_runs_beside_a_file(photo, tmp_path, outputs, capsys, more):
    torch.save(files.msrresnet(), tmp_path / "net.pth")
    assert cli.main(["predict", "--weights", str(tmp_path / "net.pth"), str(photo[0]), *more]) == 2
    assert f"{' '.join(more)}: of a run" in capsys.readouterr().err


def test_without_a_picture_there_is_one_line(tmp_path, outputs, capsys):
    torch.save(files.msrresnet(), tmp_path / "net.pth")
    assert cli.main(["predict", "--weights", str(tmp_path / "net.pth")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "no images: give files" in said.err


def test_what_cannot_be_trained_on_in_colour_is_not_proposed(photo, tmp_path, outputs, capsys):
    torch.save(files.rrdb(channels=1), tmp_path / "grey.pth")
    assert cli.main(["predict", "--weights", str(tmp_path / "grey.pth"), str(photo[0])]) == 0
    said = capsys.readouterr().out
    assert "weights.source" not in said
    assert "Next:" not in said


def test_what_is_no_published_generator_ends_with_one_line_and_exit_code_2(photo, tmp_path, outputs, capsys):
    (tmp_path / "cut.pth").write_bytes(b"PK\x03\x04 cut short")
    torch.save({"layer.weight": torch.ones(2, 3)}, tmp_path / "other.pth")
    for name, said in (("cut", "truncated?"), ("other", "not the weights of a generator"), ("none", "no file")):
        assert cli.main(["predict", "--weights", str(tmp_path / f"{name}.pth"), str(photo[0])]) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1
        assert said in lines[0]
    assert not outputs.exists()


@pytest.mark.parametrize("kind", ["bundle", "checkpoint"])
def test_a_run_in_the_place_of_a_file_is_answered_with_what_takes_it(image_run, photo, tmp_path, outputs, capsys, kind):
    folder = image_run("srresnet", scale=2)[0]
    file = tmp_path / "x.safetensors" if kind == "bundle" else folder / "checkpoints" / "best.ckpt"
    if kind == "bundle":
        assert cli.main(["bundle", str(folder), "-o", str(file)]) == 0
    assert cli.main(["predict", "--weights", str(file), str(photo[0])]) == 2
    assert "artesano predict <run> <images>" in capsys.readouterr().err


def test_a_folder_of_results_that_cannot_be_made_is_told_before_the_work(photo, tmp_path, outputs, capsys):
    torch.save({"params": files.rrdb()}, tmp_path / "x.pth")
    outputs.mkdir(exist_ok=True)
    (outputs / "weights").write_text("in the way")
    assert cli.main(["predict", "--weights", str(tmp_path / "x.pth"), str(photo[0])]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_export_writes_what_reads_the_same(image_run, tmp_path, capsys):
    folder, network = image_run("rrdbnet", scale=4, options={"width": 4, "growth": 2, "blocks": 1})[:2]
    assert cli.main(["export", str(folder), "--format", "basicsr", "-o", str(tmp_path / "net_g.pth")]) == 0
    assert "the same weights" in capsys.readouterr().out
    names = torch.load(tmp_path / "net_g.pth", weights_only=True)
    (wrapper,) = names
    assert wrapper in ("params", "params_ema")
    assert "body.0.rdb3.conv5.bias" in names[wrapper]
    again, own = published_generator(str(tmp_path / "net_g.pth")).tensors, network.state_dict()
    assert all(torch.equal(tensor, own[name]) for name, tensor in again.items())
    assert cli.main(["export", str(folder), "--format", "pix2pix"]) == 2
    assert "give --format basicsr" in capsys.readouterr().err


def test_our_own_networks_are_no_other_programs(image_run, capsys):
    folder = image_run("srresnet", scale=2)[0]
    assert cli.main(["export", str(folder), "--format", "basicsr"]) == 2
    said = capsys.readouterr().err
    assert "generator=srresnet" in said
    assert "rrdbnet, msrresnet, swinir" in said
    assert not (folder / "export").exists()
