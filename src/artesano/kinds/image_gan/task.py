"""The task of GANs from images: super-resolution, translation with and without partners, inpainting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from rich.table import Table

from artesano.config.targets import instantiate
from artesano.data.pairs.loaders import PairLoaders
from artesano.errors import BadInput, NotFinite, all_of
from artesano.evaluation.pair_measures import PairMeasures
from artesano.gan.games import Rules
from artesano.gan.image_module import ImageGanModule
from artesano.gan.phases import PIXEL, Phases
from artesano.gan.pixels import PixelRange
from artesano.kinds.gan.monitor import HealthMonitor
from artesano.kinds.image_gan import pictures as image_gan_pictures
from artesano.kinds.image_gan.build import build_game, check_game, checkpoint_state, start_from
from artesano.kinds.image_gan.networks_table import players_table
from artesano.kinds.image_gan.pictures import Strips
from artesano.kinds.image_gan.timing import seconds_per_step
from artesano.seeding import seed_everything
from artesano.training.memory_format import memory_format


class ImageGanTask:
    """See `artesano.kinds.kind.Training`."""

    def __init__(self, config: dict[str, Any]):
        self.config = config
        self.data = instantiate(config["data"])
        self.degradation = instantiate(config["degradation"])
        self.evaluation = instantiate(config["evaluation"])
        self.rules: Rules = instantiate(config["game"])
        self.phases: Phases = instantiate(config["phases"])
        self.module: ImageGanModule | None = None
        self.notes: list[str] = []

    @property
    def step(self) -> int | None:
        return None if self.module is None else self.module.step

    @property
    def phase_monitors(self) -> dict[str, dict[str, str]]:
        """The pixel phase is judged by pixels, whatever the adversarial one is judged by."""
        return {PIXEL: self.measures.pixel_monitor}

    def default_name(self, choices: dict[str, str]) -> str:
        return f"{choices['data']}-{self.config['gan']['name']}-{choices['hacks']}"

    @property
    def model(self) -> dict[str, Any]:
        """What rebuilds the generators."""
        config, listing = self.config, self.data.listing()
        source = listing.source_channels
        return {
            "gan": config["gan"]["name"],
            "kind": "image",
            "game": "cycle" if self.rules.cycle else self.rules.kind,
            "generator": config["generator"],
            "degradation": config["degradation"],
            "in_channels": source if listing.own_source else self.degradation.source_channels(source),
            "out_channels": listing.target_channels,
            "image_size": config["image_size"],
            "scale": self.degradation.scale,
            "classes": listing.classes,
            "conditional": config["conditioning"]["generator"] != "none",
            "normalise_images": config["normalise_images"],
            "bits": listing.bits,
        }

    # Third pass of validation -----------------------------------------------------------------------------------

    def check(self) -> None:
        all_of(self.check_data, lambda: self.evaluation.check(self.config["terms"]), self.check_unread)
        self.check_networks()  # they are made of what was checked above

    def check_data(self) -> None:
        """There are images, and enough of them."""
        self.data.check(self.degradation.scale)
        listing = self.data.listing()
        if len(listing.parts["train"]) < self.data.batch_size:
            raise BadInput(
                f"{self.data.place()}: {len(listing.parts['train'])} images for training, and a step needs "
                f"data.batch_size={self.data.batch_size}; give more images or a smaller batch"
            )
        if listing.own_source and self.degradation.draws:
            name = type(self.degradation).__name__.lower()
            raise BadInput(
                f"degradation={name}: {self.data.place()} brings sources of its own, so none are made; give clean "
                "images alone (data=sr_folder), or leave it at bicubic (super-resolution) or none (translation)"
            )
        conditioned = [name for name, kind in self.config["conditioning"].items() if kind != "none"]
        if conditioned and len(listing.classes) < 2:
            raise BadInput(
                f"conditioning.{conditioned[0]}: the images have no labels to condition on; a data set with several "
                "zoom levels (data=blue_marble_levels) or a CSV with a column label has"
            )

    def check_networks(self) -> None:
        """Two images go through all networks."""
        game = build_game(self.config, self.model)
        check_game(game, self.model, self.data.listing().paired)
        if self.phases.run is not None:
            start_from(game, self.phases.run, self.model)

    def check_unread(self) -> None:
        """Keys of GANs from noise that nothing reads here, where they differ from their defaults."""
        instead = {
            "critic_steps": (1, "the discriminator is updated once a step; raise hacks.discriminator_lr_factor"),
            "known_labels": (None, "labels are conditions here, and all of them are known"),
            "in_chans": (None, "the images' own channels are used"),
            "crop_pct": (1.0, "training takes crops of image_size px"),
        }
        problems = [
            f"{key}={self.config[key]}: not read by a GAN from images: {why}"
            for key, (default, why) in instead.items()
            if self.config[key] != default
        ]
        if problems:
            raise BadInput(*problems)

    # Building ---------------------------------------------------------------------------------------------------

    def build(self) -> None:
        config = self.config
        self.pixels = PixelRange(config["normalise_images"])
        self.loaders = PairLoaders(
            self.data,
            degradation=self.degradation,
            mean=self.pixels.mean,
            std=self.pixels.std,
            seed=config["seed"],
        )
        self.measures = PairMeasures(self.evaluation, self.loaders, self.degradation, self.rules.kind)
        config["monitor"] = self.measures.monitor(config["monitor"])
        seed_everything(config["seed"], "initialisation")
        self.game = build_game(config, self.model)
        if self.phases.run is not None:
            start_from(self.game, self.phases.run, self.model)
        self.format = memory_format(self.game, config["channels_last"])
        self.game.to(memory_format=self.format)
        if config["compile"]:
            for network in (*self.game.generators().values(), *self.game.discriminators()):
                network.compile()
        self.max_steps = config["max_steps"] or config["max_epochs"] * self.loaders.steps_per_epoch
        self.eval_every = min(config["eval_every"] or max(1, self.max_steps // 5), self.max_steps)
        self.module = ImageGanModule(
            self.game,
            pixels=self.pixels,
            optimizers=(
                instantiate(config["optimizer"]["generator"]),
                instantiate(config["optimizer"]["discriminator"]),
            ),
            schedule=instantiate(config["schedule"]),
            phases=self.phases,
            prepare=self.loaders.prepare,
            measure=self.measures.in_training,
            seed=config["seed"],
            max_steps=self.max_steps,
            memory_format=self.format,
            ema=config["ema"],
        )
        self.health = HealthMonitor(instantiate(config["health"]))

    def facts(self) -> dict[str, Any]:
        listing = self.loaders.listing
        parts = {"generator": self.game.generators(), "discriminator": self.game.discriminators()}
        counts = {name: sum(p.numel() for p in part.parameters()) for name, part in parts.items()}
        return {
            "model": self.model,
            "data": {
                "fingerprint": listing.fingerprint,
                "images": {name: len(part) for name, part in listing.parts.items()},
                "skipped": self.loaders.skipped,
            },
            "parameters": counts | {"total": sum(counts.values()), "trainable": sum(counts.values())},
            "health": self.health.conclusion() if self.health.history else None,
            "notes": self.notes,
        }

    def table(self) -> Table:
        table = players_table(self.config, self.game, self.rules.adversarial_weight)
        table.caption = self.phases.sentence(self.max_steps) if self.rules.adversarial_weight else None
        return table

    def expected_seconds(self, device: torch.device) -> float:
        assert self.module is not None
        return seconds_per_step(self.module, self.loaders, device) * self.max_steps * 1.1

    # Running ----------------------------------------------------------------------------------------------------

    def fit(self, trainer: Any, checkpoint: Path | None) -> None:
        module = self.module
        assert module is not None
        folder = Path(trainer.default_root_dir)
        every = self.config["samples_every"] or max(1, self.max_steps // 20)
        module.observers = [self.health, Strips(folder / "images", every, self.loaders)]
        train = self.loaders.train(lambda: module.step, self.max_steps, trainer.global_rank, trainer.world_size)
        try:
            trainer.fit(module, train, [0], ckpt_path=checkpoint, weights_only=True)
        except NotFinite as error:
            raise NotFinite(error.step, advice="a lower hacks.lr, or terms=r1") from None

    def measure(self, folder: Path, best: dict[str, Any]) -> dict[str, dict[str, float]]:
        """Best and last, and what each phase kept, beside the baselines; the whole table goes to <folder>/table.csv."""
        assert self.module is not None
        states: dict[str, Any] = {"last": self.module.evaluated}
        files = {"best": "best.ckpt", PIXEL: f"{PIXEL}_best.ckpt"}
        for name, file in files.items():
            path = folder / "checkpoints" / file
            if path.is_file() and not (name == "best" and best["step"] == self.module.step):
                states[name] = checkpoint_state(self.module.evaluated, path)
        self.states = {name: state["forth"] for name, state in states.items()}
        metrics, self.notes = self.measures.at_end(self.module, self.states, folder)
        return {"last": metrics["last"], "best": metrics.get("best", metrics["last"])}

    def pictures(self, folder: Path) -> list[Path]:
        assert self.module is not None
        return image_gan_pictures.draw(folder, self.module, self.loaders, self.states, self.measures)
