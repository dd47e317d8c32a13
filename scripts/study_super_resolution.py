"""Super-resolution: pixels, then the adversary, beside bicubic; what the adversary adds; SWCGAN beside SRGAN.

  python scripts/study_super_resolution.py --list
  python scripts/study_super_resolution.py --root <UC Merced>     docs/results/super_resolution.csv

Blue Marble at x4; UC Merced (a folder of class folders) at x2 and x4, its test part stratified by class. Each run has a
pixel phase and an adversarial phase, and measures the best of both beside bicubic. The ablation starts from the very
checkpoint of the pixel phase and trains as many steps on the same terms without the adversary. The pixel phase alone is
a run too, for the interval of its gain.

SWCGAN is compared with SRGAN at equal steps, and at equal time: its step takes 1.29 times as long on pixels and 1.20
times with the adversary, measured in turn on two cores, so SRGAN gets that many more. Both with a rate five times that
of SRGAN's default, which is for published weights too and small for so few steps; RRDB and SwinIR's small net, pixels
alone, at the same time. The rows `2e-4` are of SWCGAN's first recipe, beside SRGAN's default."""

from __future__ import annotations

import sys

from jobs import Job, parser, study

PIXELS, ADVERSARIAL = 3000, 1000
MODELS = ("", "_pixel", "_bicubic", "_lanczos")
UCMERCED = "data=sr_folder"
FAST = ("hacks.lr=0.001", "phases.adversarial_lr=0.1")
SWINIR = ("generator=swinir", "hacks.upsample=direct")
FIRST = (
    "hacks.lr=0.0002",
    "phases.adversarial_lr=0.5",
    "hacks.discriminator_norm=none",
    "image_to_image.adversarial_weight=0.005",
)


def metrics(scales: tuple[int, ...] = (2, 4)) -> list[str]:
    """Of the best state, the best of the pixel phase, bicubic and Lanczos; and the ends of the gains' intervals."""
    names = [f"psnr_rgb_crop{scale}" for scale in scales] + [f"psnr_rgb_crop{scale}_gain" for scale in scales]
    ends = [f"test/psnr_rgb_crop{scale}_gain_{end}" for scale in scales for end in ("low", "high")]
    names += [f"ssim_y_crop{scale}" for scale in scales]
    names += ["features_lite1", "hf_ratio", "lr_psnr", "colour_shift"]
    return [f"test/{name}{model}" for name in names for model in MODELS] + ends


def run(name: str, data: tuple[str, ...], scale: int, seed: int, *own: str, seconds: float = 1500) -> Job:
    """One run with both phases."""
    overrides = ("gan=srgan", *data, f"scale={scale}", f"phases.pixel={PIXELS}", f"max_steps={PIXELS + ADVERSARIAL}")
    about = {"data": name, "scale": scale, "network": "srgan", "adversary": True, "seed": seed}
    return Job(f"sr-{name}-x{scale}-s{seed}", (*overrides, f"seed={seed}", *own), about, seconds)


def pixels(of: Job, seconds: float = 900) -> Job:
    """The pixel phase of that run and nothing after it: its best state, with the interval of its gain over bicubic."""
    overrides = tuple(f"max_steps={PIXELS}" if override.startswith("max_steps") else override for override in of.words)
    about = of.about | {"network": "srgan, pixel phase", "adversary": False}
    return Job(f"{of.name}-pixels", overrides, about, seconds)


def ablation(of: Job, seconds: float = 400) -> Job:
    """The same steps from the same pixels, on the same terms, without the adversary."""
    overrides = [override for override in of.words if not override.startswith(("phases.pixel", "max_steps"))]
    overrides += [
        "phases.pixel=0",
        "phases.run={" + of.name + "}",
        "image_to_image.adversarial_weight=0",
        f"max_steps={ADVERSARIAL}",
    ]
    return Job(f"{of.name}-alone", tuple(overrides), of.about | {"adversary": False}, seconds)


def beside_swcgan(data: tuple[str, ...], seed: int) -> list[Job]:
    """SWCGAN beside SRGAN with the same rate and in the same time, and RRDB."""
    return [
        with_steps("swcgan", ("gan=swcgan",), data, seed, 1252, 418),
        with_steps("srgan", ("gan=srgan", *FAST), data, seed, 1615, 502),
        with_steps("rrdb, pixel phase", ("gan=srgan", "generator=rrdb", *FAST), data, seed, 1252, 0),
    ]


def one_seed_beside_swcgan(data: tuple[str, ...], seed: int) -> list[Job]:
    """SwinIR in the same time; SWCGAN's first recipe, and SRGAN's default rate."""
    return [
        with_steps("swinir light, pixel phase", ("gan=srgan", *SWINIR, *FAST), data, seed, 230, 0),
        with_steps("swcgan, 2e-4", ("gan=swcgan", *FIRST), data, seed, PIXELS, ADVERSARIAL),
        with_steps("swcgan, 2e-4", ("gan=swcgan", *FIRST), data, seed, 1252, 418),
        with_steps("srgan, 2e-4", ("gan=srgan",), data, seed, 1615, 502),
    ]


def with_steps(network: str, words: tuple[str, ...], data: tuple[str, ...], seed: int, pixel: int, steps: int) -> Job:
    """`pixel` steps on pixels, `steps` more with the adversary."""
    overrides = (*words, *data, "scale=4", f"phases.pixel={pixel}", f"max_steps={pixel + steps}", f"seed={seed}")
    about = {"data": "ucmerced", "scale": 4, "network": f"{network}, {pixel + steps} steps", "adversary": steps > 0}
    name = network.replace(",", "").replace(" ", "-")
    return Job(f"sr-{name}-{pixel + steps}-s{seed}", overrides, about | {"seed": seed}, 0.5 * (pixel + steps))


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--root", required=True, metavar="FOLDER", help="UC Merced, a folder for each class")
    args = options.parse_args()
    merced = (UCMERCED, f"data.root={args.root}")
    jobs = []
    for seed in args.seeds:
        jobs += beside_swcgan(merced, seed)
    for seed in args.seeds[:1]:
        whole = [
            run("blue_marble", ("data=blue_marble_sr",), 4, seed),
            run("ucmerced", merced, 2, seed),
            run("ucmerced", merced, 4, seed),
        ]
        jobs += [job for first in whole for job in (first, pixels(first), ablation(first))]
        jobs += one_seed_beside_swcgan(merced, seed)
    columns = {"steps_per_second": lambda record: round(record["speed"]["steps_per_second"] or 0, 2)}
    sys.exit(study(jobs, args, "super_resolution", metrics(), columns))
