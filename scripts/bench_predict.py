"""Whole images by one network: our tiles beside those of Real-ESRGAN; for `bench_image_gan.py --predict`.

  git clone https://github.com/xinntao/Real-ESRGAN          RealESRGANer, in the folder of `--peers`

Both load one run, of one step and with all weights drawn anew, so that every layer acts. Speed and memory are those of
an image of noise, memory of the first time. Seams are the largest difference, of numbers from 0 to 1, between an image
made in tiles and the same image made at once.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import torch
from pace import Variant, say
from torch import nn

HERE = Path(__file__).resolve().parent
NETWORKS = {
    "SRResNet x2, 32 x 8": ("gan=srgan", "scale=2"),
    "SRResNet x2, 8 x 2": ("gan=srgan", "scale=2", "generator.width=8", "generator.blocks=2"),
    "U-Net": ("gan=pix2pix",),
}
RESTORING = ("SRResNet x2, 32 x 8", "SRResNet x2, 8 x 2")  # what Real-ESRGAN's tiles are for
FEW = (
    "evaluation.images_in_training=0", "logger.wandb.mode=disabled", "max_steps=1", "eval_every=1", "samples_every=1",
    "data.max_eval=4", "evaluation.features=null", "evaluation.niqe=false",
)  # fmt: skip
PAD = 10  # px, Real-ESRGAN's default
SEAM_SIDE, SEAM_TILE = 300, 128  # px of the image of which seams are measured, and of its tiles
TIMES = 2  # images; memory is that of the first, speed of the last


@dataclass
class TiledRow:
    """One network and one way to cut an image into tiles."""

    network: str
    tiles_of: str
    side: int
    source_megapixels: float
    made_megapixels: float
    tiles: int
    tile: int
    peak_mib: float
    before_mib: float
    seam: float
    words: str


def predicted(args: argparse.Namespace, scratch: Path, process: Callable[..., Any]) -> list[TiledRow]:
    """A row for each network and way, printed as they come."""
    print("| network | tiles of | source MP/s | made MP/s | tiles | peak MiB | of which before | seam |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    rows = []
    for number, (network, words) in enumerate(NETWORKS.items()):
        if args.only and args.only != network:
            continue
        outputs = scratch / f"runs-{number}"
        trained = [sys.executable, "-m", "artesano", "train", *words, *FEW]
        subprocess.run(trained, check=True, stdout=sys.stderr, env=os.environ | {"ARTESANO_OUTPUTS": str(outputs)})
        for way in ("ours", "theirs") if args.peers and network in RESTORING else ("ours",):
            folder = scratch / f"{way}-{number}"
            call = ("bench_predict.py", way, str(outputs), str(args.side), str(args.peers))
            variant: Variant = process(call, args, folder)()
            try:
                first, *_, last = [variant.answer() for _ in range(TIMES)]
            finally:
                variant.end()
            memory = {key: first[key] for key in ("peak_mib", "before_mib")}
            tiles_of = "artesano" if way == "ours" else f"Real-ESRGAN, pad {PAD}"
            row = TiledRow(network, tiles_of, args.side, **(last | memory), words=" ".join(words))
            rows.append(row)
            speeds = f"{row.source_megapixels:.2f} | {row.made_megapixels:.2f} | {row.tiles} of {row.tile} px"
            sizes = f"{row.peak_mib:,.0f} | {row.before_mib:,.0f} | {row.seam:.1e}"
            print(f"| {network} | {tiles_of} | {speeds} | {sizes} |", flush=True)
    return rows


# In a process of its own ---------------------------------------------------------------------------------------------


def ours(gan: Any, side: int, peers: str) -> None:
    from artesano.kinds.image_gan.predict_speed import predict_speed
    from artesano.kinds.image_gan.whole_images import WholeImages

    image = picture(gan.in_channels)
    at_once = WholeImages(gan, tile=2 * SEAM_SIDE)(image)
    seam = float(np.abs(WholeImages(gan, tile=SEAM_TILE)(image) - at_once).max())
    whole = WholeImages(gan)
    for _ in range(TIMES):
        speed = predict_speed(whole, side)
        answer = {key: getattr(speed, key) for key in ("source_megapixels", "made_megapixels", "tiles", "tile")}
        say({**answer, "peak_mib": speed.peak / 2**20, "before_mib": speed.before / 2**20, "seam": seam})


def theirs(gan: Any, side: int, peers: str) -> None:
    """RealESRGANer around the same network, with tiles as large as ours; reading and writing files left out."""
    from artesano.kinds.image_gan.predict_speed import _most_used, _used_now
    from artesano.kinds.image_gan.whole_images import WholeImages

    tile = WholeImages(gan).side(side, side, np.dtype(np.uint8))
    image = picture(gan.in_channels)
    at_once = WholeImages(gan, tile=2 * SEAM_SIDE)(image)
    enhancer = real_esrganer(peers, gan, SEAM_TILE)
    seam = float(np.abs(enhanced(enhancer, image) - at_once).max())
    enhancer.tile_size = tile
    for _ in range(TIMES):
        before = _used_now(gan.device)
        source = np.random.default_rng(0).integers(0, 256, (side, side, gan.in_channels), dtype=np.uint8)
        began = time.perf_counter()
        made = enhanced(enhancer, source.astype(np.float32) / 255)
        (made * 255).round().astype(np.uint8)
        megapixels = side**2 / 1e6 / (time.perf_counter() - began)
        answer = {"source_megapixels": megapixels, "made_megapixels": megapixels * gan.scale**2}
        memory = {"peak_mib": _most_used(gan.device) / 2**20, "before_mib": before / 2**20}
        say({**answer, **memory, "tiles": (-(-side // tile)) ** 2, "tile": tile, "seam": seam})


def real_esrganer(peers: str, gan: Any, tile: int) -> Any:
    """Theirs, without the weights that its constructor reads from a file."""
    from bench_image_gan_peers import package

    package(Path(peers) / "Real-ESRGAN", "realesrgan")
    for name in ("basicsr", "basicsr.utils", "basicsr.utils.download_util"):
        sys.modules.setdefault(name, MagicMock())
    from realesrgan.utils import RealESRGANer

    enhancer = RealESRGANer.__new__(RealESRGANer)
    enhancer.scale, enhancer.tile_size, enhancer.tile_pad = gan.scale, tile, PAD
    enhancer.pre_pad, enhancer.mod_scale, enhancer.half, enhancer.device = 0, None, False, gan.device
    enhancer.model = Generator(gan)
    return enhancer


class Generator(nn.Module):
    """The loaded generator as a network: images -> images."""

    def __init__(self, gan: Any):
        super().__init__()
        self.gan = gan

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.gan(images, None)


def enhanced(enhancer: Any, image: np.ndarray) -> np.ndarray:
    """What its `enhance` does between the conversions of colour, which need OpenCV."""
    with redirect_stdout(None):  # a line for each tile
        enhancer.pre_process(image)
        enhancer.tile_process()
        made = enhancer.post_process()
    return made.data.squeeze().float().cpu().clamp_(0, 1).numpy().transpose(1, 2, 0)


def picture(channels: int) -> np.ndarray:
    """Soft noise with edges, float32 [300, 300, channels] in [0, 1]."""
    random = np.random.default_rng(0)
    coarse = random.random((SEAM_SIDE // 10, SEAM_SIDE // 10, channels), dtype=np.float32)
    return coarse.repeat(10, 0).repeat(10, 1)


def loaded() -> Any:
    """The run, with all weights of its generator drawn anew: those of the last layers are zero at first."""
    from artesano.kinds.image_gan.load import load_image_gan

    gan = load_image_gan("last")
    torch.manual_seed(0)
    for parameter in gan.generator.requires_grad_(False).parameters():
        if parameter.ndim > 1:
            nn.init.kaiming_normal_(parameter).mul_(0.5)
    return gan


if __name__ == "__main__":
    from artesano.experiment.process import keep_freed_memory, quieten, skip_cuda_checks

    keep_freed_memory()
    quieten()
    skip_cuda_checks()
    way, outputs, side, peers = sys.argv[1:5]
    os.environ["ARTESANO_OUTPUTS"] = outputs
    {"ours": ours, "theirs": theirs}[way](loaded(), int(side), peers)
