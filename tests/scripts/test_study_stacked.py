"""The study of stacked MNIST: every cell is a composition of its own whose packs fill the batch."""

from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))


def test_every_cell_composes_and_a_part_is_a_study_of_fewer_seeds():
    from study_stacked import DISCRIMINATORS, VARIANTS, jobs

    from artesano.config.compose import compose

    every = jobs([0, 1])
    assert len({job.name for job in every}) == len(every) == 2 * (len(VARIANTS) * len(DISCRIMINATORS) + 1)
    assert [job.about["seed"] for job in every] == sorted(job.about["seed"] for job in every)
    for job in every[: len(every) // 2]:
        resolved = compose(job.overrides({})).resolved
        assert resolved["data"]["judged"] == 26_000
        pac = resolved["discriminator"]["pac"]
        assert resolved["data"]["batch_size"] % pac == 0
        assert pac == int(job.about["variant"].partition("-pac")[2] or 1)


def test_published_figures_belong_to_a_cell_and_are_possible():
    from study_stacked import jobs, published

    cells = {(job.about["variant"], job.about["discriminator"]) for job in jobs([0])}
    for row in published().itertuples():
        assert (row.variant, row.discriminator) in cells
        assert 0 < row.modes <= 1000
