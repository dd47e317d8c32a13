"""A generator read from its folder is the one that training measured; whatever is wrong with a folder is told."""

import pickle
import shutil

import pytest
import torch

from artesano.errors import BadInput
from artesano.kinds.gan.load import load_gan
from artesano.kinds.transfer.load import load
from artesano.runs import record


def test_best_is_the_average_and_raw_is_not(gan_runs):
    folder = gan_runs("cdcgan")
    tensors = torch.load(folder / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]
    averaged, raw = load_gan(folder), load_gan(folder, "raw")
    for name, value in averaged.generator.state_dict().items():
        assert torch.equal(value.cpu(), tensors[f"ema.module.{name}"])
        assert torch.equal(raw.generator.state_dict()[name].cpu(), tensors[f"network.generator.{name}"])
    assert (averaged.averaged, raw.averaged) == (True, False)
    assert not averaged.generator.training
    assert averaged.conditional
    assert averaged.shape == (3, 16, 16)


def test_a_run_without_average_gives_the_generator_itself(gan_runs):
    gan = load_gan(gan_runs("dcgan", "hacks.ema=null"))
    assert not gan.averaged


def test_each_task_is_sent_to_its_own_command(gan_runs, run):
    with pytest.raises(BadInput, match="artesano sample"):
        load(gan_runs("dcgan"))
    with pytest.raises(BadInput, match=r"task=transfer.*artesano predict"):
        load_gan(run[0])


def test_a_name_goes_before_an_index(gan_runs):
    gan = load_gan(gan_runs("cdcgan"))
    assert gan.classes == ["2", "x, y", "ñandú"]
    assert gan.label("2") == 0
    assert gan.label("1") == 1
    assert gan.label("ñandú") == 2
    with pytest.raises(BadInput, match=r"3: 2, x, y, ñandú \(or 0 to 2\).*'ñandú'"):
        gan.label("nandú")
    with pytest.raises(BadInput, match="no such class"):
        gan.label("3")
    with pytest.raises(BadInput, match="takes no labels"):
        load_gan(gan_runs("dcgan")).label("2")


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('code ran')",)


def test_spoilt_checkpoints_are_refused(gan_copy, gan_runs):
    folder = gan_copy("dcgan")
    path = folder / "checkpoints" / "best.ckpt"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(BadInput, match="truncated"):
        load_gan(folder)
    path.write_bytes(pickle.dumps({"state_dict": Bomb()}, protocol=2))
    with pytest.raises(BadInput, match="refused"):
        load_gan(folder)
    shutil.copy(gan_runs("cdcgan") / "checkpoints" / "best.ckpt", path)
    with pytest.raises(BadInput, match=r"does not fit the network that run\.json describes"):
        load_gan(folder)
    path.unlink()
    with pytest.raises(BadInput, match="--which last"):
        load_gan(folder)
    assert load_gan(folder, "last").shape == (3, 16, 16)
    (folder / "checkpoints" / "last.ckpt").unlink()
    with pytest.raises(BadInput, match="no such checkpoint"):
        load_gan(folder)


def test_forbidden_target_and_a_run_without_network_are_refused(gan_copy):
    folder = gan_copy("dcgan")
    model = record.read(folder)["model"]
    record.update(folder, model=model | {"generator": {"_target_": "subprocess.run", "_partial_": True}})
    with pytest.raises(BadInput, match=r"subprocess\.run"):
        load_gan(folder)
    record.update(folder, model={}, status="failed")
    with pytest.raises(BadInput, match="before its network was built"):
        load_gan(folder)
