"""`artesano export` of a GAN from images: its averaged generator."""

from __future__ import annotations

import argparse


def main(args: argparse.Namespace, run: str, given: list[str]) -> int:
    from pathlib import Path

    from artesano.commands.hints import next_steps, quoted
    from artesano.errors import BadInput
    from artesano.kinds.image_gan import export as export_image_gan
    from artesano.kinds.image_gan.load import load_image_gan
    from artesano.kinds.transfer import export

    if given:
        raise BadInput(f"{given[0]}: images are of no use here; the generator is compared on noise of two sizes.")
    gan = load_image_gan(run)
    folder = Path(args.output).expanduser() if args.output else gan.folder / "export"
    path = export_image_gan.export_generator(gan, folder)
    found = export_image_gan.difference(gan, path)

    sides = "any height and width" if gan.multiple == 1 else f"heights and widths that are multiples of {gan.multiple}"
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB, opset {export.OPSET}, {sides})")
    low, high = gan.pixels.ends
    print(f"largest difference to torch over two sizes: {found:.2e}, of pixels from {low:g} to {high:g}")
    if not found <= export.TOLERANCE:
        print(f"NOT THE SAME: more than {export.TOLERANCE:g}. Do not ship this file.")
        return 1
    where = quoted(gan.folder)
    next_steps(f"artesano predict {where} <images>", f"artesano sample {where}", f"artesano evaluate {where}")
    return 0
