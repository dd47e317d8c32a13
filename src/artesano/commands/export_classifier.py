"""`artesano export` of a classifier: images in, logits out."""

from __future__ import annotations

import argparse


def main(args: argparse.Namespace, run: str, given: list[str]) -> int:
    from pathlib import Path

    from artesano.commands.hints import next_steps, quoted
    from artesano.data.io import inputs
    from artesano.kinds.transfer import export
    from artesano.kinds.transfer.load import load

    loaded = load(run)
    assert loaded.folder is not None
    files = inputs.find_images(given) if given else []
    folder = Path(args.output).expanduser() if args.output else loaded.folder / "export"
    path = export.export(loaded, folder)
    found = export.parity(loaded, path, files)

    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB, opset {export.OPSET}, any batch size)")
    print(f"largest difference to torch over {found.images} images: {found.difference:.2e} of a logit")
    print(f"same class: {found.same} of {found.images}")
    if not found.close:
        print(f"NOT THE SAME: more than {export.TOLERANCE:g}. Do not ship this file.")
        return 1
    where = quoted(loaded.folder)
    next_steps(
        f"artesano export {where} <images>   # compare on real images",
        f"artesano predict {where} <images>",
        f"artesano evaluate {where} data=<other data with the same classes>",
    )
    return 0
