"""Every option of every group with every GAN: its parts fit together, or one sentence names the key and what fits."""

import functools

import pytest
from omegaconf import OmegaConf
from omegaconf.errors import InterpolationKeyError

from artesano import cli
from artesano.config import search_path
from artesano.config.compose import compose
from artesano.config.uses import option
from artesano.kinds import registry
from artesano.kinds.fitting import misfits

pytestmark = pytest.mark.slow

GROUPS = (
    "data", "evaluation", "terms", "loss", "image_to_image", "generator", "discriminator", "latent", "degradation",
)  # fmt: skip
FILES = {"data": ("root", "file", "name")}  # required, and of no matter here
#: what must not be accepted, and what must be: those of the public reports among them
REFUSED = """
task=transfer data=sr_folder data.root=x | data=sr_folder: for a GAN from images
task=transfer data=blue_marble_map | takes data=celeba, cifar10, csv, fashion_mnist, folder, mnist, mnist5k
gan=srgan data=folder data.root=x | data=folder: for a classifier (task=transfer) or a GAN (task=gan) that makes images
gan=srgan data=mnist5k | gan=srgan takes data=blue_marble_levels,
gan=dcgan data=sr_folder data.root=x | gan=dcgan takes data=celeba, cifar10,
gan=srgan evaluation=none | gan=srgan takes evaluation=inpainting, restoration, translation
gan=srgan evaluation=fast | evaluation=fast: for a GAN
gan=srgan evaluation=full | evaluation=full: for a GAN
gan=srgan evaluation=default | evaluation=default: for a GAN
gan=dcgan evaluation=restoration | gan=dcgan takes evaluation=default, fast, full, none
gan=dcgan evaluation=translation | evaluation=translation: for a GAN from images
gan=dcgan evaluation=inpainting | evaluation=inpainting: for a GAN from images
gan=dcgan terms=pix2pix | terms=pix2pix: needs a target for each image
gan=dcgan terms=masked | terms=masked: needs a
gan=dcgan game=cycle | image_to_image
gan=dcgan phases=two | It belongs to gan=
gan=pix2pix terms=mutual_information | terms=mutual_information: needs latent.categorical, which latent=none
gan=pix2pix terms=cycle | terms=cycle: needs a second generator
gan=pix2pix terms=masked | terms=masked: needs a mask of the hole
gan=srgan image_to_image=translation | image_to_image=translation: needs a source of the image's size
gan=srgan terms=none | phases.pixel=3000: no term teaches the generator in the pixel phase; give phases=one
gan=inpaint image_to_image=restoration | image_to_image=restoration: needs a source without a hole
gan=srgan degradation=edges | image_to_image=restoration: needs a source without a hole, which every degradation but
gan=srgan degradation=edges | gan=srgan takes degradation=bicubic, none, realistic (not edges), or image_to_image=
gan=inpaint degradation=bicubic scale=2 | (gan=inpaint); gan=inpaint takes degradation=hole (not bicubic).
gan=pix2pix terms=masked | gan=pix2pix takes degradation=hole (not none), or terms=
gan=pix2pix degradation=realistic | (gan=srgan has it); without it there are degradation=edges, hole, none.
gan=srgan generator=dcgan | gan=srgan takes generator=inpainter,
gan=dcgan generator=unet | gan=dcgan takes generator=dcgan, dcgan_narrow, mlp, r3, resnet
gan=dcgan discriminator=local | discriminator=local: needs a mask of the hole
gan=inpaint degradation=bicubic scale=2 | need a mask of the hole, which degradation=hole gives
gan=dcgan loss=began hacks=critic | loss=began: needs reconstruction errors of the discriminator
gan=began loss=hinge | loss=hinge: needs scores of the discriminator
gan=dcgan terms=mutual_information | terms=mutual_information: needs codes of the latent
gan=dcgan latent=none hacks.latent=uniform | gan=dcgan takes latent=codes, noise
""".strip().splitlines()


@pytest.mark.parametrize("line", REFUSED)
def test_parts_that_do_not_fit_are_refused_with_what_does(line, outputs, capsys):
    words, _, said = line.partition(" | ")
    assert cli.main(["train", *words.split()]) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert "Traceback" not in printed
    assert not outputs.exists()


def all_options(group):
    with search_path.opened() as loader:
        return search_path.options(loader, group)


@functools.cache
def composed(*words):
    return compose(list(words))


def resolved(config, group, name):
    """The node of another option of a group, as it is in this config."""
    config[group] = option(group, name) | dict.fromkeys(FILES.get(group, ()), "x")
    return OmegaConf.to_container(config[group], resolve=True)


@pytest.mark.parametrize("words", [("task=transfer",), *[(f"gan={gan}",) for gan in all_options("gan")]], ids=str)
def test_every_option_fits_or_is_refused_in_one_sentence(words):
    base, counts = composed(*words), {"fits": 0, "refused": 0}
    kind = registry.of_config(base.resolved)
    reads = ("hacks", "conditioning", "latent", "scale", "image_size", "normalise_images")
    root = OmegaConf.create({key: base.resolved.get(key) for key in reads})
    typed = registry.options_of(base.resolved, base.origins, base.choices)
    for group in GROUPS:
        if group not in base.choices:
            continue
        here = OmegaConf.masked_copy(root, reads)
        for name in all_options(group):
            try:
                config = base.resolved | {group: resolved(here, group, name)}
            except InterpolationKeyError:  # latent.categorical of a GAN from images, which the first pass says
                continue
            choices = base.choices | {group: name}
            problems = misfits(kind, registry.kinds(), config, choices)
            if not problems:
                setattr(typed, group, config[group])
                problems = list(typed.unmet(choices))
                setattr(typed, group, base.resolved[group])
            counts["refused" if problems else "fits"] += 1
            for problem in problems:
                assert f"{group}={name}" in problem or "which" in problem
                assert problem.endswith(".")
                assert "\n" not in problem
            assert not (problems and name == base.choices[group]), problems
    assert counts["fits"] >= len([group for group in GROUPS if group in base.choices])
    assert counts["refused"]
