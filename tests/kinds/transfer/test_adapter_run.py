"""A run of strategy=adapter, used: export equals predict, another run does not start from it."""

import pytest
import torch

import artesano
from artesano.backbones.create import check_weights
from artesano.backbones.weights import Weights
from artesano.errors import BadInput
from artesano.kinds.transfer import export
from artesano.kinds.transfer.interpolate import starting_point
from artesano.kinds.transfer.load import load
from artesano.runs import record

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def adapted(project, tmp_path_factory):
    """The folders of a run on a convolutional net and of one on a transformer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTESANO_OUTPUTS", str(tmp_path_factory.mktemp("outputs")))
        words = ["data=folder", f"data.root={project / 'images'}", "data.batch_size=8", "image_size=32", "max_steps=3"]
        words += ["weights.source=none", "strategy=adapter", "strategy.width=2", "optimizer.lr=0.05", "ema=0.5"]
        words += ["logger.wandb.mode=disabled", "trainer=cpu"]
        return [artesano.train(*words, f"backbone={name}").folder for name in ("test_resnet", "test_vit")]


def test_what_learned_is_recorded_and_used(adapted):
    for folder in adapted:
        known = record.read(folder)
        loaded = load(folder)
        learning = [p for name, p in loaded.network.named_parameters() if ".adapter." in name or "head." in name]
        assert known["parameters"]["trainable"] == sum(parameter.numel() for parameter in learning)
        images = torch.randint(0, 255, (4, 3, 32, 32), dtype=torch.uint8)
        before = loaded(images)
        with torch.no_grad():
            for name, parameter in loaded.network.named_parameters():
                if ".adapter.up." in name:
                    parameter.zero_()
        assert not torch.allclose(loaded(images), before, atol=1e-4)


def test_export_equals_predict(adapted, tmp_path):
    pytest.importorskip("onnxruntime")
    for number, folder in enumerate(adapted):
        loaded = load(folder)
        path = export.export(loaded, tmp_path / f"{number}")
        assert export.compare(loaded, path).difference <= 1e-5


def test_it_is_no_start_of_another_run(adapted):
    with pytest.raises(BadInput, match="strategy=adapter: its adapters are no part of another network"):
        check_weights("test_resnet", Weights("run", run=str(adapted[0])))
    loaded = load(adapted[0])
    with pytest.raises(BadInput, match="adapter left the backbone as it was"):
        starting_point(loaded)
