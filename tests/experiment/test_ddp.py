"""Two processes of one machine (gloo) train what one process trains, stop together, and keep one record."""

import signal
import socket
from pathlib import Path

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

from artesano.cli import main
from artesano.config.contradictions import contradictions
from artesano.data.order import Order
from artesano.runs import record
from artesano.runs.find import find_run
from artesano.runs.metrics import read_rows
from fresh import Command, start

pytestmark = pytest.mark.e2e

COMMON = "data.batch_size=16 max_steps=20 eval_every=10 log_every=1 logger.wandb.mode=disabled"
VIT = "task=transfer backbone=test_vit weights.source=none image_size=32 data.shots=8 data.augment=none"
VIT += " data.val_fraction=0.02 data.test_fraction=0.02"
GAN = "task=gan image_size=16 generator.width=8 discriminator.width=8 evaluation=none data.fraction=0.1"
RANK = str(Path(__file__).parents[1] / "rank.py")
TWO = "trainer=ddp trainer.accelerator=cpu trainer.devices=2"


def by_torchrun(*words):
    """With ranks that are forked: cold ones would import for twenty seconds."""
    forked = ["--standalone", "--nproc-per-node=2", "--start-method=fork", "--run-path", RANK]
    Command(*forked, *words, module="torch.distributed.run").ended()


def by_slurm(*words):
    """The environment that srun gives."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    srun = {"SLURM_NTASKS": "2", "SLURM_NNODES": "1", "SLURM_JOB_ID": "7", "SLURM_JOB_NAME": "train"}
    srun |= {
        "SLURM_NTASKS_PER_NODE": "2",
        "SLURM_NODELIST": "127.0.0.1",
        "SLURM_NODEID": "0",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
    }
    for process in [start(*words, **srun, SLURM_PROCID=rank, SLURM_LOCALID=rank) for rank in "01"]:
        process.ended()


CASES = {
    "frozen, cached features": (by_slurm, f"{VIT} strategy=freeze"),
    "fine-tuned": (by_slurm, f"{VIT} strategy=full optimizer.lr=0.0001"),
    "spectral norm, two critic steps": (
        by_torchrun,
        f"{GAN} hacks.generator_norm=none hacks.discriminator_norm=spectral critic_steps=2",
    ),
}


def final(run):
    return torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)


def assert_equal(one, two):
    one, two = final(one)["state_dict"], final(two)["state_dict"]
    for name, tensor in one.items():
        if name != "recent":  # a process remembers the losses of its own share
            torch.testing.assert_close(two[name], tensor, rtol=0, atol=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_two_processes_equal_one(case, outputs):
    launch, words = CASES[case]
    assert main(["train", *f"{words} {COMMON} trainer=cpu".split()]) == 0
    one = find_run("last")
    launch("train", *f"{words} {COMMON} trainer=cpu".split())
    two = find_run("last")
    assert len(list(one.parent.glob("0*"))) == 2
    assert_equal(one, two)
    rows = [{row[:2]: row[2] for row in read_rows(run / "metrics.csv")} for run in (one, two)]
    assert list(rows[0]) == list(rows[1])  # the second process logs nothing
    losses = [key for key in rows[0] if key[1].startswith("train/")]
    assert [rows[1][key] for key in losses] == pytest.approx([rows[0][key] for key in losses], abs=1e-3)
    assert record.read(two)["device"]["devices"] == 2


def test_batch_norm_of_shares_is_a_game_in_balance(outputs):
    by_slurm("train", *f"{GAN} {COMMON} health.every=2 trainer=cpu".split())
    known = record.read(find_run("last"))
    assert (known["status"], known["health"]["verdict"]) == ("finished", "game in balance")


def test_a_signal_to_the_first_stops_both_and_the_run_goes_on(outputs):
    """Lightning itself starts the second process here, and srun those that go on."""
    words = f"{VIT} strategy=full {COMMON} optimizer.lr=0.0001 max_steps=60 eval_every=60 checkpoint_every=5"
    process = start("train", *words.split(), *TWO.split())
    assert process.stopped_after(5, outputs / "transfer", signal.SIGTERM) == 143
    run = find_run("last")
    assert record.read(run)["status"] == "interrupted"
    assert 5 <= final(run)["step"] < 60
    by_slurm("resume", str(run))
    assert final(run)["step"] == 60
    assert main(["train", *f"{words} trainer=cpu".split()]) == 0
    assert_equal(find_run("last"), run)


def test_the_ranks_share_a_batch_without_overlap():
    labels = np.arange(96) % 3
    for parts in (1, 3):
        order = Order(labels, batch_size=24, balance=False, seed=0, whole=True, parts=parts)
        seen = []
        for k in range(order.steps_per_epoch):
            whole = order.batch(k)
            shares = [order.batch(k, rank, 2).reshape(parts, -1) for rank in (0, 1)]
            np.testing.assert_array_equal(np.concatenate(shares, axis=1).ravel(), whole)
            seen.extend(whole)
        assert sorted(seen) == list(range(96))  # each image once an epoch


def test_fsdp_is_for_one_network():
    strategy = {"trainer.strategy": "fsdp"}
    assert "give trainer=ddp" in contradictions_of({**strategy, "task": "gan"})
    assert "give ema=null" in contradictions_of({**strategy, "task": "transfer", "ema": 0.99})
    assert contradictions_of({**strategy, "task": "transfer"}) == ""


def contradictions_of(given):
    return "\n".join(contradictions(given, OmegaConf.create({})))
