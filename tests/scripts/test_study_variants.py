"""The study of variants: what it reads is what a run leaves, and the judge is asked about conditional GANs only."""

import re
from pathlib import Path

import pytest

from artesano.kinds.gan import of_discriminator


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))


def test_the_columns_of_the_discriminators_heads_are_those_that_a_run_measures():
    from study_variants import METRICS

    measured = re.findall(r'"(test/[a-z_]+)', Path(of_discriminator.__file__).read_text(encoding="utf-8"))
    wanted = [name for name in METRICS if "code" in name or "discriminator" in name]
    assert len(wanted) == 3
    assert all(any(name.startswith(known) for known in measured) for name in wanted)


def test_the_judge_is_asked_about_conditional_gans_only(monkeypatch):
    import study_variants

    folders = {job.name: Path(job.name) for job in study_variants.jobs([0], None)}
    monkeypatch.setattr(study_variants, "finished", lambda jobs: {job.name: Path(job.name) for job in jobs})
    monkeypatch.setattr(study_variants, "run_missing", lambda *_: 0)
    monkeypatch.setattr(study_variants, "judge", lambda folder, judging: {"judged by": str(judging)})
    said = study_variants.judged(study_variants.jobs([0], None))
    assert set(said) == {f"variant-{name}-s0" for name in study_variants.CONDITIONAL}
    assert set(said) < set(folders)


def test_the_sheet_shows_each_grid(monkeypatch, tmp_path, ink):
    import study_variants
    from PIL import Image

    said = {"metrics": {"last": {"test/coverage_lite0_1k": 0.5}}}
    monkeypatch.setattr(study_variants, "RESULTS", tmp_path / "results")
    monkeypatch.setattr("artesano.runs.record.read", lambda folder: said)
    (tmp_path / "images").mkdir()
    runs = {}
    for shade, variant in ((80, "vanilla"), (160, "dcgan")):
        (tmp_path / variant / "plots").mkdir(parents=True)
        Image.new("L", (64, 64), shade).save(tmp_path / variant / "plots" / "samples.png")
        runs[f"variant-{variant}-s0"] = tmp_path / variant
    study_variants.sheet(runs)
    shown = Image.open(tmp_path / "images" / "gan_variants.png").convert("L").getcolors(1 << 20)
    assert {80, 160} <= {shade for count, shade in shown if count > 1000}
