"""Arguments of Lightning's trainer for several devices: DDP's setting, Slurm, synchronised batch norm."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.plugins import LayerSync
from pytorch_lightning.plugins.environments import SLURMEnvironment
from timm.layers import convert_sync_batchnorm
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from artesano.experiment.ranks import started

UNUSED_ALLOWED = "ddp_find_unused_parameters_true"
SILENT: dict[str, Any] = dict.fromkeys(
    ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False
)
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def engine(options: dict[str, Any]) -> dict[str, Any]:
    """The user's arguments of the trainer, fitted to the machines.

    Frozen parameters, and the other network of a GAN, get no gradient in a backward pass, so DDP must look for them. On
    several GPUs batch norm sees the whole batch, as on one, unless `sync_batchnorm` is false. Slurm may not requeue
    the job: the same command would begin a new run instead of resuming this one.
    """
    arguments = options | started()
    plugins: list[Any] = [SLURMEnvironment(auto_requeue=False)] if SLURMEnvironment.detect() else []
    synced = arguments.pop("sync_batchnorm", None)
    trainer = pl.Trainer(**arguments, **SILENT)
    if arguments["strategy"] == "ddp" or (arguments["strategy"] == "auto" and trainer.world_size > 1):
        arguments["strategy"] = UNUSED_ALLOWED
    if trainer.world_size > 1 and trainer.strategy.root_device.type != "cpu" and synced is not False:
        plugins.append(SyncedBatchNorm())
    return arguments | ({"plugins": plugins} if plugins else {})


class SyncedBatchNorm(LayerSync):
    """Batch norm over the batches of all devices.

    Lightning's own would turn timm's layers of norm and activation into norms alone, and with them the network into
    another one.
    """

    def __init__(self) -> None:
        self.replaced: dict[str, _BatchNorm] = {}

    def apply(self, model: nn.Module) -> nn.Module:
        self.replaced = {name: part for name, part in model.named_modules() if isinstance(part, _BatchNorm)}
        return convert_sync_batchnorm(model)

    def revert(self, model: nn.Module) -> nn.Module:
        """The layers that were there before, with the statistics gathered since."""
        for name, layer in self.replaced.items():
            synced = model.get_submodule(name)
            for statistic in STATISTICS:
                setattr(layer, statistic, getattr(synced, statistic))
            model.set_submodule(name, layer.train(synced.training))
        return model
