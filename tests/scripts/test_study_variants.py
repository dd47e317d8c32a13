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
