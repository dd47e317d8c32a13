"""An experiment of transfer learning: its backbone, weights and data are checked, then built."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from artesano.backbones.create import check_backbone, check_weights, create_backbone, data_config, feature_dim
from artesano.backbones.weights import Weights, weights_fingerprint
from artesano.config.targets import instantiate
from artesano.data.dataset import ImageData
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.data.unlabelled import UnlabelledLoaders, unlabelled
from artesano.errors import BadInput, all_of
from artesano.kinds.one_image import batches_of
from artesano.kinds.transfer.advise import advise, expected, with_strategy
from artesano.kinds.transfer.gather import check_enough
from artesano.kinds.transfer.labelling import labelling_for
from artesano.kinds.transfer.options import PLAIN, TransferOptions
from artesano.kinds.transfer.target import check_target, labelled, method_and_target
from artesano.kinds.transfer.training import TransferTraining
from artesano.seeding import derive, seed_everything
from artesano.training.memory_format import memory_format
from artesano.transfer.adaptation import Adaptation
from artesano.transfer.adapting_module import AdaptingModule
from artesano.transfer.added_weights import Adapter, Lora
from artesano.transfer.cache import FeatureLoaders
from artesano.transfer.groups import ParameterGroups
from artesano.transfer.module import TransferModule
from artesano.transfer.network import Classifier
from artesano.transfer.norm_stats import batch_norms
from artesano.transfer.optimisation import ever_trainable
from artesano.transfer.strategies import Auto, Freeze, Strategy


class TransferExperiment:
    """See `artesano.kinds.kind.Experiment`."""

    def __init__(self, options: TransferOptions):
        self.options = options
        self.data = instantiate(options.data)
        self.strategy = instantiate(options.strategy)
        self.method, self.target = method_and_target(options.adapt)
        self.chosen: dict[str, str] = {}
        self.advice: list[dict[str, Any]] = []

    def default_name(self, choices: dict[str, str]) -> str:
        return f"{choices['data']}-{choices['strategy']}-{self.options.backbone.split('/')[-1]}"

    def check(self) -> None:
        all_of(self.check_network, self.data.check, self.check_multilabel)
        if self.target is not None:
            check_target(self.data, self.target)
        if self.method is not None:
            self.check_method(self.method)
        if isinstance(self.strategy, Auto):
            check_enough(self.data)

    def check_multilabel(self) -> None:
        """Raise BadInput where a loss of several labels is chosen for images with one."""
        target = self.options.multilabel["_target_"]
        if target != PLAIN and not self.data.several:
            raise BadInput(
                f"multilabel: {target.rpartition('.')[2]} is for images with several labels, and these data have one "
                "each; leave it out, or give data=csv with data.label_separator or data.label_columns."
            )

    def from_data(self) -> dict[str, Any]:
        """What the record's `model` has of the data."""
        return {"classes": self.data.listing().classes}

    def keep_target(self, run: Path, known: dict[str, Any]) -> None:
        """Raise BadInput where the images that the run adapted to have changed; `known` is its record."""
        then = known["data"].get("target", {}).get("fingerprint")
        if self.method is not None and then not in (None, unlabelled(self.method.data.listing()).fingerprint):
            raise BadInput(
                f"{run}: adapt.data, {self.method.data.place()}, is not what the run began with, so its batches cannot "
                "be made again; put the files back as they were, or train a new run."
            )

    def check_network(self) -> None:
        check_backbone(self.options.backbone)
        check_weights(self.options.backbone, self.options.weights, self.options.image_size, self.options.backbone_args)
        if type(self.strategy).adapt is not Strategy.adapt:
            with torch.device("meta"):
                self.strategy.adapt(Classifier(self.backbone(Weights("none")), nn.Identity()))
        updates = not isinstance(self.strategy, Freeze | Lora | Adapter) and self.strategy.norm_stats != "pretrained"
        if self.data.batch_size == 1 and updates:
            self.check_batches_of_one()

    def check_method(self, method: Adaptation) -> None:
        """On a network without memory for its weights."""
        with torch.device("meta"):
            backbone = self.backbone(Weights("none"))
            classifier = Classifier(backbone, nn.Linear(feature_dim(backbone), 2))
            self.strategy.adapt(classifier)
        method.check(classifier, ever_trainable(ParameterGroups(classifier), self.strategy))

    def check_batches_of_one(self) -> None:
        """The backbone in training mode, with random weights, on one image."""
        options, backbone = self.options, self.backbone(Weights("none"))
        size = options.image_size or data_config(backbone)["input_size"][-1]
        with batches_of(1, ", strategy.norm_stats=pretrained, or strategy=freeze"), torch.no_grad():
            backbone.train()(torch.zeros(1, options.in_chans, size, size))

    def backbone(self, weights: Weights) -> nn.Module:
        """The backbone with these weights."""
        options = self.options
        return create_backbone(
            options.backbone,
            weights,
            in_chans=options.in_chans,
            image_size=options.image_size,
            **options.backbone_args,
        )

    def build(self) -> TransferTraining:
        images, network = self.parts()
        if isinstance(self.strategy, Auto):
            self.choose_strategy(self.strategy.minutes, images, network)
        if self.options.compile:
            network.backbone.compile()
        return self.training(images, network)

    def parts(self) -> tuple[Loaders, Classifier]:
        """The batches of images, decoded where they fit in memory, and the network before any step."""
        options = self.options
        seed_everything(options.seed, "initialisation")
        backbone = self.backbone(options.weights)
        crop = {"crop_pct": options.crop_pct, "crop_mode": options.crop_mode}
        crop = {key: value for key, value in crop.items() if value is not None}
        preprocessing = Preprocessing.from_timm(data_config(backbone) | crop, options.image_size, options.in_chans)
        images = Loaders(self.data, preprocessing, options.seed)
        for split in images.listing.splits:
            images.evaluate(split)  # decodes what fits in memory: an unreadable file is known before step 0
        head = instantiate(options.head)(in_features=feature_dim(backbone), num_classes=len(images.classes))
        network = Classifier(backbone, head)
        network.to(memory_format=memory_format(network, options.channels_last))
        return images, network

    def training(self, images: Loaders, network: Classifier, loaders: Any = None) -> TransferTraining:
        """This network on these images, as the strategy says.

        Args:
            loaders: what is trained on; None = the images, or their cached features.
        """
        options = self.options
        loaders = loaders or (self.features(images, network) if self.uses_cache else images)
        labelling = labelling_for(self.data.several)
        module = self.module_type(images)(
            network,
            strategy=self.strategy,
            optimizer=instantiate(options.optimizer),
            schedule=instantiate(options.schedule),
            prepare=loaders.prepare,
            loss=labelling.loss(options, loaders.class_counts, loaders.images_per_epoch),
            metrics=labelling.metrics,
            memory_format=memory_format(network, options.channels_last),
            seed=options.seed,
            max_steps=options.max_steps or options.max_epochs * loaders.steps_per_epoch,
            ema=options.ema,
        )
        self.settle_norm_stats(module, images)
        target = None if self.target is None else self.measured(self.target, images, network)
        pretrained = None if self.method is None else partial(self.backbone, options.weights)
        return TransferTraining(options, images, loaders, module, self.chosen, self.advice, target, pretrained)

    def module_type(self, images: Loaders) -> Callable[..., TransferModule]:
        """With a method of adaptation, a module that knows the target's images."""
        if self.method is None:
            return TransferModule
        seed = derive(self.options.seed, "target")
        target = UnlabelledLoaders(self.method.data, images.preprocessing, seed)
        _ = target.order  # decodes what fits in memory: an unreadable file is known before step 0
        return partial(AdaptingModule, adaptation=self.method, source=images, target=target)

    def measured(self, target: ImageData, images: Loaders, network: Classifier) -> Loaders | FeatureLoaders | None:
        """The target with its labels, for the report; None where it has none."""
        if not labelled(target):
            return None
        loaders = Loaders(target, images.preprocessing, self.options.seed)
        return self.features(loaders, network) if self.uses_cache else loaders

    def features(self, images: Loaders, network: Classifier, device: torch.device | None = None) -> FeatureLoaders:
        """The same batches, but of features of the pretrained backbone.

        Args:
            device: where they are computed; None = the accelerator if there is one.
        """
        options = self.options
        return FeatureLoaders(
            images,
            network.backbone,
            name=f"{options.backbone} {options.backbone_args}",
            weights=weights_fingerprint(options.backbone, options.weights),
            memory_format=memory_format(network, options.channels_last),
            device=device,
        )

    def choose_strategy(self, minutes: float | None, images: Loaders, network: Classifier) -> None:
        """Put what `strategy=auto` means for these images in its place, also in the config: a run that goes on keeps
        it."""
        advice = advise(self, images, network, minutes)
        self.options.strategy.clear()
        self.options.strategy.update(with_strategy(self, advice.best.strategy).options.strategy)
        self.strategy = instantiate(self.options.strategy)
        self.chosen = {"strategy": advice.best.strategy}
        self.advice = [vars(forecast) for forecast in advice.forecasts]
        print(f"strategy=auto takes {expected(advice.best)}")

    def settle_norm_stats(self, module: TransferModule, images: Loaders) -> None:
        """Put what `norm_stats=auto` means here in its place, also in the config: a run that goes on keeps it."""
        strategy = self.strategy
        if strategy.norm_stats == "auto":
            anything_to_keep = self.options.weights.source != "none" and batch_norms(module.network.backbone)
            count = len(images.listing.splits["train"])
            automatic = strategy.auto_norm_stats(module.groups, count)
            strategy.norm_stats = automatic if anything_to_keep else "updated"
            self.options.strategy["norm_stats"] = strategy.norm_stats
            if strategy.norm_stats == "pretrained":
                module.keep_norm_stats()

    @property
    def uses_cache(self) -> bool:
        """True where the strategy never touches the backbone and no image ever changes: features stand for images."""
        return getattr(self.strategy, "cache", False) and not self.data.changing
