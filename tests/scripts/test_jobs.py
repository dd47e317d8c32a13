"""Studies: what is finished is found and not run again; the tables say what the runs say."""

import json
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(autouse=True)
def scripts(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.setenv("ARTESANO_OUTPUTS", str(tmp_path / "outputs"))


@pytest.fixture
def ran(tmp_path):
    """Pretend that a job ran: only its record."""
    from artesano.config.overrides import normalise

    def pretend(number, job, runs=None, status="finished", accuracy=0.5):
        folder = tmp_path / "outputs" / "transfer" / f"{number:04d}-x"
        folder.mkdir(parents=True)
        fields = {"schema": 1, "name": job.name, "status": status, "overrides": normalise(job.overrides(runs or {}))}
        fields |= {"metrics": {"best": {"test/accuracy": accuracy}}, "seconds": 10.0}
        (folder / "run.json").write_text(json.dumps(fields))
        return folder

    return pretend


def test_a_finished_run_with_the_same_overrides_is_found(ran):
    from jobs import Job, finished

    job = Job("a", ("seed=0",))
    ran(1, job, status="failed")
    assert finished([job]) == {}
    folder = ran(2, job)
    assert finished([job]) == {"a": folder}
    assert finished([Job("a", ("seed=1",))]) == {}
    assert finished([job])["a"] != ran(3, job) == finished([job])["a"], "the newest counts"


def test_a_job_gets_the_folder_of_the_run_it_starts_from(ran):
    from jobs import Job, finished

    first, second = Job("a", ("seed=0",)), Job("b", ("weights.run={a}",))
    folder = ran(1, first)
    again = ran(2, second, {"a": folder})
    assert second.overrides({"a": folder})[-1] == f"weights.run={folder}"
    assert finished([first, second]) == {"a": folder, "b": again}


def test_only_what_is_missing_runs(ran, monkeypatch):
    import jobs

    started = []

    def run(command, check):
        started.append(command[4])
        return jobs.subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(jobs.subprocess, "run", run)
    study = [jobs.Job("a", ("seed=0",)), jobs.Job("b", ("seed=1",)), jobs.Job("c", ("weights.run={b}",))]
    ran(1, study[0])
    assert jobs.run_missing(study, study) == 1, "c cannot run without b"
    assert started == ["name=b"]


def test_summary_is_over_seeds(ran):
    from jobs import Job, collect, summarise

    study = [Job(f"a{seed}", (f"seed={seed}",), {"strategy": "full", "seed": seed}) for seed in range(3)]
    for number, job in enumerate(study):
        ran(number + 1, job, accuracy=[0.2, 0.6, 0.4][number])
    rows = collect(study, ["test/accuracy"])
    assert all(rows["command"].str.startswith("artesano train name=a"))
    summary = summarise(rows).iloc[0]
    found = [summary[f"test_accuracy_{what}"] for what in ("mean", "min", "max")]
    assert found == pytest.approx([0.4, 0.2, 0.6])
    assert summary["seeds"] == 3
    alone = summarise(rows[:1])
    assert [column for column in alone if column.startswith("test_")] == ["test_accuracy_mean"]


def test_a_row_says_which_run_it_starts_from_and_stays_when_the_runs_are_gone(ran, tmp_path):
    from jobs import Job, collect, earlier_rows

    first, second = Job("a", ("seed=0",)), Job("b", ("weights.run={a}",))
    folder = ran(12, first).rename(tmp_path / "outputs" / "transfer" / "0012-a")
    ran(13, second, {"a": folder})
    rows = collect([first, second])
    assert rows["command"][1].endswith("weights.run=outputs/transfer/0012-a")
    rows.to_csv(tmp_path / "table.csv", index=False)
    assert len(earlier_rows(tmp_path / "table.csv", [first, second])) == 0, "they are still there"
    (tmp_path / "outputs").rename(tmp_path / "away")
    assert list(earlier_rows(tmp_path / "table.csv", [first, second])["name"]) == ["a", "b"]
    assert list(earlier_rows(tmp_path / "table.csv", [first, Job("b", ("weights.run={c}",))])["name"]) == ["a"]


def test_a_source_runs_again_where_a_missing_job_starts_from_it():
    from jobs import Job, with_sources

    source, near, far = Job("a", ()), Job("b", ("weights.run={a}",)), Job("c", ("seed=1",))
    every = [source, near, far]
    assert with_sources([near], every, {"a", "c"}) == [source, near], "its row is there, its run folder is not"
    assert with_sources([near], every, {"a", "b", "c"}) == [], "nothing is left that needs it"
    assert with_sources(every, every, {"b"}) == [source, far]


def test_a_folder_of_this_machine_stays_out_of_the_table(ran):
    from jobs import Job, collect

    job = Job("a", ("data.root=/home/someone/photos",))
    ran(1, job)
    assert collect([job])["command"][0].endswith("data.root=<folder>")


def test_every_study_composes_and_names_are_unique():
    import study_mnist
    import study_ucmerced

    from artesano.config.compose import compose

    mnist = study_mnist.jobs([0])
    jobs = [*mnist, *study_ucmerced.jobs("ucmerced", ("data.root=.",), [0], "auto")]
    assert len({job.name for job in jobs}) == len(jobs)
    before = set()
    for job in jobs:
        for word in job.words:
            if word.startswith("weights.run="):
                assert word[13:-1] in before, "what a job needs comes before it"
        before.add(job.name)
    one_of_each = {(job.about["strategy"], job.about.get("shots")): job for job in jobs}
    for job in one_of_each.values():
        compose(job.overrides({name: Path() for name in before}))
