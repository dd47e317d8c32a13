"""A run read from its folder is the network that was trained, and nothing of a stranger's folder runs code."""

import pickle

import pytest
import torch

from artesano.config.targets import load_plain
from artesano.errors import BadInput
from artesano.kinds.transfer.load import load, load_backbone
from artesano.runs import record


def test_loaded_logits_are_the_networks_own(run):
    folder, network = run
    loaded = load(folder)
    images = torch.randint(0, 256, (5, 3, 64, 64), dtype=torch.uint8)
    with torch.no_grad():
        expected = network(loaded.preprocessing.normalise(images))
    torch.testing.assert_close(loaded(images), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(network.head(loaded.features_of(images)), expected, rtol=1e-4, atol=1e-5)
    assert loaded.classes == record.read(folder)["model"]["classes"]
    assert not loaded.network.training


def test_averaged_weights_win(tmp_path, photos, write_run):
    network = write_run(tmp_path / "run", photos, ema=True)
    loaded = load(tmp_path / "run").network
    torch.testing.assert_close(loaded.head.linear.weight.cpu(), network.head.linear.weight * 1.01)


def test_forbidden_target_is_refused(run, tmp_path):
    folder, _ = run
    config = load_plain(folder / "config.yaml") | {
        "optimizer": {"_target_": "os.system", "command": f"touch {tmp_path}/ran"}
    }
    record.write_config(folder, config)
    with pytest.raises(BadInput, match=r"os\.system"):
        load(folder)
    (folder / "config.yaml").unlink()
    model = record.read(folder)["model"] | {"head": {"_target_": "subprocess.run", "_partial_": True}}
    record.update(folder, model=model)
    with pytest.raises(BadInput, match=r"subprocess\.run"):
        load(folder)
    assert not (tmp_path / "ran").exists()


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('code ran')",)


def test_checkpoint_that_runs_code_or_is_cut_short_is_refused(run):
    folder, _ = run
    path = folder / "checkpoints" / "best.ckpt"
    content = path.read_bytes()
    path.write_bytes(pickle.dumps({"state_dict": Bomb()}))
    with pytest.raises(BadInput, match="refused"):
        load(folder)
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match="truncated"):
        load(folder)
    path.unlink()
    with pytest.raises(BadInput, match="no such checkpoint"):
        load(folder)


def test_other_task_no_network_and_wrong_shapes_are_told(run):
    folder, _ = run
    model = record.read(folder)["model"]
    record.update(folder, model=model | {"classes": ["a", "b"]})
    with pytest.raises(BadInput, match=r"does not fit.*\n?.*head"):
        load(folder)
    record.update(folder, model={}, status="failed")
    with pytest.raises(BadInput, match="before its network was built"):
        load(folder)
    record.update(folder, task="gan", model=model)
    with pytest.raises(BadInput, match="task=gan"):
        load(folder)


def test_lite0_comes_with_imagenets_labels():
    loaded = load_backbone("tf_efficientnet_lite0", classifier=True)
    assert len(loaded.classes) == 1000
    assert "tabby" in loaded.classes[281]
    assert loaded.preprocessing.size == 224
    assert load_backbone("tf_efficientnet_lite0", classifier=False).classes == []
