"""The generator as ONNX says what torch says, for any batch size; a difference is seen."""

import json

import pytest
import torch

from artesano import cli
from artesano.errors import BadInput
from artesano.kinds.gan import export as export_gan
from artesano.kinds.gan.load import load_gan
from artesano.kinds.onnx import TOLERANCE

pytestmark = pytest.mark.slow

onnxruntime = pytest.importorskip("onnxruntime")


@pytest.mark.parametrize("name", ["dcgan", "cdcgan", "infogan"])
def test_command_exports_and_compares(gan_runs, tmp_path, capsys, name):
    folder = gan_runs(name)
    assert cli.main(["export", str(folder), "-o", str(tmp_path)]) == 0
    assert "largest difference" in capsys.readouterr().out
    gan, about = load_gan(folder), json.loads((tmp_path / "model.json").read_text())
    assert about["classes"] == (gan.classes if gan.conditional else [])
    assert about["latent"]["dim"] == gan.latent.dim
    assert about["pixel_range"] == {"black": -1, "white": 1}
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    assert [given.name for given in session.get_inputs()] == (["z", "labels"] if gan.conditional else ["z"])
    inputs = export_gan.inputs_of(gan, 7)
    images = session.run(["images"], {key: value.numpy() for key, value in inputs.items()})[0]
    with torch.no_grad():
        expected = gan.generator.cpu()(*inputs.values())
    torch.testing.assert_close(torch.from_numpy(images), expected, rtol=0, atol=TOLERANCE)


def test_another_generator_is_not_close(gan_runs, tmp_path):
    gan = load_gan(gan_runs("dcgan"))
    path = export_gan.export_generator(gan, tmp_path)
    assert export_gan.difference(gan, path) <= TOLERANCE
    weights = list(gan.generator.parameters())
    with torch.no_grad():
        weights[0].mul_(1.5)
    assert export_gan.difference(gan, path) > TOLERANCE
    with torch.no_grad():
        weights[0].fill_(float("nan"))
    assert not export_gan.difference(gan, path) <= TOLERANCE


def test_a_generator_that_is_random_in_itself_is_refused(gan_runs, tmp_path):
    gan = load_gan(gan_runs("dcgan", "hacks.generator_dropout=0.5", "hacks.dropout_at_test=true"))
    with pytest.raises(BadInput, match="dropout_at_test"):
        export_gan.export_generator(gan, tmp_path)


def test_images_are_of_no_use(gan_runs, capsys):
    assert cli.main(["export", str(gan_runs("dcgan")), "photos/"]) == 2
    assert "not used here" in capsys.readouterr().err
