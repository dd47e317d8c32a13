"""`artesano export --format basicsr` or `pix2pix`: a generator as the program of its network would save it."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from artesano.errors import BadInput
from artesano.gan.networks.image.published import Program, Published
from artesano.gan.published import GENERATORS, published_generator
from artesano.kinds.image_gan.generator import Direction
from artesano.kinds.image_gan.load import LoadedImageGan, load_image_gan
from artesano.kinds.places import file_to_write, folder_to_fill, names_file
from artesano.next_steps import next_steps, quoted

NAMES = {"basicsr": "net_g.pth", "pix2pix": "latest_net_G.pth"}
BOTH_WAYS: dict[Direction, str] = {"a2b": "latest_net_G_A.pth", "b2a": "latest_net_G_B.pth"}


def command(run: str, program: Program, output: str | None) -> int:
    """Write the files, and read them again: exit code 1 when they do not hold the same weights."""
    gan = load_image_gan(run)
    gans = {target(gan, program, output): gan}
    if gan.image_to_image == "cycle":
        gans = {
            folder_of(gan, output) / name: load_image_gan(run, direction=direction)
            for direction, name in BOTH_WAYS.items()
        }
    networks = {path: network_of(gan, program) for path, gan in gans.items()}
    for path, network in networks.items():
        write(path, network, averaged=gan.averaged)
        own = network.state_dict()
        again = published_generator(str(path), "").tensors
        if any(not torch.equal(tensor, own[name].cpu()) for name, tensor in again.items()):
            print(f"{path}: holds other weights than {gan.folder}.")
            return 1
        print(f"{path}: {network.original}, read again: the same weights")
    next_steps(f"artesano predict --weights {quoted(next(iter(gans)))} <images>")
    return 0


def target(gan: LoadedImageGan, program: Program, output: str | None) -> Path:
    """The file: `--output`, or a file with the program's name in that folder, without it <run>/export.

    Raises:
        BadInput: another ending than .pth, a file where both directions are written, or a place where nothing can be.
    """
    if output is not None and names_file(output) and gan.image_to_image != "cycle":
        return file_to_write(output, (".pth",))
    return folder_of(gan, output) / NAMES[program]


def folder_of(gan: LoadedImageGan, output: str | None) -> Path:
    return folder_to_fill(output) if output is not None else gan.folder / "export"


def network_of(gan: LoadedImageGan, program: Program) -> Published:
    """The generator, if it is a network of this program.

    Raises:
        BadInput: it is one of ours, or another program's.
    """
    network = gan.generator
    if not isinstance(network, Published):
        own = gan.record["model"]["generator"]["_target_"].split(".")[-2]
        known = ", ".join(kind.__module__.split(".")[-1] for kind in GENERATORS if kind.program == program)
        raise BadInput(
            f"--format {program}: generator={own} of {gan.folder} is a network of ours, which that program has not; "
            f"accepted: runs with generator={known}, or that started from such a file (weights.file)."
        )
    if network.program != program:
        raise BadInput(f"--format {program}: {gan.folder} holds {network.original}; give --format {network.program}.")
    return network


def write(path: Path, network: Published, *, averaged: bool) -> None:
    """The weights by their published names: BasicSR's below `params_ema` or `params`, the others' as they are."""
    tensors: dict[str, Tensor] = {
        name: tensor.detach().cpu().contiguous().clone()
        for name, tensor in network.published_names(network.state_dict()).items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")  # nothing half-written
    torch.save({"params_ema" if averaged else "params": tensors} if network.program == "basicsr" else tensors, part)
    part.replace(path)
