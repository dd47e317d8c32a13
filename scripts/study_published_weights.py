"""Do published weights mean the same here? The original networks beside ours, with the same random weights.

  python scripts/study_published_weights.py --peers ~/peers          the table, 2 minutes
  python scripts/study_published_weights.py --peers ~/peers --save   docs/results/published_weights.csv

~/peers holds checkouts of XPixelGroup/BasicSR, cszn/BSRGAN, JingyunLiang/SwinIR and
junyanz/pytorch-CycleGAN-and-pix2pix under these names; nothing of them is copied. Each network gets random weights that
are not small, is saved as its authors save it, and is loaded here from that file; a row has the largest difference of
the outputs over images of two or three sizes, with pixels in the network's own range, and that of the original when it
loads our export of the same network again."""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import types
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import nn

from artesano.gan.published import published_generator
from artesano.gan.published_discriminators import published_discriminator

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"
SIDES = ((24, 24), (16, 40), (19, 13))
EVEN = ((64, 64), (32, 96))  # that halve twice
WHOLE = ((256, 256), (256, 512))  # that halve eight times
INSTANCE = partial(nn.InstanceNorm2d, affine=False, track_running_stats=False)
SWIN = {"window_size": 8, "mlp_ratio": 2, "img_size": 64}
CLASSICAL = {**SWIN, "embed_dim": 180, "depths": [6] * 6, "num_heads": [6] * 6}
SMALL = {**SWIN, "embed_dim": 60, "depths": [6] * 4, "num_heads": [6] * 4, "upsampler": "pixelshuffledirect"}
LARGE = {**SWIN, "embed_dim": 240, "depths": [6] * 9, "num_heads": [8] * 9, "resi_connection": "3conv"}
REAL = {"upsampler": "nearest+conv"}


@dataclass
class Case:
    """One original network.

    Attributes:
        wrapper: the key under which its authors save the state dict; None = it is the file.
        names: how the tensors are called in an older release of it, if that is what is saved.
    """

    network: str
    make: Callable[[Path], nn.Module]
    wrapper: str | None = None
    names: Callable[[dict[str, Any]], dict[str, Any]] = dict
    low: float = 0.0
    sides: tuple[tuple[int, int], ...] = SIDES


@dataclass
class Row:
    """A network, the largest difference of its outputs, and what they are like."""

    network: str
    parameters: int
    file: str
    difference: float
    difference_back: float
    output_std: float


def main() -> int:
    args = arguments()
    torch.set_num_threads(2)
    rows = []
    with tempfile.TemporaryDirectory(prefix="artesano-peers-") as scratch:
        for case in cases():
            if args.only in case.network:
                rows.append(compared(case, args.peers.expanduser(), Path(scratch)))
                print(rows[-1], flush=True)
        for name, make in discriminators().items():
            if args.only in name:
                rows.append(judged(name, make(args.peers.expanduser()), Path(scratch)))
                print(rows[-1], flush=True)
    table = pd.DataFrame(map(asdict, rows))
    print(table.to_string(index=False))
    if args.save:
        save(table)
    return 1 if (table[["difference", "difference_back"]] >= 1e-5).any(axis=None) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, required=True, help="folder with the checkouts")
    parser.add_argument("--only", default="", metavar="TEXT", help="networks with this in their names")
    parser.add_argument("--save", action="store_true", help="write docs/results/published_weights.csv")
    return parser.parse_args()


def save(table: pd.DataFrame) -> None:
    """Write the rows; those of other networks stay."""
    path = RESULTS / "published_weights.csv"
    table["command"] = "python scripts/study_published_weights.py --peers <folder>"
    before = pd.read_csv(path) if path.is_file() else table[:0]
    rows = pd.concat([before[~before.network.isin(table.network)], table]).set_index("network")
    order = [name for name in (*(case.network for case in cases()), *discriminators()) if name in rows.index]
    rows.loc[order].to_csv(path, float_format="%.3g", lineterminator="\n")


def cases() -> list[Case]:
    def rrdb(**options: Any) -> Callable[[Path], nn.Module]:
        return lambda peers: basicsr(peers, "rrdbnet_arch").RRDBNet(3, 3, **options)

    def bsrgan() -> Callable[[Path], nn.Module]:
        return lambda peers: plain(peers / "BSRGAN" / "models" / "network_rrdbnet.py").RRDBNet(sf=2)

    def msr(scale: int) -> Callable[[Path], nn.Module]:
        return lambda peers: basicsr(peers, "srresnet_arch").MSRResNet(upscale=scale)

    def swin(**options: Any) -> Callable[[Path], nn.Module]:
        return lambda peers: plain(peers / "SwinIR" / "models" / "network_swinir.py").SwinIR(**options)

    def translator(name: str, *numbers: Any, **options: Any) -> Callable[[Path], nn.Module]:
        networks = Path("pytorch-CycleGAN-and-pix2pix", "models", "networks.py")
        return lambda peers: getattr(plain(peers / networks), name)(3, 3, *numbers, **options)

    batch, pix = nn.BatchNorm2d, {"low": -1.0}
    return [
        Case("ESRGAN RRDBNet x4", rrdb(), "params"),
        Case("ESRGAN RRDBNet x4, names of the first release", rrdb(), None, first_release),
        Case("Real-ESRGAN RRDBNet x4", rrdb(), "params_ema"),
        Case("Real-ESRGAN RRDBNet x4, 6 blocks", rrdb(num_block=6), "params_ema"),
        Case("Real-ESRGAN RRDBNet x2", rrdb(scale=2), "params_ema"),
        Case("BSRGAN RRDBNet x2", bsrgan()),
        *(Case(f"BasicSR MSRResNet x{scale}", msr(scale), "params") for scale in (2, 3, 4)),
        *(
            Case(f"SwinIR x{scale}, classical", swin(**CLASSICAL, upscale=scale, upsampler="pixelshuffle"), "params")
            for scale in (2, 3, 4, 8)
        ),
        *(Case(f"SwinIR x{scale}, small", swin(**SMALL, upscale=scale), "params") for scale in (2, 3, 4)),
        Case("SwinIR x2, small, trained on 48 px", swin(**SMALL | {"img_size": 48}, upscale=2), "params"),
        Case("SwinIR x4, photos", swin(**CLASSICAL, upscale=4, **REAL), "params_ema"),
        Case("SwinIR x4, photos, large", swin(**LARGE, upscale=4, **REAL), "params_ema"),
        Case("pix2pix U-Net 256, batch norm", translator("UnetGenerator", 8, norm_layer=batch, use_dropout=True),
             sides=WHOLE, **pix),
        Case("pix2pix U-Net 256, instance norm", translator("UnetGenerator", 8, norm_layer=INSTANCE),
             sides=WHOLE, **pix),
        Case("pix2pix U-Net 128, batch norm", translator("UnetGenerator", 7, norm_layer=batch), sides=WHOLE, **pix),
        Case("pix2pix ResNet 9, batch norm, dropout",
             translator("ResnetGenerator", norm_layer=batch, use_dropout=True, n_blocks=9), sides=EVEN, **pix),
        *(
            Case(f"CycleGAN ResNet {blocks}, instance norm",
                 translator("ResnetGenerator", norm_layer=INSTANCE, n_blocks=blocks), sides=EVEN, **pix)
            for blocks in (6, 9)
        ),
        Case("CycleGAN ResNet 9, instance norm with statistics",
             translator("ResnetGenerator", norm_layer=INSTANCE, n_blocks=9), None, with_statistics, sides=EVEN, **pix),
    ]  # fmt: skip


def discriminators() -> dict[str, Callable[[Path], nn.Module]]:
    """{name: the original}; those of pix2pix read source and image as one image of six channels."""
    networks = Path("pytorch-CycleGAN-and-pix2pix", "models", "networks.py")

    def patches(channels: int, norm: Any) -> Callable[[Path], nn.Module]:
        return lambda peers: plain(peers / networks).NLayerDiscriminator(channels, norm_layer=norm)

    return {
        "Real-ESRGAN UNetDiscriminatorSN": lambda peers: basicsr(peers, "discriminator_arch").UNetDiscriminatorSN(3),
        "pix2pix PatchGAN, batch norm": patches(6, nn.BatchNorm2d),
        "CycleGAN PatchGAN, instance norm": patches(3, INSTANCE),
    }


@torch.no_grad()
def judged(name: str, original: nn.Module, scratch: Path) -> Row:
    """An original discriminator and ours with the same weights; there is no way back."""
    torch.manual_seed(0)
    original = shaken(original).train()
    for _ in range(10):  # spectral norm finds the singular values, batch norm its statistics
        original(torch.rand(2, 6 if "pix2pix" in name else 3, 64, 64))
    original.eval()
    file = scratch / "discriminator.pth"
    torch.save(original.state_dict(), file)
    published = published_discriminator(str(file))
    seen = published.channels // 2 if published.channels == 6 else 0
    ours = published.build()
    ours.load_state_dict(published.source_last(seen))
    differences, stds = [], []
    for height, width in EVEN:
        images = torch.rand(1, published.channels, height, width)
        expected = original(images).flatten(1)
        made = ours.eval()(torch.cat([images[:, seen:], images[:, :seen]], 1)).logits
        differences.append((made - expected).abs().max().item())
        stds.append(expected.std().item())
    count = sum(parameter.numel() for parameter in original.parameters())
    return Row(name, count, "state dict", max(differences), float("nan"), min(stds))


@torch.no_grad()
def compared(case: Case, peers: Path, scratch: Path) -> Row:
    """The original and ours with the same weights, there and back."""
    torch.manual_seed(0)
    original = shaken(case.make(peers)).eval()
    tensors = case.names(original.state_dict())
    file = scratch / "weights.pth"
    torch.save(tensors if case.wrapper is None else {case.wrapper: tensors}, file)
    published = published_generator(str(file))
    ours = published.filled().eval()
    again = case.make(peers).eval()
    again.load_state_dict(ours.published_names(ours.state_dict()))
    differences, back, stds = [], [], []
    for height, width in case.sides:
        images = case.low + (1 - case.low) * torch.rand(1, published.in_channels, height, width)
        expected, made = reference(original, images, published.scale), ours(images)
        differences.append((made - expected).abs().max().item())
        back.append((reference(again, images, published.scale) - expected).abs().max().item())
        stds.append(expected.std().item())
    count = sum(parameter.numel() for parameter in original.parameters())
    saved = "state dict" if case.wrapper is None else case.wrapper
    return Row(case.network, count, saved, max(differences), max(back), min(stds))


def reference(network: nn.Module, images: torch.Tensor, scale: int) -> torch.Tensor:
    """The original on images that it may have to be given mirrored to even sides, as Real-ESRGAN's own program does."""
    if scale != 2 or not hasattr(network, "conv_body"):
        return network(images)
    height, width = images.shape[-2:]
    even = nn.functional.pad(images, (0, width % 2, 0, height % 2), mode="reflect")
    return network(even)[..., : scale * height, : scale * width]


def shaken(network: nn.Module) -> nn.Module:
    """Random weights of such a size that every layer counts, and running statistics that are not 0 and 1."""
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.copy_(0.5 + torch.rand_like(tensor))
        elif tensor.is_floating_point() and not name.endswith(("attn_mask", "weight_u", "weight_v")):
            fan = tensor[0].numel() if tensor.ndim > 1 else 100
            noise = torch.randn_like(tensor) / fan**0.5
            tensor.copy_(1 + 0.3 * noise if tensor.ndim == 1 and is_gain(network, name) else noise)
    return network


def is_gain(network: nn.Module, name: str) -> bool:
    """True for the gains of norms."""
    owner = network.get_submodule(name.rpartition(".")[0])
    return name.endswith("weight") and "Norm" in type(owner).__name__


def first_release(tensors: dict[str, Any]) -> dict[str, Any]:
    """Names of RRDBNet's tensors in the files of 2018."""
    blocks = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("body."))
    layers = {"conv_first": "0", "conv_body": f"1.sub.{blocks}", "conv_up1": "3", "conv_up2": "6", "conv_hr": "8"}
    layers["conv_last"] = "10"

    def former(name: str) -> str:
        parts = name.split(".")
        if parts[0] == "body":
            return f"model.1.sub.{parts[1]}.{parts[2].upper()}.{parts[3]}.0.{parts[4]}"
        return f"model.{layers[parts[0]]}.{parts[1]}"

    return {former(name): tensor for name, tensor in tensors.items()}


def with_statistics(tensors: dict[str, Any]) -> dict[str, Any]:
    """As files of 2017 have them: running statistics of instance norm, which nothing reads."""
    added = {}
    for name, tensor in tensors.items():
        place, kind = name.rpartition(".")[::2]
        before, _, number = place.rpartition(".")
        if kind == "bias":
            norm = f"{before}.{int(number) + 1}"
            added |= {f"{norm}.running_mean": torch.randn_like(tensor), f"{norm}.running_var": torch.rand_like(tensor)}
    last = max(int(name.split(".")[1]) for name in tensors) + 1  # behind the last convolution there is no norm
    return dict(tensors) | {name: tensor for name, tensor in added.items() if not name.startswith(f"model.{last}.")}


# The originals ---------------------------------------------------------------------------------------------------


def basicsr(peers: Path, module: str) -> types.ModuleType:
    """An architecture of BasicSR without its package, which imports all of them with their compiled operators."""
    folder = peers / "BasicSR" / "basicsr" / "archs"
    for name in ("basicsr", "basicsr.archs"):
        package = sys.modules.setdefault(name, types.ModuleType(name))
        package.__path__ = [str(folder.parent if name == "basicsr" else folder)]
    stub("basicsr.utils", get_root_logger=None)
    stub("basicsr.utils.registry", ARCH_REGISTRY=Registry())
    stub("basicsr.ops")
    stub("basicsr.ops.dcn", ModulatedDeformConvPack=nn.Module, modulated_deform_conv=None)
    stub("distutils")
    stub("distutils.version", LooseVersion=str)
    return importlib.import_module(f"basicsr.archs.{module}")


class Registry:
    """Registers nothing."""

    def register(self, *_: Any, **__: Any) -> Callable[[type], type]:
        return lambda made: made


def stub(name: str, **contents: Any) -> None:
    """A module with nothing but what is named."""
    try:
        importlib.import_module(name)
    except ImportError:
        sys.modules[name] = types.ModuleType(name)
    for key, value in contents.items():
        if not hasattr(sys.modules[name], key):
            setattr(sys.modules[name], key, value)


def plain(file: Path) -> types.ModuleType:
    """A module from its file alone."""
    specification = importlib.util.spec_from_file_location(file.stem, file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
