"""A short run trains as a run does, bit for bit, and leaves the random generators alone."""

import pytest
import pytorch_lightning as pl
import torch

from artesano.data.batches import Batches
from artesano.transfer.short_run import short_run
from artesano.transfer.strategies import Full, Gradual, LpFt, Partial

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("strategy", [Full(), Partial(groups=1), LpFt(), Gradual(norm_stats="pretrained")], ids=repr)
def test_it_equals_a_run_of_lightning(tools, strategy):
    batches, steps = tools.batches(6), 6
    by_hand, by_lightning = (
        tools.module(tools.classifier(drop_path_rate=0.3), strategy, max_steps=steps) for _ in "ab"
    )
    state = torch.get_rng_state()
    short_run(by_hand, batches)
    assert torch.equal(state, torch.get_rng_state())
    assert by_hand.step == steps
    trainer = pl.Trainer(
        accelerator="cpu",
        max_steps=-1,
        max_epochs=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(by_lightning, Batches(lambda: iter(batches), steps))
    for name, tensor in by_lightning.network.state_dict().items():
        assert torch.equal(tensor, by_hand.network.state_dict()[name]), name
