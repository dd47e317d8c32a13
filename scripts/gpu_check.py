"""What only a GPU can show, in under nine minutes: `scripts/gpu_check.sh`. Without a GPU it says what it would do.

  scripts/gpu_check.sh                     the checks, one table, docs/results/gpu_check.csv
  scripts/gpu_check.sh --only resume       some of them
  scripts/gpu_check.sh --rehearse          all on the CPU, tiny: do the commands work? Their figures mean nothing.

Each check is one or two runs of `artesano train` in processes of their own; the row has images per second (of its
second half: the start and what compiles are not counted), the peak of the GPU's memory, and what was to be shown."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from jobs import RESULTS, as_table, console

from artesano.runs.checkpoint import read_checkpoint

LIMIT, BATCH = 9 * 60, 64  # seconds of all checks; images of a step
EQUAL, REHEARSED = "equal bit for bit", 12  # steps of a rehearsal
GAN = ("task=gan", "hacks=best", "evaluation=none", "data.batch_size=64", "logger.wandb.mode=disabled", "seed=0")
NET = ("image_size=224", "data.batch_size=64", "strategy=full", "logger.wandb.mode=disabled", "seed=0")
NET += ("eval_every=100000", "data.augment=light")
#: two equal runs may otherwise differ in the last bit; upsampling has no deterministic gradient on a GPU
SAME = (*GAN[:1], "hacks=lecture", *GAN[2:], "trainer.deterministic=warn")
BF16, COMPILED = "trainer.precision=bf16-mixed", "compile=true"
ONE_DDP = ("trainer=ddp", "trainer.devices=1")
WIDE = ("generator.width=64", "discriminator.width=64")
WIDTHS = ("generator.width", "discriminator.width")
SMALL = ("image_size=16", "generator.width=8", "discriminator.width=8")  # of a rehearsal


@dataclass(frozen=True)
class Check:
    """One row.

    Attributes:
        shows: what it is there for.
        words: overrides of its run.
        steps: updates.
        beside: the check whose rate this one's is divided by.
        equal: words of a second run, which must end with the same tensors; `resume` = stopped half-way and resumed.
        seconds: expected, at most.
        graphs: CUDA graphs are on for the compiled network.
    """

    name: str
    shows: str
    words: tuple[str, ...]
    steps: int = 300
    beside: str = ""
    equal: tuple[str, ...] = ()
    seconds: int = 20
    graphs: bool = False


CHECKS = [
    Check("dcgan 32 fp32", "rate", (*GAN, *WIDE)),
    Check("dcgan 32 bf16", "bf16 against fp32", (*GAN, *WIDE, BF16), beside="dcgan 32 fp32"),
    Check("dcgan 32 compiled", "compile against none", (*GAN, *WIDE, BF16, COMPILED), 300, "dcgan 32 bf16", seconds=75),
    Check(
        "dcgan 32 graphs", "CUDA graphs against none", (*GAN, *WIDE, BF16, COMPILED), 300, "dcgan 32 bf16",
        seconds=75, graphs=True,
    ),
    Check("dcgan 64 bf16", "rate", (*GAN, *WIDE, BF16, "image_size=64")),
    Check("sngan 32 bf16", "rate", (*GAN, "gan=sngan", "hacks=spectral", BF16), 100),
    Check("sngan 64 bf16", "rate", (*GAN, "gan=sngan", "hacks=spectral", BF16, "image_size=64"), 100, seconds=30),
    Check("lite0 224 fp32", "rate", NET, 60),
    Check("lite0 224 bf16", "bf16 against fp32", (*NET, BF16), 60, "lite0 224 fp32"),
    Check("lite0 224 compiled", "compile against none", (*NET, BF16, COMPILED), 60, "lite0 224 bf16", seconds=75),
    Check("resume", "a resumed run equals the straight one", SAME, 60, equal=("resume",), seconds=45),
    Check("ddp of one", "one DDP process equals none", SAME, 60, equal=ONE_DDP, seconds=45),
]  # fmt: skip


@dataclass
class Result:
    """Of one run."""

    folder: Path
    rate: float = float("nan")
    peak: float = float("nan")
    trouble: str = ""


def one(words: list[str]) -> int:
    """In a process of its own: the run, then the peak of its memory as the last line."""
    if words[0] == "--graphs":
        import torch._inductor.config as inductor

        inductor.triton.cudagraphs = True
        words = words[1:]
    from artesano.cli import main

    code = main(words)
    peak = torch.cuda.max_memory_allocated() / 2**30 if torch.cuda.is_available() else 0.0
    print(f"\npeak {peak:.3f}")
    return code


def run(words: list[str], outputs: Path, limit: float, graphs: bool = False) -> Result:
    """`artesano <words>` in at most `limit` seconds; what went wrong is in the result."""
    command = [sys.executable, __file__, "--one", *(["--graphs"] if graphs else []), *words]
    env = os.environ | {"ARTESANO_OUTPUTS": str(outputs), "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=limit)
    except subprocess.TimeoutExpired:
        return Result(outputs, trouble=f"not ended after {limit:.0f} s")
    folders = sorted(path.parent for path in outputs.glob("*/*/run.json"))
    result = Result(folders[-1] if folders else outputs)
    if done.returncode:
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        result.trouble = f"failed ({done.returncode}): {said[-1][:200] if said else 'without a word'}"
        return result
    result.rate = BATCH * steps_per_second(result.folder)
    result.peak = float(done.stdout.rsplit("peak ", 1)[1].split()[0])
    return result


def steps_per_second(folder: Path) -> float:
    """The median over the second half of a run: the first one compiles and warms up."""
    times = pd.read_csv(folder / "times.csv").diff().dropna()
    late = times[len(times) // 2 :]
    return float((late["step"] / late["seconds"]).median())


def same_tensors(one: Path, other: Path) -> str:
    """`equal bit for bit`, or how many tensors differ and by how much at most."""
    first, second = (read_checkpoint(folder, "last").tensors for folder in (one, other))
    if first.keys() != second.keys():
        return "other tensors"
    pairs = {name: (first[name].double(), second[name].double()) for name in first}
    apart = [
        (left - right).abs().nan_to_num(nan=torch.inf).max().item()
        for left, right in pairs.values()
        if not torch.allclose(left, right, rtol=0, atol=0, equal_nan=True)  # a number that is not known yet is NaN
    ]
    return f"{len(apart)} of {len(first)} differ, at most by {max(apart):.2g}" if apart else EQUAL


def words_of(check: Check, trainer: tuple[str, ...], rehearse: bool, steps: int) -> list[str]:
    """The command line of a check; tiny in a rehearsal."""
    words = ["train", *trainer, *check.words, f"max_steps={steps}", f"log_every={max(1, steps // 12)}"]
    if not rehearse:
        return words
    small = SMALL if "task=gan" in check.words else ("backbone=test_vit", "weights.source=none", "image_size=32")
    kept = [word for word in words if word != COMPILED and not word.startswith(("image_size", *WIDTHS))]
    return [*kept, *(word for word in small if "sngan" not in check.name or not word.startswith(WIDTHS))]


def perform(check: Check, outputs: Path, trainer: tuple[str, ...], rehearse: bool, limit: float) -> dict[str, Any]:
    """The row of a check; `ok` is what the exit code hears."""
    steps = REHEARSED if rehearse else check.steps
    words = words_of(check, trainer, rehearse, steps)
    first = run(words, outputs / "a", limit, check.graphs)
    said = first.trouble
    if not said and check.equal == ("resume",):
        half = run(words_of(check, trainer, rehearse, steps // 2), outputs / "b", limit)
        second = half if half.trouble else run(["resume", str(half.folder), f"max_steps={steps}"], outputs / "b", limit)
        said = second.trouble or same_tensors(first.folder, second.folder)
    elif not said and check.equal:
        second = run([*words, *check.equal], outputs / "b", limit)
        said = second.trouble or same_tensors(first.folder, second.folder)
    return {"images/s": first.rate, "peak GiB": first.peak, "result": said, "ok": said in ("", EQUAL)}


def main(args: argparse.Namespace) -> int:
    """All checks; after each the csv of those so far. 1 where one failed."""
    chosen = [check for check in CHECKS if re.search(args.only, check.name)]
    gpu = torch.cuda.is_available()
    if not gpu and not args.rehearse:
        plan = [{"check": check.name, "shows": check.shows, "seconds": check.seconds} for check in chosen]
        seconds = sum(check.seconds for check in chosen)
        console.print(as_table(pd.DataFrame(plan), f"no GPU here; with one these would run, {seconds / 60:.0f} min"))
        return 0
    trainer = ("trainer=gpu",) if gpu else ("trainer=cpu",)
    rows: list[dict[str, Any]] = []
    began = time.monotonic()
    for check in chosen:
        about = {"check": check.name, "shows": check.shows}
        left = LIMIT - (time.monotonic() - began)
        if left < check.seconds / 2:
            rows.append({**about, "result": "left out: no time left", "ok": False})
            continue
        console.print(f"{check.name}: {check.shows} ...", highlight=False)
        with tempfile.TemporaryDirectory(prefix="artesano-gpu-") as outputs:
            row = about | perform(check, Path(outputs), trainer, args.rehearse, left)
        other = next((known["images/s"] for known in rows if known["check"] == check.beside and known["ok"]), None)
        if row["ok"] and other:
            row["result"] = f"{row['images/s'] / other:.2f} x {check.beside}"
        rows.append(row)
        if gpu:
            pd.DataFrame(rows).round(2).to_csv(args.out / "gpu_check.csv", index=False)
    title = torch.cuda.get_device_name() if gpu else "rehearsal on the CPU: the figures mean nothing"
    table = pd.DataFrame(rows).round(2).drop(columns="ok")
    console.print(as_table(table, f"{title}, torch {torch.__version__}, {time.monotonic() - began:.0f} s"))
    return int(not all(row["ok"] for row in rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        sys.exit(one(sys.argv[2:]))
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", metavar="REGEX", default="")
    options.add_argument("--rehearse", action="store_true")
    options.add_argument("--out", type=Path, default=RESULTS, metavar="FOLDER", help="of the table (docs/results)")
    sys.exit(main(options.parse_args()))
