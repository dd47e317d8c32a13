"""Embed: turn images into features of a run or of a pretrained backbone; draw them as a map.

  artesano embed last photos/                                  a run's features of a folder
  artesano embed --backbone tf_efficientnet_lite0 photos/      ImageNet's features, no training at all
  artesano embed --backbone tf_efficientnet_lite0 data=mnist5k     of a data set
  artesano embed last photos/ -o features.npz                  NPZ instead of Parquet: path, label, features

With class subfolders or a data set it also prints the k-NN accuracy: how far the features alone get."""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="run input", help="a run, then images or data=... words")
    parser.add_argument("--backbone", metavar="NAME", help="a pretrained timm model instead of a run")
    parser.add_argument("--weights", metavar="FILE", help="weights file of --backbone, where there is no network")
    parser.add_argument("-o", "--output", metavar="FILE", help=".parquet or .npz; the map lies beside it as .png")


def main(args: argparse.Namespace) -> int:
    from pathlib import Path

    from artesano.commands.hints import next_steps, quoted
    from artesano.data.io import inputs
    from artesano.kinds.data_of_run import data_for
    from artesano.kinds.transfer import embed
    from artesano.kinds.transfer.load import load, load_backbone

    run, given = inputs.run_and_inputs(args.words, needs_run=args.backbone is None)
    of_data = given and all(word.startswith(("data=", "data.")) and not Path(word).exists() for word in given)
    data = data_for(given, None) if of_data else None
    paths = [] if data else inputs.find_images(given)
    loaded = load(run) if run else load_backbone(args.backbone, file=args.weights, classifier=False)
    name = loaded.folder.name if loaded.folder else args.backbone
    output = embed.output_path(args.output, loaded, name, data.place() if data else given[0])
    if data:
        found = embed.embed_data(loaded, data)
    else:
        found = embed.embed_files(loaded, paths, given[0] if len(given) == 1 and Path(given[0]).is_dir() else None)
    embed.save(found, output)
    picture = output.with_suffix(".png")
    embed.draw_map(found, picture, name)

    print(f"{len(found.paths):,} images, {found.features.shape[1]} features each: {output}\nmap: {picture}")
    for line in found.failed:
        print(f"  unreadable: {line}")
    accuracy = found.knn_accuracy()
    if accuracy is not None:
        print(f"k-NN accuracy (leave-one-out, k=5, cosine): {accuracy:.4f}")
    backbone = loaded.record["model"]["backbone"] if loaded.folder else args.backbone
    next_steps(
        f"artesano train backbone={backbone} data=folder data.root=<labelled images>",
        f"artesano predict {quoted(loaded.folder) if loaded.folder else f'--backbone {backbone}'} <images>",
        f"artesano embed --backbone {backbone} data=mnist5k",
    )
    return 0
