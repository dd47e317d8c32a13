"""Export: write a run's network to ONNX and check that it says the same as torch.

  artesano export last                 <run>/export/model.onnx and model.json (classes, preprocessing)
  artesano export last photos/         compared on your images too
  artesano export last -o deploy/      into another folder

Exit code 1 when a logit differs by more than 1e-4. Needs: pip install 'artesano[onnx]'"""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="+", metavar="run image", help="a run (folder, number, last); images to compare")
    parser.add_argument("-o", "--output", metavar="FOLDER", help="instead of <run>/export")


def main(args: argparse.Namespace) -> int:
    from pathlib import Path

    from artesano.commands.hints import next_steps, quoted
    from artesano.inference import export, inputs
    from artesano.inference.load import load

    export.check_extra()
    run, given = inputs.run_and_inputs(args.words, needs_run=True)
    loaded = load(str(run))
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
