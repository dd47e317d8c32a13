"""Export: write a run's network to ONNX and check that it says the same as torch.

  artesano export last                 <run>/export/model.onnx and model.json (classes, preprocessing)
  artesano export last photos/         compared on your images too
  artesano export last -o deploy/      into another folder

Of a GAN it is the generator: z (and labels) in, images out; of a GAN from images, images of any size in and out.
Exit code 1 when a logit or a pixel differs by more than 1e-4. Needs: pip install 'artesano[onnx]'"""

from __future__ import annotations

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="+", metavar="run image", help="a run (folder, number, last); images to compare")
    parser.add_argument("-o", "--output", metavar="FOLDER", help="instead of <run>/export")


def main(args: argparse.Namespace) -> int:
    from artesano.commands import export_classifier, export_gan, export_image_gan
    from artesano.data.io.inputs import run_and_inputs
    from artesano.kinds.transfer.export import check_extra
    from artesano.runs.checkpoint import kind_of_run

    check_extra()
    run, given = run_and_inputs(args.words, needs_run=True)
    assert run is not None
    kinds = {"transfer": export_classifier, "gan": export_gan, "image_gan": export_image_gan}
    return kinds[kind_of_run(run)].main(args, run, given)
