"""One reader: which file is meant, which weights are taken, and what is refused."""

import pytest
import torch
from safetensors.torch import save_file

from artesano.errors import BadInput
from artesano.runs.checkpoint import (
    checkpoint_path,
    phases,
    read_checkpoint,
    read_file,
    saved_step,
)
from artesano.training.fingerprint import fingerprint

TRAINED = {"network.a": torch.tensor(1.0), "network.b": torch.tensor([2.0, 3.0])}
AVERAGED = {"ema.module.a": torch.tensor(10.0), "ema.module.b": torch.tensor([20.0, 30.0])}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    return tmp_path


def save(folder, name, tensors, **more):
    torch.save({"state_dict": tensors, **more}, folder / "checkpoints" / name)


def test_averaged_weights_are_taken_and_raw_ones_by_name(folder):
    save(folder, "best.ckpt", TRAINED | AVERAGED)
    saved = read_checkpoint(folder)
    assert saved.averaged
    assert saved.weights("network.") == {"a": 10.0, "b": pytest.approx(saved.tensors["ema.module.b"])}
    assert saved.shipped(["network."]).keys() == AVERAGED.keys()
    raw = read_checkpoint(folder, "raw")
    assert not raw.averaged
    assert raw.weights("network.")["a"] == 1
    assert raw.weights("network.other.") == {}


def test_without_an_average_the_trained_weights_are_taken(folder):
    save(folder, "best.ckpt", TRAINED | {"optimizer.x": torch.tensor(0)})
    saved = read_checkpoint(folder)
    assert not saved.averaged
    assert saved.weights("network.", "inner.")["a"] == 1
    assert saved.shipped(["network.b"]).keys() == {"network.b"}
    assert read_checkpoint(folder, "raw").weights("network.")["a"] == 1


def test_which_file_is_meant(folder):
    home = folder / "checkpoints"
    with pytest.raises(BadInput, match="ended before its first validation"):
        checkpoint_path(folder)
    save(folder, "last.ckpt", TRAINED)
    with pytest.raises(BadInput, match="--which last"):
        checkpoint_path(folder)
    save(folder, "best.ckpt", TRAINED)
    save(folder, "pixel_best.ckpt", TRAINED)
    assert phases(folder) == ["pixel"]
    names = {"best": "best", "raw": "best", "last": "last", "pixel": "pixel_best"}
    assert {which: checkpoint_path(folder, which) for which in names} == {
        which: home / f"{name}.ckpt" for which, name in names.items()
    }
    with pytest.raises(BadInput, match=r"there are best, raw, last, pixel\..*'pixel'"):
        checkpoint_path(folder, "pixl")


def test_the_folder_of_a_bundle_has_the_best_weights_alone(folder):
    save_file(AVERAGED, folder / "checkpoints" / "best.safetensors")
    assert read_checkpoint(folder).weights("network.")["a"] == 10
    with pytest.raises(BadInput, match="holds the averaged weights only"):
        read_checkpoint(folder, "raw")
    with pytest.raises(BadInput, match="holds the best checkpoint only"):
        read_checkpoint(folder, "last")


def test_a_fingerprint_is_of_names_shapes_and_values():
    one = fingerprint(TRAINED)
    assert fingerprint(dict(reversed(TRAINED.items()))) == one
    changes = [
        {"network.a": torch.tensor(1.5)},
        {"network.b": torch.tensor([[2.0, 3.0]])},
        {"network.c": torch.zeros(1)},
    ]
    assert len({one, *(fingerprint(TRAINED | change) for change in changes)}) == 4
    assert fingerprint({"x": torch.zeros(2, dtype=torch.bfloat16)}) != fingerprint({"x": torch.zeros(2)})


def test_the_step_of_a_checkpoint(folder):
    save(folder, "last.ckpt", TRAINED, step=7)
    path = folder / "checkpoints" / "last.ckpt"
    assert saved_step(path) == 7
    save(folder, "last.ckpt", TRAINED)
    with pytest.raises(BadInput, match="not a checkpoint of Artesano"):
        saved_step(path)
    path.write_bytes(path.read_bytes()[:100])
    for read in (saved_step, read_file):
        with pytest.raises(BadInput, match="truncated"):
            read(path)
