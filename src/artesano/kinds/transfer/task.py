"""The transfer task: data, backbone, head and strategy, put together from the config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.table import Table

from artesano.backbones.create import check_backbone, check_weights, create_backbone, data_config, feature_dim
from artesano.backbones.weights import Weights, weights_fingerprint
from artesano.config.targets import instantiate
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.errors import NotFinite, all_of
from artesano.kinds.transfer import pictures as classification_pictures
from artesano.kinds.transfer import timing
from artesano.metrics.classification import classification_metrics
from artesano.runs.find import find_run
from artesano.seeding import seed_everything
from artesano.training.memory_format import memory_format
from artesano.transfer.cache import FeatureLoaders
from artesano.transfer.module import TransferModule
from artesano.transfer.network import Classifier
from artesano.transfer.table import group_table


class TransferTask:
    """See `artesano.kinds.kind.Training`."""

    def __init__(self, config: dict[str, Any]):
        self.config = config
        self.data = instantiate(config["data"])
        self.strategy = instantiate(config["strategy"])
        self.weights = Weights(**config["weights"])
        if self.weights.run is not None:
            self.weights.run = str(find_run(self.weights.run))
        self.module: TransferModule | None = None

    @property
    def step(self) -> int | None:
        return None if self.module is None else self.module.step

    def default_name(self, choices: dict[str, str]) -> str:
        return f"{choices['data']}-{choices['strategy']}-{self.config['backbone'].split('/')[-1]}"

    # Third pass of validation -----------------------------------------------------------------------------------

    def check(self) -> None:
        all_of(self.check_network, self.data.check)

    def check_network(self) -> None:
        check_backbone(self.config["backbone"])
        check_weights(self.config["backbone"], self.weights)

    # Building ---------------------------------------------------------------------------------------------------

    def build(self) -> None:
        config = self.config
        seed_everything(config["seed"], "initialisation")
        backbone = create_backbone(
            config["backbone"],
            self.weights,
            in_chans=config["in_chans"],
            image_size=config["image_size"],
            **config["backbone_args"],
        )
        crop = {} if config["crop_pct"] is None else {"crop_pct": config["crop_pct"]}
        described = data_config(backbone) | crop
        self.preprocessing = Preprocessing.from_timm(described, config["image_size"], config["in_chans"])
        self.images = Loaders(self.data, self.preprocessing, config["seed"])
        for split in self.images.listing.splits:
            self.images.evaluate(split)  # decodes what fits in memory: an unreadable file is known before step 0
        head = instantiate(config["head"])(in_features=feature_dim(backbone), num_classes=len(self.images.classes))
        self.network = Classifier(backbone, head)
        self.format = memory_format(self.network, config["channels_last"])
        self.network.to(memory_format=self.format)
        if config["compile"]:
            backbone.compile()
        self.loaders = self.choose_loaders()
        epoch = self.loaders.steps_per_epoch
        self.max_steps = config["max_steps"] or config["max_epochs"] * epoch
        self.eval_every = min(config["eval_every"] or epoch, self.max_steps)
        self.module = TransferModule(
            self.network,
            strategy=self.strategy,
            optimizer=instantiate(config["optimizer"]),
            schedule=instantiate(config["schedule"]),
            prepare=self.loaders.prepare,
            metrics=classification_metrics,
            memory_format=self.format,
            seed=config["seed"],
            max_steps=self.max_steps,
            ema=config["ema"],
            label_smoothing=config["label_smoothing"],
            class_counts=self.loaders.class_counts if config["class_weights"] else None,
        )

    def choose_loaders(self) -> Any:
        """Images, or their features where the strategy never touches the backbone and no image ever changes."""
        data = self.data
        changing = data.augment != "none" or data.mixup or data.cutmix or data.erase
        if not getattr(self.strategy, "cache", False) or changing:
            return self.images
        return FeatureLoaders(
            self.images,
            self.network.backbone,
            name=f"{self.config['backbone']} {self.config['backbone_args']}",
            weights=weights_fingerprint(self.config["backbone"], self.weights),
            memory_format=self.format,
        )

    def facts(self) -> dict[str, Any]:
        assert self.module is not None
        config, listing = self.config, self.images.listing
        parameters = list(self.network.parameters())
        return {
            "model": {
                "backbone": config["backbone"],
                "backbone_args": config["backbone_args"],
                "head": config["head"],
                "classes": self.images.classes,
                "in_chans": config["in_chans"],
                "image_size": config["image_size"],
                "preprocessing": self.preprocessing.to_dict(),
            },
            "data": {
                "fingerprint": listing.fingerprint,
                "images": {split: len(part) for split, part in listing.splits.items()},
                "skipped": self.images.skipped,
            },
            "parameters": {
                "total": sum(parameter.numel() for parameter in parameters),
                "trainable": self.module.trainable_parameters(),
            },
        }

    def table(self) -> Table:
        table = Table(title=f"{self.config['backbone']} · {type(self.strategy).__name__.lower()}", title_justify="left")
        for column, justify in zip(
            ("group", "modules", "parameters", "trainable", "lr", "mode"),
            ("right", "left", "right", "right", "right", "left"),
            strict=True,
        ):
            table.add_column(column, justify=justify, overflow="fold", max_width=48)  # type: ignore[arg-type]
        for row in group_table(self.network, self.strategy, self.config["optimizer"]["lr"]):
            joins = f" from {row.start:.0%}" if row.start else ""
            style = "bold" if row.trainable else "dim"
            table.add_row(
                str(row.group),
                row.modules,
                f"{row.parameters:,}",
                f"{row.trainable:.0f} %",
                f"{row.lr:.3g}" if row.trainable else "-",
                row.mode + joins,
                style=style,
            )
        return table

    def expected_seconds(self, device: torch.device) -> float:
        assert self.module is not None
        images = self.images.listing.splits
        held_out = len(images["val"]) * max(1, self.max_steps // self.eval_every) + len(images["test"])
        forward, step = timing.seconds_per_image(self.module, self.preprocessing, self.data.batch_size, device)
        if self.loaders is not self.images:
            return forward * self.loaders.missing_images() + 0.002 * self.max_steps + 5
        return step * self.data.batch_size * self.max_steps + forward * held_out + 5

    # Running ----------------------------------------------------------------------------------------------------

    def fit(self, trainer: Any, checkpoint: Path | None) -> None:
        module = self.module
        assert module is not None
        rank, world = trainer.global_rank, trainer.world_size
        train = self.loaders.train(lambda: module.step, self.max_steps, rank, world)
        held_out = self.loaders.evaluate("val", rank, world)
        try:
            trainer.fit(module, train, held_out, ckpt_path=checkpoint, weights_only=True)
        except NotFinite as error:
            raise NotFinite(error.step, self.names_of_batch(error.step)) from None

    def names_of_batch(self, step: int) -> list[str]:
        """Files of batch `step`, found by asking for that batch again."""
        batch = next(iter(self.loaders.train(lambda: step, step + 1)))
        return self.images.names("train", batch.index)

    def measure(self, folder: Path, best: dict[str, Any]) -> dict[str, dict[str, float]]:
        assert self.module is not None
        self.best_step = best["step"]
        metrics = {"last": self.both_splits()}
        if best["step"] == self.module.step:
            return {**metrics, "best": metrics["last"]}
        saved = torch.load(folder / "checkpoints" / "best.ckpt", map_location="cpu", weights_only=True)
        self.module.load_state_dict(saved["state_dict"])
        return {**metrics, "best": self.both_splits()}

    def both_splits(self) -> dict[str, float]:
        """Metrics on val and test; keeps those of test, for the pictures."""
        module = self.module
        assert module is not None
        found: dict[str, float] = {}
        for split in ("val", "test"):
            self.collected = module.collect(self.loaders.evaluate(split))
            measured = classification_metrics(*self.collected[:2])
            found |= {f"{split}/{name}": value for name, value in measured.items()}
        return found

    def pictures(self, folder: Path) -> list[Path]:
        logits, labels, index = self.collected

        def image(row: int) -> np.ndarray:
            return self.images.images("test", [int(index[row])])[0].numpy()

        return classification_pictures.draw(folder, logits, labels, self.images.classes, image, self.best_step)
