"""`artesano export` of a GAN: its averaged generator."""

from __future__ import annotations

import argparse


def main(args: argparse.Namespace, run: str, given: list[str]) -> int:
    from pathlib import Path

    from artesano.commands.hints import next_steps, quoted
    from artesano.errors import BadInput
    from artesano.kinds.gan import export as export_gan
    from artesano.kinds.gan.load import load_gan
    from artesano.kinds.transfer import export

    if given:
        raise BadInput(f"{given[0]}: images are of no use here; a generator is compared on z that are drawn.")
    gan = load_gan(run)
    folder = Path(args.output).expanduser() if args.output else gan.folder / "export"
    path = export_gan.export_generator(gan, folder)
    found = export_gan.difference(gan, path)

    takes = "z and labels" if gan.conditional else "z"
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB, opset {export.OPSET}, takes {takes}, any batch size)")
    low, high = gan.pixels.ends
    print(f"largest difference to torch over 4 images: {found:.2e}, of pixels from {low:g} to {high:g}")
    if not found <= export.TOLERANCE:
        print(f"NOT THE SAME: more than {export.TOLERANCE:g}. Do not ship this file.")
        return 1
    where = quoted(gan.folder)
    next_steps(
        f"artesano sample {where}",
        f"artesano sample {where} --count 1000 --to samples.npz",
        f"artesano evaluate {where}",
    )
    return 0
