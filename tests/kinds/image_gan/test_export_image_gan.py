"""A generator from images as ONNX says what torch says, at any height and width."""

import json

import pytest
import torch

from artesano import cli
from artesano.errors import BadInput
from artesano.kinds.image_gan import export as export_image_gan
from artesano.kinds.image_gan.load import load_image_gan
from artesano.kinds.onnx import TOLERANCE

pytestmark = pytest.mark.slow

onnxruntime = pytest.importorskip("onnxruntime")
NETS = {
    "srresnet": {"scale": 2},
    "unet": {
        "options": {"width": 4, "depth": 2, "conditioning": "concat"},
        "image_to_image": "inpainting",
        "in_channels": 4,
        "classes": ["a", "b"],
        "conditional": True,
    },
}


@pytest.mark.parametrize("name", NETS)
def test_command_exports_and_compares(image_run, tmp_path, capsys, name):
    folder, generator = image_run(name, **NETS[name])
    assert cli.main(["export", str(folder), "-o", str(tmp_path / "out")]) == 0
    assert "largest difference" in capsys.readouterr().out
    about = json.loads((tmp_path / "out" / "model.json").read_text())
    assert about["pixel_range"] == {"black": -1, "white": 1}
    assert about["scale"] == generator.scale
    assert about["classes"] == NETS[name].get("classes", [])
    gan, multiple = load_image_gan(folder), about["multiple"]
    session = onnxruntime.InferenceSession(str(tmp_path / "out" / "model.onnx"))
    for count, height, width in ((1, 4, 31), (2, 13, 5)):
        inputs = export_image_gan.inputs_of(gan, count, multiple * height, multiple * width)
        images = session.run(["images"], {key: value.numpy() for key, value in inputs.items()})[0]
        with torch.no_grad():
            expected = generator(*inputs.values())
        torch.testing.assert_close(torch.from_numpy(images), expected, rtol=0, atol=TOLERANCE)


def test_another_generator_is_not_close(image_run, tmp_path):
    gan = load_image_gan(image_run("srresnet", scale=2)[0])
    path = export_image_gan.export_generator(gan, tmp_path)
    assert export_image_gan.difference(gan, path) <= TOLERANCE
    with torch.no_grad():
        next(gan.generator.parameters()).mul_(1.5)
    assert export_image_gan.difference(gan, path) > TOLERANCE


def test_what_cannot_be_exported(image_run, tmp_path, capsys):
    folder, _ = image_run("unet", options={"width": 4, "depth": 3, "dropout": 0.5, "dropout_at_test": True})
    with pytest.raises(BadInput, match="dropout_at_test"):
        export_image_gan.export_generator(load_image_gan(folder), tmp_path)
    assert cli.main(["export", str(folder), "photos/"]) == 2
    assert "not used here" in capsys.readouterr().err
