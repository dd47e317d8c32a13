"""Export: write a run's network to ONNX and compare it with torch.

  artesano export last                 <run>/export/model.onnx and model.json (classes, preprocessing)
  artesano export last photos/         a classifier: compared on your images too
  artesano export last -o deploy/      into another folder
  artesano export last -o m.onnx       by another name, m.json beside it

  artesano export last --format basicsr   a GAN from images that started from such a file (weights.file): a .pth that
                                       BasicSR, Real-ESRGAN and SwinIR load; --format pix2pix: latest_net_G.pth

Of a GAN it is the generator: z (and labels) in, images out; of a GAN from images, images of any size in and out.
Exit code 1 when a logit or a pixel differs by more than 1e-4. Needs: pip install 'artesano[onnx]'"""

from __future__ import annotations

import argparse

from artesano.kinds.flags import add_flags, chosen


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="+", metavar="run image", help="a run (folder, 3, gan/3, last, bundle); images to compare"
    )
    parser.add_argument(
        "-o", "--output", metavar="PLACE", help="a folder, or a name that ends in .onnx (.pth); without it <run>/export"
    )
    add_flags(parser, "export")


def main(args: argparse.Namespace) -> int:
    if args.format in (None, "onnx"):
        from artesano.kinds.onnx import check_extra

        check_extra()
    from artesano.progress_bars import load_torch

    kind, run, inputs = chosen("export", args)
    load_torch()
    return kind.export(str(run), inputs, args)
