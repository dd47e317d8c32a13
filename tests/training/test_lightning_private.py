"""What we set in Lightning's inside is there and acts; where a new version moves it, the first test says so."""

import pytest
import pytorch_lightning as pl
import torch

from artesano.training import lightning_private
from artesano.training.module import StepModule
from artesano.training.schedules import Constant

QUIET = dict.fromkeys(("logger", "enable_progress_bar", "enable_model_summary"), False)


def trainer(**more):
    callbacks = [LastStep()]  # stands for our saver: without it Lightning would save by itself
    return pl.Trainer(
        accelerator="cpu", max_epochs=1, check_val_every_n_epoch=None, callbacks=callbacks, **QUIET, **more
    )


@pytest.mark.parametrize(
    ("path", "used_by"),
    [
        ("fit_loop.epoch_loop.batch_progress.total.ready", "count_from"),
        ("fit_loop.epoch_loop._batches_that_stepped", "count_from"),
        ("val_check_batch", "validate_after and validation_follows"),
    ],
)
def test_lightning_still_has_what_we_set(path, used_by):
    *parents, last = path.split(".")
    owner = trainer()
    for name in parents:
        owner = getattr(owner, name, None)
    assert hasattr(owner, last), (
        f"pytorch-lightning {pl.__version__} has no Trainer.{path}: {used_by} in "
        "src/artesano/training/lightning_private.py must set what has taken its place."
    )


class Validated(StepModule):
    """One number is learned; the steps at which Lightning validates are kept."""

    def __init__(self, step, max_steps):
        super().__init__(torch.nn.Linear(1, 1), seed=0, max_steps=max_steps, schedule=Constant())
        self.step, self.validated = step, []

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.network.parameters(), 0.1)
        optimizer.param_groups[0]["base_lr"] = 0.1
        return optimizer

    def training_step(self, batch, batch_idx):
        return self.network(batch).mean()

    def validation_step(self, batch, batch_idx):
        pass

    def evaluation_metrics(self):
        self.validated.append(self.step)
        return {}


class LastStep(pl.callbacks.Checkpoint):  # runs after the clock, as the saver does
    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        if module.step == module.max_steps:
            lightning_private.validate_after(trainer, module.step)
        module.due.append((module.step, lightning_private.validation_follows(trainer, module.step)))


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::pytorch_lightning.utilities.warnings.PossibleUserWarning")
@pytest.mark.parametrize(("start", "expected"), [(0, [3, 6, 8]), (4, [6, 8]), (6, [8])])
def test_a_resumed_fit_validates_when_a_straight_one_does_and_at_its_end(start, expected):
    module = Validated(start, max_steps=8)
    module.due = []
    batches = torch.utils.data.DataLoader(torch.zeros(8 - start, 1), batch_size=1)
    trainer(val_check_interval=3, num_sanity_val_steps=0).fit(module, batches, [0])
    assert module.validated == expected, f"pytorch-lightning {pl.__version__} counts batches in another way"
    assert [step for step, due in module.due if due] == expected
