"""Satellite to map: pix2pix beside trivial baselines and its own L1; one model for three zoom levels; without partners.

  python scripts/study_translation.py --list
  python scripts/study_translation.py       docs/results/translation.csv

All on Blue Marble tiles of 64 px. `shuffled` trains on pairs whose partner is another tile, and can learn no more than
the mean map. The baselines (copy, mean map, colour regression) are measured in every run, on the same tiles."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

from jobs import Job, parser, study

STEPS = 2000
LEVELS = "data.levels=[64,128,256]"
MODELS = ("", "_copy", "_mean", "_regression")
METRICS = [f"test/{name}{model}" for name in ("l1", "ssim", "edge_ssim", "palette_accuracy") for model in MODELS]
METRICS += [f"test/{name}_level_{level}" for level in (64, 128, 256) for name in ("l1", "ssim", "palette_accuracy")]
KINDS = {
    "pix2pix": ("gan=pix2pix",),
    "l1-only": ("gan=pix2pix", "image_to_image.adversarial_weight=0"),
    "shuffled": ("gan=pix2pix", "data.pairing=shuffled"),
    "backwards": ("gan=pix2pix", "data.direction=BtoA"),
    "cyclegan": ("gan=cyclegan", "data.pairing=shuffled"),
    "cscgan": ("gan=cscgan",),
    "level-64": ("gan=pix2pix", "data.levels=[64]"),
    "level-128": ("gan=pix2pix", "data.levels=[128]"),
    "level-256": ("gan=pix2pix", "data.levels=[256]"),
    "mixture": ("gan=pix2pix", LEVELS),
}
INPAINT = ("gan=inpaint", "data=blue_marble_sr")


def job(kind: str, overrides: tuple[str, ...], seed: int, steps: int = STEPS) -> Job:
    """One run."""
    overrides = (*overrides, f"max_steps={steps}", f"seed={seed}")
    return Job(f"map-{kind}-s{seed}", overrides, {"model": kind, "seed": seed}, 700)


def distance(model: str) -> Callable[[dict[str, Any]], float | None]:
    """Reads the Fréchet distance of a method, whose name ends with the number of test tiles."""
    name = re.compile(rf"test/fd_lite0_\d+{model}$")
    return lambda record: next((value for key, value in record["metrics"]["best"].items() if name.match(key)), None)


if __name__ == "__main__":
    args = parser(__doc__).parse_args()
    seeds = args.seeds[:1]
    jobs = [job(kind, overrides, seed) for seed in seeds for kind, overrides in KINDS.items()]
    code = study(jobs, args, "translation", METRICS, {f"fd{model}": distance(model) for model in MODELS})
    holes = [f"test/{name}{model}" for name in ("hole_l1", "hole_psnr") for model in ("", "_mean")]
    jobs = [job("inpaint", INPAINT, seed, 4000) for seed in seeds]
    sys.exit(max(code, study(jobs, args, "inpainting", holes)))
