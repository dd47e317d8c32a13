"""docs/images/heatmaps.png: Grad-CAM of a convolutional network and of a vision transformer on the same 12 photos.

artesano train name=heat-cnn data=folder data.root=<UC Merced> strategy=freeze image_size=128
artesano train name=heat-vit data=folder data.root=<UC Merced> backbone=test_vit weights.source=none strategy=full \\
    image_size=128 data.batch_size=32 data.augment=light optimizer.lr=0.001 max_steps=500 eval_every=250
python scripts/heatmap_sheet.py <run of heat-cnn> <run of heat-vit>

Prints the sanity check of Adebayo et al. 2018 (arXiv 1810.03292) besides: the correlation of the maps with those of the
same network with random weights, for the same classes; and, for scale, with those of other photos. Near 1 the maps
would be about the photo alone and say nothing of the network.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from artesano.config.targets import instantiate
from artesano.data.loaders import Loaders
from artesano.figures.grid import image_grid
from artesano.figures.heatmaps import overlaid, places
from artesano.kinds.data_of_run import data_for
from artesano.kinds.transfer.classifier import LoadedClassifier
from artesano.kinds.transfer.explain import heatmaps
from artesano.kinds.transfer.load import load
from artesano.runs.checkpoint import ready
from artesano.transfer.network import rebuilt

SHEET = Path(__file__).parents[1] / "docs" / "images" / "heatmaps.png"
PHOTOS = 12
WIDTH, COLOURS = 1000, 160
SIDE = 16  # maps are compared at so many places each way


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cnn", type=Path)
    parser.add_argument("vit", type=Path)
    args = parser.parse_args()
    networks = {"CNN": load(args.cnn), "ViT": load(args.vit)}
    files, labels = photos(args.cnn, networks["CNN"])
    pictures: list[list[np.ndarray]] = []
    captions: list[list[str]] = []
    sizes = []
    for name, loaded in networks.items():
        images = torch.from_numpy(np.stack([loaded.preprocessing(Image.open(file).convert("RGB")) for file in files]))
        logits, maps = loaded(images), maps_of(loaded, images)
        answers, highest = logits.argmax(1), float(maps.max())
        pictures.append([overlaid(image, heat, highest) for image, heat in zip(images, maps, strict=True)])
        right = ["" if int(answer) == label else "not " for answer, label in zip(answers, labels, strict=True)]
        captions.append([f"{name}: {loaded.classes[answer]}" for answer in answers])
        sizes.append(f"{name} {places(maps)}")
        random = maps_of(with_random_weights(loaded), images, answers)
        print(f"{name}: {right.count('')} of {len(files)} right; maps of {places(maps)}")
        print(f"  correlation with the maps of random weights {correlation(maps, random):.2f}")
        print(f"  with those of the next photo {correlation(maps, maps.roll(1, 0)):.2f}")
    shown = list(images.numpy())
    names = [networks["CNN"].classes[label] for label in labels]
    cells = [cell for row in zip(shown, *pictures, strict=True) for cell in row]
    texts = [text for row in zip(names, *captions, strict=True) for text in row]
    image_grid(cells, texts, SHEET, columns=6, title=f"Grad-CAM, {', '.join(sizes)}; one scale for each network")
    with Image.open(SHEET) as sheet:  # a third of the bytes
        small = sheet.convert("RGB").resize(
            (WIDTH, round(sheet.height * WIDTH / sheet.width)), Image.Resampling.LANCZOS
        )
    small.quantize(COLOURS).save(SHEET, optimize=True)
    print(SHEET)


def photos(run: Path, loaded: LoadedClassifier) -> tuple[list[str], list[int]]:
    """Files and labels of test images, one of each of the first classes."""
    test = Loaders(data_for([], run), loaded.preprocessing, seed=0).listing.splits["test"]
    rows = [int(np.flatnonzero(test.labels == label)[0]) for label in np.unique(test.labels)[:PHOTOS]]
    return [test.names[row] for row in rows], [int(test.labels[row]) for row in rows]


def maps_of(loaded: LoadedClassifier, images: Tensor, classes: Tensor | None = None) -> Tensor:
    """Maps float [N, h, w]."""
    return heatmaps(loaded.network, loaded.network_input(images), classes).float()


def with_random_weights(loaded: LoadedClassifier) -> LoadedClassifier:
    """The same network before any training; a head may begin with zeros, which give no map, so it is drawn too."""
    torch.manual_seed(0)
    model = loaded.record["model"]
    network = rebuilt(model, instantiate(model["head"]))
    for module in network.head.modules():
        if isinstance(module, nn.Linear):
            module.reset_parameters()
    return replace(loaded, network=ready(network))


def correlation(maps: Tensor, others: Tensor) -> float:
    """Mean over the photos of Pearson's r of two maps [N, h, w]; maps without any difference in them do not count."""
    size = (SIDE, SIDE)
    pairs = (nn.functional.interpolate(some[:, None], size, mode="bilinear").flatten(1) for some in (maps, others))
    one, other = (some - some.mean(1, keepdim=True) for some in pairs)
    lengths = one.norm(dim=1) * other.norm(dim=1)
    return float(((one * other).sum(1) / lengths)[lengths > 0].mean())


if __name__ == "__main__":
    main()
