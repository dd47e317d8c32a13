"""Options: list the groups of the config and their options, a line each.

artesano options                      every group and its choices
artesano options strategy             the strategies, one line each
artesano options strategy=partial     its keys, their defaults and what they mean
artesano options train                the keys that every run has
artesano options weights              the keys of a section: where networks start
artesano options backbone='*convnext*'    backbones by a part of their name: size, cost, and whether weights are here"""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", metavar="group[=choice]", help="a group, or one of its choices")


def main(args: argparse.Namespace) -> int:
    from rich.console import Console

    from artesano.config import option_tables
    from artesano.config.option_tables import belongs_to, choices_table, groups, groups_table, keys_table
    from artesano.errors import BadInput
    from artesano.next_steps import next_steps

    console = Console()
    group, _, choice = (args.what or "").partition("=")
    if group == "backbone":  # names of timm, which are no files of the config
        from artesano.kinds import backbones_table

        return backbones_table.command(choice, console)
    if not group:
        console.print(groups_table())
        next_steps("artesano options strategy", "artesano options strategy=partial", "artesano options backbone=resnet")
    elif group in (sections := option_tables.sections()):
        if choice:
            raise BadInput(f"{group}={choice}: {group} has keys, not choices; see artesano options {group}.")
        for task in sections[group]:
            console.print(option_tables.section_table(group, task), "")
        next_steps(*(f"artesano options task={task}" for task in sections[group]), "artesano options")
    elif group == "train" or choice:
        console.print(keys_table(group, choice))
        word = " ".join(["", *belongs_to(group, choice).split(), f"{group}={choice}"]) if choice else ""
        next_steps(f"artesano train{word} dry_run=true", f"artesano train{word}", "artesano options")
    else:
        console.print(choices_table(group))
        alone = not any(belongs_to(group, name) for name in groups()[group])  # else the next page says what else
        train = [f"artesano train {group}=<choice>"] if alone else []
        next_steps(f"artesano options {group}=<choice>", *train, "artesano options")
    return 0
