"""Options: list the groups of the config and their options, a line each.

artesano options                      every group and its choices
artesano options strategy             the strategies, one line each
artesano options strategy=partial     its keys, their defaults and what they mean
artesano options train                the keys that every run has
artesano options backbone='*convnext*'    backbones by a part of their name: size, cost, and whether weights are here"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", metavar="group[=choice]", help="a group, or one of its choices")


def main(args: argparse.Namespace) -> int:
    from rich.console import Console

    from artesano.config.option_tables import choices_table, groups_table, keys_table
    from artesano.next_steps import next_steps

    console = Console()
    group, _, choice = (args.what or "").partition("=")
    if group == "backbone":
        return backbones(console, choice)
    if not group:
        console.print(groups_table())
        next_steps("artesano options strategy", "artesano options strategy=partial", "artesano options backbone=resnet")
    elif group == "train" or choice:
        console.print(keys_table(group, choice))
        word = f" {group}={choice}" if choice else ""
        next_steps(f"artesano train{word} dry_run=true", f"artesano train{word}", "artesano options")
    else:
        console.print(choices_table(group))
        next_steps(f"artesano options {group}=<choice>", f"artesano train {group}=<choice>", "artesano options")
    return 0


def backbones(console: Console, pattern: str) -> int:
    """Names of timm, which are no files of the config."""
    from artesano.kinds.backbones_table import backbones_table, families_table
    from artesano.lines import say
    from artesano.next_steps import next_steps

    if not pattern:
        console.print(families_table())
        next_steps("artesano options backbone='*convnext*'", "artesano options backbone='resnet50.*'")
        return 0
    table, names, more = backbones_table(pattern)
    console.print(table)
    if more:
        say(console, f"... and {more} more; a longer part of the name shows fewer")
    say(
        console,
        "parameters: without classifier. GMACs: billions of multiply-adds for one image of image_size, counted and not "
        "timed: a guide to speed, by which nets of many small or depthwise convolutions look faster than they are. "
        f"`artesano options backbone='{names[0].partition('.')[0]}.*'` lists all weights of one.",
    )
    next_steps(f"artesano train backbone={names[0]} weights.source=hub dry_run=true", "artesano options train")
    return 0
