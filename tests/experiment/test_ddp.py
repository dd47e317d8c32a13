"""Two processes of one machine (gloo) train what one process trains, from the same noise, and keep one log."""

import os
import subprocess
import sys

import pytest
import torch

from artesano.experiment import record
from artesano.experiment.metrics_rows import read_rows

COMMON = ["data.batch_size=16", "max_steps=20", "eval_every=10", "log_every=1", "logger.wandb.mode=disabled"]
TRANSFER = "backbone=test_vit weights.source=none strategy=full image_size=32 data.shots=8 data.augment=none"
GAN = "hacks.generator_norm=none hacks.discriminator_norm=none image_size=16 generator.width=8 discriminator.width=8"
WORDS = {
    "transfer": [*TRANSFER.split(), "optimizer.lr=0.0001"],
    "gan": [*GAN.split(), "evaluation=none", "data.fraction=0.1"],
}


@pytest.mark.parametrize("task", WORDS)
def test_two_processes_equal_one(task, outputs):
    runs = []
    for engine in (["trainer=cpu"], ["trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2"]):
        words = [sys.executable, "-m", "artesano", "train", f"task={task}", *WORDS[task], *COMMON, *engine]
        done = subprocess.run(words, env=os.environ, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
        runs.append(record.find("last"))
    one, two = (torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"] for run in runs)
    assert len(list(runs[0].parent.glob("0*"))) == 2
    for name, tensor in one.items():
        if name != "recent":  # a process remembers the losses of its own share
            torch.testing.assert_close(two[name], tensor, rtol=0, atol=1e-4)
    rows = [[(step, name) for step, name, _ in read_rows(run / "metrics.csv")] for run in runs]
    assert rows[0] == rows[1]  # the second process logs nothing
    assert record.read(runs[1])["device"]["devices"] == 2


def test_processes_of_torchrun_share_one_run(outputs):
    words = f"task=transfer {TRANSFER} max_steps=4 eval_every=4 logger.wandb.mode=disabled data.batch_size=8".split()
    engine = ["trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2"]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*launcher, "-m", "artesano", "train", *words, *engine]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-2000:]
    run = record.find("last")
    assert [found.name for found in run.parent.glob("0*")] == [run.name]
    assert record.read(run)["status"] == "finished"
    assert record.read(run)["device"]["devices"] == 2
