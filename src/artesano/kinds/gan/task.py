"""The GAN task: data, the adversarial pair, health and evaluation, put together from the config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.table import Table

from artesano.config.targets import instantiate
from artesano.data.loaders import Loaders
from artesano.data.preprocessing import Preprocessing
from artesano.data.splits import subset
from artesano.errors import BadInput, NotFinite, all_of
from artesano.evaluation.extractors import check_extractor
from artesano.gan.module import GanModule
from artesano.gan.pixels import PixelRange
from artesano.kinds.gan import pictures as gan_pictures
from artesano.kinds.gan import timing as gan_timing
from artesano.kinds.gan.build import build_pair, channels_of, check_pair, uses_labels
from artesano.kinds.gan.measures import Measures
from artesano.kinds.gan.monitor import Grids, HealthMonitor
from artesano.metrics.distribution import FEWEST, check_counts
from artesano.seeding import seed_everything
from artesano.training.memory_format import memory_format


class GanTask:
    """See `artesano.kinds.kind.Training`."""

    def __init__(self, config: dict[str, Any]):
        self.config = config
        self.data = instantiate(config["data"])
        self.evaluation = instantiate(config["evaluation"])
        self.critic_steps = config["critic_steps"] + config["extra_critic_steps"]
        self.conditional = config["conditioning"]["generator"] != "none"
        self.module: GanModule | None = None
        self.notes: list[str] = []

    @property
    def step(self) -> int | None:
        return None if self.module is None else self.module.step

    def default_name(self, choices: dict[str, str]) -> str:
        return f"{choices['data']}-{self.config['gan']['name']}-{choices['hacks']}"

    # Third pass of validation -----------------------------------------------------------------------------------

    def check(self) -> None:
        all_of(self.check_data, lambda: check_extractor(self.evaluation.extractor, self.evaluation.size))

    def check_data(self) -> None:
        """Labels where they are needed, enough images, channels as asked, and a size that the networks can make."""
        self.data.check(labels=uses_labels(self.config))
        listing = self.data.listing()
        train, needed = listing.splits["train"], self.data.batch_size * self.critic_steps
        if len(train) < needed:
            what = f"data.batch_size={self.data.batch_size}"
            what += f" x {self.critic_steps} critic steps" if self.critic_steps > 1 else ""
            count = sum(map(len, listing.splits.values()))
            raise BadInput(
                f"{self.data.place()}: of {count} images {len(train)} are for training, and one step needs {needed} "
                f"({what}); give more images or a smaller data.batch_size"
            )
        if self.evaluation.samples or self.evaluation.samples_in_training:
            check_counts(len(listing.splits[self.evaluation.split]), FEWEST)  # now, not when all is trained
        channels = channels_of(train, self.config["in_chans"], self.data.place())
        latent = instantiate(self.config["latent"])
        pair = build_pair(self.config, latent, channels, len(listing.classes))
        check_pair(pair, latent, uses_labels(self.config))

    # Building ---------------------------------------------------------------------------------------------------

    def build(self) -> None:
        config = self.config
        self.pixels = PixelRange(config["normalise_images"])
        self.channels = channels_of(self.data.listing().splits["train"], config["in_chans"], self.data.place())
        self.preprocessing = Preprocessing(
            size=config["image_size"],
            channels=self.channels,
            mean=(self.pixels.mean,) * self.channels,
            std=(self.pixels.std,) * self.channels,
            crop_pct=config["crop_pct"] or 1.0,
        )
        self.loaders = Loaders(self.data, self.preprocessing, config["seed"], self.critic_steps)
        self.loaders.images("train", [0])  # decodes what fits in memory: an unreadable file is known before step 0
        self.measures = Measures(
            self.evaluation, self.loaders, self.conditional, config["conditioning"]["discriminator"] == "classes"
        )
        if config["monitor"]["name"] == "fd":
            config["monitor"] = config["monitor"] | {"name": self.measures.monitor}
        self.latent = instantiate(config["latent"])
        seed_everything(config["seed"], "initialisation")
        self.pair = build_pair(config, self.latent, self.channels, len(self.loaders.classes))
        self.format = memory_format(self.pair.discriminator, config["channels_last"])
        self.pair.to(memory_format=self.format)
        if config["compile"]:
            self.pair.generator.compile()
            self.pair.discriminator.compile()
        self.max_steps = config["max_steps"] or config["max_epochs"] * self.loaders.steps_per_epoch
        self.eval_every = min(config["eval_every"] or max(1, self.max_steps // 5), self.max_steps)
        counts = torch.as_tensor(self.loaders.class_counts, dtype=torch.float32)
        known, labelled = self.known_labels()
        self.module = GanModule(
            self.pair,
            latent=self.latent,
            pixels=self.pixels,
            optimizers=(
                instantiate(config["optimizer"]["generator"]),
                instantiate(config["optimizer"]["discriminator"]),
            ),
            schedule=instantiate(config["schedule"]),
            prepare=self.loaders.prepare,
            measure=self.measures.in_training,
            samples=self.evaluation.samples_in_training,
            class_share=counts / counts.sum(),
            seed=config["seed"],
            max_steps=self.max_steps,
            critic_steps=self.critic_steps,
            memory_format=self.format,
            ema=config["ema"],
            labelled=labelled,
            known=known,
        )
        self.health = HealthMonitor(instantiate(config["health"]))

    def known_labels(self) -> tuple[torch.Tensor | None, tuple[torch.Tensor, torch.Tensor] | None]:
        """Which labels the discriminator may see, and the images they belong to; chosen by data.split_seed."""
        if self.config["known_labels"] is None:
            return None, None
        split = self.loaders.listing.splits["train"]
        rows = subset(split.take(np.arange(len(split))), None, self.config["known_labels"], self.data.split_seed).names
        place = {name: row for row, name in enumerate(split.names)}
        index = np.array([place[name] for name in rows])
        known = torch.zeros(len(split), dtype=torch.bool)
        known[torch.from_numpy(index)] = True
        return known, (self.loaders.images("train", index), torch.from_numpy(split.labels[index]))

    def facts(self) -> dict[str, Any]:
        assert self.module is not None
        config, listing = self.config, self.loaders.listing
        parts = {"generator": self.pair.generator, "discriminator": self.pair.discriminator}
        counts = {name: sum(p.numel() for p in part.parameters()) for name, part in parts.items()}
        return {
            "model": {
                "gan": config["gan"]["name"],
                "generator": config["generator"],
                "latent": config["latent"],
                "conditional": self.conditional,
                "normalise_images": config["normalise_images"],
                "classes": self.loaders.classes,
                "class_share": self.module.class_share.tolist(),
                "in_chans": self.channels,
                "image_size": config["image_size"],
                "preprocessing": self.preprocessing.to_dict(),
            },
            "data": {
                "fingerprint": listing.fingerprint,
                "images": {split: len(part) for split, part in listing.splits.items()},
                "skipped": self.loaders.skipped,
            },
            "parameters": counts | {"total": sum(counts.values()), "trainable": sum(counts.values())},
            "health": self.health.conclusion(),
            "notes": self.notes,
        }

    def table(self) -> Table:
        """The two players."""
        table = Table(title=f"{self.config['gan']['name']} · {self.config['loss']['_target_'].rsplit('.', 1)[-1]}")
        table.title_justify = "left"
        for column, justify in zip(("", "parameters", "optimiser", "lr", "added terms"), "lrlrl", strict=True):
            table.add_column(column, justify={"l": "left", "r": "right"}[justify])  # type: ignore[arg-type]
        terms = ", ".join(f"{type(term).__name__} {term.weight:g}" for term in self.pair.terms) or "-"
        for player, added in (("generator", ""), ("discriminator", terms)):
            options = instantiate(self.config["optimizer"][player])
            count = sum(p.numel() for p in getattr(self.pair, player).parameters())
            kind, rate = getattr(options, "kind", type(options).__name__), getattr(options, "lr", float("nan"))
            table.add_row(player, f"{count:,}", kind, f"{rate * getattr(options, 'factor', 1):.3g}", added)
        return table

    def expected_seconds(self, device: torch.device) -> float:
        assert self.module is not None
        step = gan_timing.seconds_per_step(self.module, self.data.batch_size, device)
        return step * self.max_steps + self.measures.expected_seconds(self.max_steps // self.eval_every)

    # Running ----------------------------------------------------------------------------------------------------

    def fit(self, trainer: Any, checkpoint: Path | None) -> None:
        module = self.module
        assert module is not None
        folder = Path(trainer.default_root_dir)
        every = self.config["samples_every"] or max(1, self.max_steps // 20)
        classes = len(self.loaders.classes) if self.conditional else 0
        module.observers = [self.health, Grids(folder / "images", every, classes)]
        train = self.loaders.train(lambda: module.step, self.max_steps, trainer.global_rank, trainer.world_size)
        try:
            trainer.fit(module, train, [0], ckpt_path=checkpoint, weights_only=True)
        except NotFinite as error:
            raise NotFinite(error.step, advice="a lower hacks.lr, or terms=r1") from None

    def measure(self, folder: Path, best: dict[str, Any]) -> dict[str, dict[str, float]]:
        assert self.module is not None
        metrics = {"last": self.measures.at_end(self.module)}
        self.notes = [note for note in (self.measures.note(),) if note]
        self.best_step = best["step"] or self.module.step
        if self.best_step == self.module.step:
            return {**metrics, "best": metrics["last"]}
        saved = torch.load(folder / "checkpoints" / "best.ckpt", map_location="cpu", weights_only=True)
        self.module.load_state_dict(saved["state_dict"])
        return {**metrics, "best": self.measures.at_end(self.module)}

    def pictures(self, folder: Path) -> list[Path]:
        assert self.module is not None
        return gan_pictures.draw(folder, self.module, self.loaders, self.conditional)
