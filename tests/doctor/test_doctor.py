"""The doctor on a real, tiny run: the plan, its arms, the table, going on after a stop; and what it refuses."""

import json
import shutil

import pytest
import torch

import artesano
from artesano import cli
from artesano.doctor import treat
from artesano.doctor.outcome import FAILED, Outcome, outcome_of, ranked
from artesano.doctor.plan import Arm, plan
from artesano.errors import BadInput, Interrupted
from artesano.gan.health import NAMES
from artesano.kinds.adversarial.illness import illness_of
from artesano.kinds.kind import Illness
from artesano.kinds.registry import of_record
from artesano.runs import record
from artesano.runs.metrics import HEADER

slow = pytest.mark.slow

TOY = [
    "gan=toy", "data.samples=400", "data.batch_size=32", "generator.hidden=[8,8]", "discriminator.hidden=[8,8]",
    "latent.size=4", "evaluation.samples=100", "evaluation.samples_in_training=100", "max_steps=12", "eval_every=4",
    "samples_every=12", "log_every=1", "health.every=2", "health.patience=2", "keep_checkpoints=6",
    "hacks.betas=[0.0,0.9]", "hacks.output=linear", "logger.wandb.mode=disabled", "trainer=cpu",
]  # fmt: skip


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """The folder of a run that is too short to learn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTESANO_OUTPUTS", str(tmp_path_factory.mktemp("toy")))
        return artesano.train(*TOY).folder


@slow
def test_what_a_run_is_said_to_have_is_what_its_record_says(toy):
    known = record.read(toy)
    illness = of_record(known).illness(toy, known)
    assert (illness.state, illness.sentence) == (known["health"]["verdict"], known["health"]["sentence"])
    assert illness.state == "not learned yet"
    assert illness.first_sign == 4
    assert "hacks.lr=0.001" in illness.advice


@slow
def test_remedies_are_tried_beside_doing_nothing_and_ranked(toy, outputs, capsys):
    assert cli.main(["doctor", str(toy)]) == 0
    printed = capsys.readouterr().out
    (case,) = (outputs / "doctor").iterdir()
    told = json.loads((case / "doctor.json").read_text())
    assert (told["verdict"], told["first_sign"], told["at"]) == ("not learned yet", 4, 2)
    arms = {" ".join(arm["changes"]): arm for arm in told["arms"]}
    assert set(arms) == {"", "hacks.lr=0.001", "hacks.betas=[0.5,0.999]"}
    assert told["to_do"] == []
    assert "cannot change in mid-run; --restart tries it in a new run" in told["left_out"]["hacks.output=tanh"]
    old, nothing = record.read(toy), record.read(case / arms[""]["folder"])
    assert nothing["metrics"] == old["metrics"]
    assert nothing["health"] == old["health"]
    assert nothing["branch_of"] == {"run": str(toy), "at": 2, "changes": ["keep_checkpoints=null"]}
    assert arms[""]["lower_than_nothing"] == 0
    assert not list(case.rglob("step_*.ckpt")), "an arm keeps no states"
    for words, arm in arms.items():
        known = record.read(case / arm["folder"])
        last = known["health"]["evaluations"][-1]
        assert (arm["verdict"], arm["distance"], arm["coverage"]) == (
            known["health"]["verdict"], last["fd"], last["coverage"],
        )  # fmt: skip
        assert words in printed
        assert known["steps"] == 12
        assert f"artesano branch {toy} --at 2" in arm["command"]
    distances = [arm["distance"] for arm in told["arms"] if arm["verdict"] == "not learned yet"]
    assert distances == sorted(distances)
    first = told["arms"][0]
    best = f"Best: {' '.join(first['changes'])} from step 2: not learned yet instead of not learned yet"
    assert (best in printed and "better, not healed" in printed) or (not first["changes"] and "Nothing" in printed)


@slow
def test_a_doctor_that_was_stopped_goes_on(toy, outputs, capsys, monkeypatch):
    honest, tried = treat.carry_out, []

    def stopped(arm, folder):
        tried.append(arm.title)
        if len(tried) == 2:
            folder.mkdir()  # claimed, and then killed
            raise Interrupted(130)
        if len(tried) == 3:
            honest(arm, folder)
        else:  # arms that run undisturbed are the test's above
            shutil.copytree(toy, folder)

    monkeypatch.setattr(treat, "carry_out", stopped)
    assert cli.main(["doctor", str(toy)]) == 130
    assert f"continue with  artesano doctor {toy}" in capsys.readouterr().out
    (case,) = (outputs / "doctor").iterdir()
    told = json.loads((case / "doctor.json").read_text())
    assert len(told["arms"]) == 1
    assert len(told["to_do"]) == 2
    before = (case / told["arms"][0]["folder"] / "run.json").stat().st_mtime_ns
    assert cli.main(["doctor", str(toy)]) == 0
    assert tried == ["nothing", tried[1], tried[1], tried[3]]
    told = json.loads((case / "doctor.json").read_text())
    assert len(told["arms"]) == 3
    assert (case / "000002-000012-nothing" / "run.json").stat().st_mtime_ns == before
    assert cli.main(["doctor", str(toy)]) == 0
    assert len(tried) == 4, "all of it was there"


@slow
def test_an_arm_that_was_killed_is_resumed(toy, outputs, monkeypatch):
    case, started = outputs / "case", []
    case.mkdir(parents=True)
    folder = case / "arm"
    shutil.copytree(toy, folder)
    record.update(folder, status="running")
    assert not treat.ended(folder)

    class Ended:
        def wait(self, timeout=None):
            return 0

    monkeypatch.setattr(treat, "start", lambda words, *_, **__: started.append(words) or Ended())
    treat.carry_out(None, folder)
    assert started == [["resume", str(folder)]]
    record.update(folder, status="failed", error={"type": "OSError", "message": "disk", "step": 3})
    assert not treat.ended(folder), "tried again"
    record.update(folder, status="failed", error={"type": "NotFinite", "message": "nan", "step": 3})
    assert treat.ended(folder), "a result"


@slow
@pytest.mark.parametrize("restart", [False, True])
def test_advice_that_does_not_fit_is_left_out_with_a_word(toy, restart):
    advice = ["hacks.diffaugment=[color]", "gan=r3gan", "hacks.lr=0.001"]
    chosen = plan(toy, record.read(toy), Illness("stuck", "", advice, 7, True), None, restart)
    own = ["discriminator.hidden=[128,128,128]", "hacks.betas=[0.5,0.999]", "hacks.output=tanh"]
    own.append(" ".join(own))
    closed, anew = [own[0], *own[2:]], [(words, 0) for words in own]  # what cannot change in mid-run
    assert sorted((arm.title, arm.at) for arm in chosen.arms) == sorted([
        ("nothing", 6), ("hacks.betas=[0.5,0.999]", 6), ("hacks.lr=0.001", 6),
        *[*anew, ("hacks.lr=0.001", 0), ("seed=1", 0)] * restart,
    ])  # fmt: skip
    assert set(chosen.left_out) == {*advice[:2], *([] if restart else closed)}
    assert "not used by gan=toy" in chosen.left_out[advice[0]]
    assert restart or "chooses another gan, which cannot change in mid-run; --restart" in chosen.left_out[advice[1]]
    if restart:
        return
    known = record.read(toy) | {"overrides": ["gan=toy"]}
    with pytest.raises(BadInput, match=r"nothing to try\.\ngan=r3gan: it chooses another gan"):
        plan(toy, known, Illness("stuck", "", ["gan=r3gan"], 7, True), None, False)


@slow
def test_the_plan_alone_runs_nothing(toy, outputs, capsys):
    assert cli.main(["doctor", str(toy), "--list", "--restart", "--at", "8"]) == 0
    printed = capsys.readouterr().out
    assert f"artesano branch {toy} --at 8 hacks.lr=0.001" in printed
    assert "artesano train task=gan gan=toy data.samples=400" in printed
    assert "hacks.output=tanh" in printed.partition("left out")[0], "what cannot change in mid-run is a new run"
    # from step 8: nothing, lr, betas; from 0: these two, output, the discriminator's size, all three, another seed
    assert "9 arms to step 12, 84 steps in all" in printed
    assert not outputs.exists()


@slow
def test_arms_of_a_run_that_was_made_longer_are_others(toy):
    known = record.read(toy) | {"overrides": ["gan=toy"]}
    illness = Illness("stuck", "", ["hacks.lr=0.001"], 7, True)
    short, long = (plan(toy, known | {"steps": steps}, illness, None, True) for steps in (12, 24))
    assert not {arm.folder for arm in short.arms} & {arm.folder for arm in long.arms}


@slow
def test_a_new_run_has_the_options_of_the_record(toy):
    known = record.read(toy)
    known = known | {"choices": known["choices"] | {"schedule": "cosine"}}  # as if that had been the default
    chosen = plan(toy, known, Illness("stuck", "", ["hacks.lr=0.001"], 7, True), None, True)
    assert "schedule=cosine" in chosen.arms[-1].command
    known = known | {"branch_of": {"run": "outputs/gan/0001-toy", "at": 4, "changes": []}}
    with pytest.raises(
        BadInput, match=r"--restart: \S+ is a branch.*: artesano doctor outputs/gan/0001-toy --restart$"
    ):
        plan(toy, known, Illness("stuck", "", ["hacks.lr=0.001"], 7, True), None, True)


# What is refused ------------------------------------------------------------------------------------------------------


FINE = dict.fromkeys(NAMES, 0.5) | {"value": -1.39, "loss_variance": 0.1, "diversity": 1.0, "contrast": 1.0}


def made(folder, probes, coverage=0.9, kind="points", status="finished", error=None):
    """A run folder with these probes and one evaluation, and no checkpoint."""
    folder.mkdir(parents=True)
    known = record.new(
        name="made", task="gan" if kind != "transfer" else kind, kind=kind, seed=0, overrides=["gan=toy"], choices={},
        config={"health": {"patience": 2, "every": 10}, "hacks": {"r1": 0.0, "lr": 2e-4, "betas": [0.5, 0.999]}},
    )  # fmt: skip
    evaluation = {"step": 100, "of": 100, "samples": 9, "fd": 3.0, "fd_floor": 1.0, "coverage": coverage}
    health = {"health": {"verdict": "warming up", "sentence": "", "advice": [], "evaluations": [evaluation]}}
    record.write(folder, known | {"status": status, "error": error, "steps": 100} | health)
    lines = [f"{step},health/{name},{value!r}" for step, probe in probes.items() for name, value in probe.items()]
    (folder / "metrics.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    return folder


def test_healthy_runs_have_nothing_to_heal(tmp_path, capsys):
    run = made(tmp_path / "run", dict.fromkeys(range(10, 101, 10), FINE))
    assert cli.main(["doctor", str(run)]) == 2
    assert "run: healthy, so there is nothing to heal (coverage 0.90" in capsys.readouterr().err


def test_runs_without_health_are_named(tmp_path, capsys):
    run = made(tmp_path / "run", {}, kind="transfer")
    assert cli.main(["doctor", str(run)]) == 2
    assert "artesano doctor does not apply to a classifier" in capsys.readouterr().err


def test_without_a_checkpoint_before_the_sign_it_says_how_to_keep_them(tmp_path, capsys):
    probes = {step: FINE | {"diversity": 0.01 if step > 50 else 1.0} for step in range(10, 101, 10)}
    run = made(tmp_path / "run", probes)
    assert cli.main(["doctor", str(run)]) == 2
    said = capsys.readouterr().err
    assert "mode collapse was first seen at step 60, and no checkpoint is from before. A run keeps" in said
    assert "keep_checkpoints=10; --restart tries each remedy in a new run" in said
    assert cli.main(["doctor", str(run), "--at", "50"]) == 2
    assert "it has no checkpoint" in capsys.readouterr().err


@pytest.mark.parametrize(("step", "sign"), [(95, 75), (7, 0)])
def test_a_loss_that_broke_between_two_probes_is_diverged(tmp_path, step, sign):
    error = {"type": "NotFinite", "message": f"the loss is not finite at step {step}", "step": step}
    run = made(tmp_path / "run", dict.fromkeys(range(10, step, 10), FINE), coverage=None, status="failed", error=error)
    illness = illness_of(run, record.read(run))
    assert (illness.state, illness.first_sign, illness.ill) == ("diverged", sign, True)
    assert "hacks.r1=1.0" in illness.advice
    assert "hacks.lr=0.0002" not in illness.advice, "it is so already"
    assert outcome_of(run, record.read(run)).verdict == "diverged"


def test_runs_of_earlier_versions_have_no_evaluations(tmp_path):
    run = made(tmp_path / "run", dict.fromkeys(range(10, 101, 10), FINE))
    known = record.read(run)
    known["health"].pop("evaluations")
    assert illness_of(run, known).state != "diverged"
    assert outcome_of(run, known) == Outcome("warming up")
    (run / "checkpoints").mkdir()
    torch.save({"callbacks": {"HealthMonitor": {"history": []}}}, run / "checkpoints/last.ckpt")
    assert illness_of(run, known | {"status": "interrupted"}).state == illness_of(run, known).state


@pytest.mark.parametrize(("log", "said"), [("", "it said nothing"), ("a\nout of memory\n\n", "out of memory")])
def test_an_arm_that_failed_says_its_last_words_and_where_the_others_are(tmp_path, monkeypatch, capsys, log, said):
    class Ended:
        def wait(self, timeout=None):
            return 1

    def start(words, environment, file, **_):
        file.write_text(log)
        return Ended()

    monkeypatch.setattr(treat, "start", start)
    treat.carry_out(Arm((), 4, 12, ("branch", "run", "--at", "4")), tmp_path / "arm")
    assert capsys.readouterr().out == f"exit code 1: {said} (all of it: {tmp_path / 'arm.txt'})\n"


# The ranking ----------------------------------------------------------------------------------------------------------


def test_what_is_healed_comes_first_and_then_the_distance():
    outcomes = [
        Outcome("mode collapse", 1.0), Outcome("healthy", 9.0), Outcome("not learned yet", 2.0),
        Outcome("healthy", 3.0), Outcome(FAILED), Outcome("diverged"), Outcome("healthy", float("nan")),
        Outcome("game in balance"),
    ]  # fmt: skip
    assert ranked(outcomes) == [3, 1, 6, 7, 0, 2, 5, 4]  # the ill ones by their distance
    assert [outcomes[place].healed for place in ranked(outcomes)] == [True] * 4 + [False] * 4


def test_of_equals_the_earlier_is_first_and_doing_nothing_comes_before_all():
    assert ranked([Outcome("stuck", 2.0), Outcome("stuck", 2.0), Outcome("stuck", 1.0)]) == [2, 0, 1]


def test_how_much_lower():
    assert Outcome("healthy", 3.0).lower_than(Outcome("stuck", 12.0)) == 0.75
    assert Outcome("healthy", 3.0).lower_than(Outcome("diverged")) is None
    assert Outcome("diverged").lower_than(Outcome("healthy", 3.0)) is None
