"""The two players of a GAN from images, as a table: what is about to learn, how fast, on which terms."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from artesano.config.targets import instantiate
from artesano.gan.games import Game


def players_table(config: dict[str, Any], game: Game, adversarial_weight: float) -> Table:
    """One row for the generators, one for the discriminators."""
    loss = config["loss"]["_target_"].rsplit(".", 1)[-1]
    table = Table(
        title=f"{config['gan']['name']} · {loss} x {adversarial_weight:g}", title_justify="left", caption_justify="left"
    )
    for column, justify in zip(("", "parameters", "optimiser", "lr", "added terms"), "lrlrl", strict=True):
        table.add_column(column, justify={"l": "left", "r": "right"}[justify])  # type: ignore[arg-type]
    terms = ", ".join(f"{type(term).__name__} {term.weight:g}" for term in game.forth.terms) or "-"
    players = {"generator": game.generators(), "discriminator": game.discriminators()}
    for player, networks in players.items():
        options = instantiate(config["optimizer"][player])
        count = sum(p.numel() for p in networks.parameters())
        rate = f"{options.lr * options.factor:.3g}"
        table.add_row(player, f"{count:,}", options.kind, rate, terms if player == "generator" else "")
    return table
