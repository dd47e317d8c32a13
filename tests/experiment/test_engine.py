import torch
from timm.layers import BatchNormAct2d
from torch import nn

from artesano.experiment import ranks
from artesano.experiment.engine import UNUSED_ALLOWED, SyncedBatchNorm, engine

ALONE = {"accelerator": "cpu", "devices": 1, "strategy": "auto", "precision": None}


def test_one_device_is_left_alone_and_several_look_for_unused_parameters():
    assert engine(ALONE) == ALONE
    assert engine(ALONE | {"devices": 2})["strategy"] == UNUSED_ALLOWED
    assert engine(ALONE | {"strategy": "ddp"})["strategy"] == UNUSED_ALLOWED  # a GAN on the one device that is there
    assert engine(ALONE | {"devices": 2, "strategy": "ddp_spawn"})["strategy"] == "ddp_spawn"


def test_what_torchrun_and_slurm_have_started(monkeypatch):
    assert ranks.started() == {}
    with monkeypatch.context() as torchrun:
        torchrun.setenv("TORCHELASTIC_RUN_ID", "1")
        torchrun.setenv("LOCAL_WORLD_SIZE", "4")
        torchrun.setenv("GROUP_WORLD_SIZE", "2")
        assert ranks.started() == {"devices": 4, "num_nodes": 2}
    for name, value in {"SLURM_NTASKS": "6", "SLURM_NNODES": "3", "SLURM_PROCID": "1"}.items():
        monkeypatch.setenv(name, value)
    assert ranks.started() == {"devices": 2, "num_nodes": 3}
    assert not ranks.is_main_process()
    assert not {"SLURM_NTASKS", "SLURM_PROCID"} & set(
        ranks.by_itself()
    )  # trials and jobs of a grid are runs of their own


def test_batch_norm_of_all_devices_keeps_timms_activations():
    network = nn.Sequential(BatchNormAct2d(3), nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)))
    network(torch.randn(8, 3, 4, 4))
    x, kinds = torch.randn(2, 3, 4, 4), [type(part) for part in network.modules()]
    before = network.eval()(x)
    synced = SyncedBatchNorm()
    changed = synced.apply(network)
    assert sum(isinstance(part, nn.SyncBatchNorm) for part in changed.modules()) == 2
    torch.testing.assert_close(changed(x), before)
    moved = torch.full((3,), 0.5)
    changed.get_submodule("1.1").running_mean = moved
    back = synced.revert(changed)
    assert [type(part) for part in back.modules()] == kinds
    assert back.get_submodule("1.1").running_mean is moved
    assert not any(part.training for part in back.modules())
