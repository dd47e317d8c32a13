"""A run that is killed right after a checkpoint, in this process."""

from contextlib import contextmanager

import pytest

from artesano.experiment.saving import Saver


@contextmanager
def killed_after(step):
    """What trains inside ends with an error once the checkpoint of this step is written."""
    honest = Saver.save

    def save(self, trainer, *names):
        honest(self, trainer, *names)
        if trainer.lightning_module.step == step:
            raise RuntimeError("killed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Saver, "save", save)
        with pytest.raises(RuntimeError, match="killed"):
            yield
