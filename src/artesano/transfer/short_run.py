"""Training without a trainer, logs or files: of a head on cached features it takes less than a second."""

from __future__ import annotations

from collections.abc import Iterable

from artesano.seeding import random_state_kept, seed_everything
from artesano.transfer.module import Batch, TransferModule


def short_run(module: TransferModule, batches: Iterable[Batch]) -> None:
    """Train the module from its step to `max_steps`, as a run would in float32 on one device.

    The state of all random generators is afterwards as it was.

    Args:
        module: on the device of the run.
        batches: the run's own, from the module's step on.
    """
    optimizer = module.configure_optimizers()
    module.train()
    with random_state_kept():
        for batch in batches:
            seed_everything(module.seed, "step", module.step, 0)
            factor = module.learning_rate_factor(module.step)
            for group in optimizer.param_groups:
                group["lr"] = group["base_lr"] * factor
            module.enter_stage()
            moved = type(batch)(*(tensor.to(module.device) for tensor in batch))
            losses = module.loss_terms(module.network, module.prepare(moved, module.step))
            optimizer.zero_grad()
            sum(losses.values()).backward()  # type: ignore[union-attr]
            optimizer.step()
            module.advance()
