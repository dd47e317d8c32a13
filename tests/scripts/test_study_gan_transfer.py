"""The study of transfer for GANs: cells differ in their start and in what learns alone."""

from pathlib import Path

import pytest

from artesano.config.compose import compose


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))


def test_every_arm_composes_and_differs_from_scratch_in_its_start_alone():
    from study_gan_transfer import ARMS, MORE, jobs

    made = {job.name: job for job in jobs([0], "/clothes")}
    assert len(made) == 2 + 3 + 2 * (len(ARMS) + 2 * len(MORE))
    runs = {name: Path("/runs") / name for name in made if name.startswith("source")}
    scratch = compose(made["50-none-scratch-s0"].overrides(runs)).resolved
    for arm in ARMS:
        resolved = compose(made[f"50-fashion-{arm}-s0"].overrides(runs)).resolved
        assert resolved["strategy"]["_target_"].lower().endswith(arm.replace("_", ""))
        weights = {key: value for key, value in resolved["weights"].items() if value is not None}
        assert weights == {"source": "run", "run": "/runs/source-fashion-s0"}
        assert {key for key in resolved if resolved[key] != scratch.get(key)} == {"name", "weights", "strategy"}
    for name in runs:  # the networks are those of the targets
        resolved = compose(made[name].overrides({})).resolved
        assert all(resolved[key] == scratch[key] for key in ("generator", "discriminator", "latent", "image_size"))
