"""Train: compose a config from `key=value` overrides, check it, run it, and write a run folder.

  artesano train                                          MNIST-5k on frozen ImageNet features
  artesano train strategy=partial strategy.groups=0.3     fine-tune the last 30 % of the groups
  artesano train ~/photos epochs=3 lr=1e-4                your images, one subfolder per class; short forms
  artesano train backbone=resnet50 weights.source=hub     any timm backbone
  artesano train photos/ epochs=50 patience=5 max_minutes=30    ends earlier: no longer better, or out of time
  artesano train -m strategy=freeze,full seed=0,1,2       a grid: six runs, one after the other
  artesano train -m seed=0,1,2,3 hydra/launcher=joblib hydra.launcher.n_jobs=2       two of them at a time
  artesano train -m seed=0,1 hydra.launcher.fresh=true    a new interpreter for each, not a fork of one
  artesano train task=gan                                 a DCGAN on MNIST-5k
  artesano train gan=wgan_gp                              another GAN: `artesano options gan`
  artesano train gan=cdcgan hacks.real_label=1.0          one trick changed: `artesano options hacks`
  artesano train dry_run=true ...                         the resolved config, the group table, the minutes; no run

`artesano options` lists what can be chosen. Short forms: a folder or .csv of your images, epochs, steps, batch, lr,
workers, model, imgsz, device, freeze=true, pretrained=false. The run's record has the full keys."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="overrides of configs/train.yaml; a folder of images"
    )
    parser.add_argument(
        "-m", "--multirun", action="store_true", help="run a grid: every combination of the values in key=a,b"
    )


def main(args: argparse.Namespace) -> int:
    from artesano.experiment.grids import is_grid, launch
    from artesano.progress_bars import load_torch

    if args.multirun or is_grid(args.overrides):
        from artesano.compare.grid import conclude

        return launch(args.overrides, conclude)
    load_torch()
    from artesano.experiment.train import train
    from artesano.kinds.registry import of_record
    from artesano.next_steps import next_steps, quoted

    run = train(args.overrides)
    if run.record:  # a dry run has none, nor have the processes of the other devices
        next_steps(*of_record(run.record).next_steps(quoted(run.folder), run.record["model"]))
    return 0
