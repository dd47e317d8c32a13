"""The Lightning module of a change of domain: the source's labels, and a target without labels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from artesano.backbones.create import feature_dim
from artesano.data.batches import Batches, LabelledImages, SourceAndTarget
from artesano.data.loaders import Loaders
from artesano.data.unlabelled import UnlabelledLoaders
from artesano.errors import BadInput
from artesano.transfer.adaptation import Adaptation, Outputs
from artesano.transfer.module import TransferModule
from artesano.transfer.network import Classifier
from artesano.transfer.optimisation import ever_trainable, parameter_groups


class AdaptingModule(TransferModule):
    """Trains on the source's labels and, by a method of adaptation, on the target's images.

    Source and target go through the network as one batch, so a BatchNorm that normalises batches mixes both.

    Args:
        adaptation: its loss is added; its weights, if it has some, learn at the optimiser's rate.
        source: the images that are trained on.
        target: the target's images.
        options: of `TransferModule`.
    """

    def __init__(
        self,
        network: Classifier,
        *,
        adaptation: Adaptation,
        source: Loaders,
        target: UnlabelledLoaders,
        **options: Any,
    ):
        super().__init__(network, **options)
        adaptation.build(feature_dim(network.backbone), len(source.classes))
        self.adaptation, self.source, self.target = adaptation, source, target
        if self.strategy.norm_stats == "pretrained":
            self.keep_norm_stats()

    def keep_norm_stats(self) -> None:
        self.adaptation.begin(self.network)

    def configure_optimizers(self) -> Optimizer:
        own = list(self.adaptation.parameters())
        if not own:
            return super().configure_optimizers()
        rate, decay = self.optimizer.keywords["lr"], self.optimizer.keywords.get("weight_decay", 0.0)
        layout = parameter_groups(self.network, self.groups, self.strategy, rate, decay)
        return self.optimizer([*layout, {"params": own, "lr": rate, "base_lr": rate, "weight_decay": decay}])

    def beside(self, batches: Batches[Any], rank: int = 0, world: int = 1) -> Batches[Any]:
        if not self.adaptation.views:
            return batches
        target = self.target.train(lambda: self.step, self.max_steps, rank, world)
        return Batches(lambda: map(SourceAndTarget, batches, target), len(batches))

    def images_of_step(self, batch_size: int) -> int:
        return batch_size + self.adaptation.views * self.target.data.batch_size

    @property
    def settled(self) -> bool:
        return super().settled and self.adaptation.settled(self.step / self.max_steps)

    def facts_of_target(self) -> dict[str, Any]:
        facts = self.target.facts()
        return {"target": {"fingerprint": facts["fingerprint"], "images": facts["images"]}}

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        super().on_train_batch_start(batch, batch_idx)
        if self.keeps_statistics:
            self.adaptation.before_step(self.network)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        if not isinstance(batch, SourceAndTarget):  # the method looks at the target between the steps
            return super().training_step(batch, batch_idx)
        source = self.prepare(batch.source, self.step)
        target = self.target.views(batch.target, self.step, self.adaptation.views)
        of_source, of_target = self.outputs(source.images, target)
        progress = (self.step + 0.5) / self.max_steps
        with torch.autocast(self.device.type, enabled=False):  # differences of large numbers, in float32
            adapt, signs = self.adaptation.loss(of_source, of_target, progress)
        losses = {
            "loss": self.loss(of_source.logits, source.labels),
            **self.pull(self.network),
            "adapt": adapt,
        }
        self.record_losses(**losses, **signs)
        return torch.stack(list(losses.values())).sum()

    def outputs(self, source: Tensor, target: Tensor) -> tuple[Outputs, Outputs]:
        """Of prepared images, in one pass."""
        features = self.network.features(self.as_input(torch.cat([source, target])))
        logits = self.network.head(features)
        sizes = [len(source), len(target)]
        of_source, of_target = zip(features.float().split(sizes), logits.float().split(sizes), strict=True)
        return Outputs(*of_source), Outputs(*of_target)

    # Before an evaluation ----------------------------------------------------------------------------------------

    def on_validation_epoch_start(self) -> None:
        super().on_validation_epoch_start()
        # Layers whose turn comes later are trained with their running statistics until then.
        stage = None if self.stage is None else self.stages[self.stage].trainable
        learning = frozenset(ever_trainable(self.groups, self.strategy) if stage is None else stage)
        target, source = (partial(self.some_of, loaders) for loaders in (self.target, self.source))
        self.adaptation.before_evaluation(self.evaluated, learning, target, source if self.keeps_statistics else None)

    def some_of(self, loaders: Loaders, most: int) -> Iterator[Tensor]:
        """At most so many training images of a domain, in prepared batches."""
        for batch in loaders.some("train", most):
            moved = LabelledImages(*(tensor.to(self.device) for tensor in batch))
            yield self.as_input(loaders.prepare(moved, None).images)

    # Saving ------------------------------------------------------------------------------------------------------

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_save_checkpoint(checkpoint)
        checkpoint["target"] = self.target.listing.fingerprint

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_load_checkpoint(checkpoint)
        if checkpoint["target"] != self.target.listing.fingerprint:
            raise BadInput(
                f"adapt.data: {self.target.data.place()} is not what the run began with, so its batches cannot be made "
                "again; put the files back as they were, or train a new run."
            )
        if any(f"adaptation.{name}" not in checkpoint["state_dict"] for name in self.adaptation.state_dict()):
            raise BadInput(
                "adapt: the run was begun by an earlier version of the method, and its checkpoint lacks the statistics "
                "that training goes on with; train a new run."
            )
