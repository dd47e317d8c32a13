"""A branch without a change is the run that it left, bit for bit; with one it differs from its first step on."""

import re
import shutil

import pytest
import torch
from test_resume import equal, same_ending

import artesano
from artesano import cli
from artesano.config.compose import compose
from artesano.experiment.branch import branch
from artesano.experiment.may_change import changed, transplanted
from artesano.experiment.resume import resume
from artesano.kinds.adversarial.carried import carried
from artesano.runs import record
from artesano.runs.checkpoint import read_checkpoint, saved_step, whole_state
from artesano.runs.kept import kept_states
from artesano.runs.metrics import read_rows
from artesano.training.adoption import adopted
from killed import killed_after

pytestmark = pytest.mark.slow

TOY = [
    "gan=toy", "data.samples=400", "data.batch_size=32", "generator.hidden=[8,8]", "discriminator.hidden=[8,8]",
    "latent.size=4", "hacks.ema=0.5", "hacks.replay=16", "hacks.lecam=0.1", "evaluation.samples=100",
    "evaluation.samples_in_training=100", "max_steps=12", "eval_every=4", "samples_every=6", "log_every=1",
    "health.every=2", "health.patience=1", "keep_checkpoints=3", "logger.wandb.mode=disabled", "trainer=cpu",
]  # fmt: skip


def rows(folder):
    return read_rows(folder / "metrics.csv")


def until(folder, step):
    return [row for row in rows(folder) if row[0] <= step]


def content(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """The folder of a run that kept its states; for reading only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTESANO_OUTPUTS", str(tmp_path_factory.mktemp("toy")))
        return artesano.train(*TOY).folder


def test_what_is_kept(toy):
    assert list(kept_states(toy)) == [4, 8, 12]
    assert sorted(path.name for path in (toy / "checkpoints").glob("step_*")) == [
        "step_000004.ckpt",
        "step_000008.ckpt",
    ]
    assert [whole_state(path)["step"] for path in kept_states(toy).values()] == [4, 8, 12]
    assert record.read(toy)["checkpoints"]["step_000008"] == "checkpoints/step_000008.ckpt"


def test_none_is_kept_by_default_and_nothing_else_changes(toy, outputs):
    plain = artesano.train(*TOY, "keep_checkpoints=null").folder
    assert not list((plain / "checkpoints").glob("step_*"))
    same_ending(plain, toy)


@pytest.mark.parametrize("at", [4, 8])
def test_without_a_change_it_is_the_old_run(toy, outputs, at):
    before = content(toy)
    run = branch(str(toy), at, [])
    same_ending(run.folder, toy)
    assert run.record["health"] == record.read(toy)["health"]
    assert run.record["branch_of"] == {"run": str(toy), "at": at, "changes": []}
    pictures = [sorted(path.name for path in (folder / "images").iterdir()) for folder in (run.folder, toy)]
    assert pictures[0] == pictures[1]
    assert content(toy) == before


def test_a_branch_of_a_branch_is_the_old_run(toy, outputs):
    same_ending(branch(str(branch(str(toy), 4, []).folder), 8, []).folder, toy)


def test_of_a_classifier_too(tiny, outputs):
    straight = artesano.train(*tiny, "keep_checkpoints=3")
    same_ending(branch(str(straight.folder), 4, []).folder, straight.folder)
    other = branch(str(straight.folder), 4, ["label_smoothing=0.2", "optimizer.lr=0.01"]).folder
    assert until(other, 4) == until(straight.folder, 4)
    assert rows(other) != rows(straight.folder)


def test_with_another_rate_it_differs_after_the_step_alone(toy, outputs):
    run = branch(str(toy), 8, ["lr=0.003"])
    assert until(run.folder, 8) == until(toy, 8)
    then, now = ({row for row in rows(folder) if row[0] > 8} for folder in (toy, run.folder))
    assert {(step, name) for step, name, _ in then} == {(step, name) for step, name, _ in now}
    assert [value for step, name, value in rows(run.folder) if name == "lr" and step > 8] == [0.003] * 4
    at_9 = [{row for row in some if row[:2] == (9, "train/discriminator")} for some in (then, now)]
    assert at_9[0] == at_9[1], "the loss of the first step is that of the old weights"
    assert then != now
    groups = whole_state(run.folder / "checkpoints/last.ckpt")["optimizer_states"][0]["param_groups"]
    assert groups[0]["base_lr"] == 0.003
    assert run.record["config"]["optimizer.generator.lr"] == 0.003
    assert "hacks.lr=0.003" in run.record["overrides"]


CHANGES = [
    "hacks.betas=[0.0,0.9] hacks.discriminator_lr_factor=0.5 hacks.real_label=[0.7,1.2] hacks.r1=1.0 hacks.lecam=0 "
    "hacks.historical_averaging=0.1 hacks.feature_matching=1.0 "
    "evaluation.samples=0 evaluation.samples_in_training=0",
    "hacks.ema=null hacks.replay=8 hacks.extra_critic_steps=1 hacks.unrolled_steps=1 hacks.instance_noise=0.1",
    "hacks.generator_dropout=0.2 hacks.discriminator_noise=0.1 hacks.ema=0.9 health.every=1 schedule=cosine "
    "max_steps=16",
]


GENERATOR = "network.generator."


@pytest.mark.parametrize("words", CHANGES)
def test_what_may_change_changes_nothing_before_and_is_resumed(toy, outputs, words):
    run = branch(str(toy), 4, words.split())
    assert run.record["status"] == "finished"
    assert until(run.folder, 4) == until(toy, 4)
    assert rows(run.folder) != rows(toy)
    with killed_after(8):
        branch(str(toy), 4, words.split())
    same_ending(resume("last", []).folder, run.folder)


def test_new_terms_and_averages_begin_with_the_present_weights(toy, outputs, monkeypatch):
    from artesano.experiment import branch as branching

    begun = []
    monkeypatch.setattr(branching, "begin", lambda *given, **more: given[4](outputs) or begun.append(given[5]))
    outputs.mkdir()
    branch(str(toy), 8, ["hacks.historical_averaging=0.1", "hacks.generator_dropout=0.3", "hacks.replay=8"])
    old, new = (whole_state(path)["state_dict"] for path in (kept_states(toy)[8], outputs / "checkpoints/last.ckpt"))
    weights = lambda state: [state[name] for name in state if name.startswith("network.generator.")]  # noqa: E731
    assert equal(weights(old), weights(new)), "dropout renames the layers behind it, and they keep their weights"
    means = [tensor for name, tensor in new.items() if name.startswith("network.terms.0.generator_")]
    trained = list(begun[0].module.networks.generator.parameters())
    assert equal(means, [one.detach() for one in trained])
    assert new["network.terms.0.seen_steps"].tolist() == [0, 0]
    assert equal(new["network.terms.1.means"], old["network.terms.0.means"]), "lecam's, which has moved"
    assert new["network.discriminator_input.pool.filled"] == 0
    assert old["network.discriminator_input.pool.filled"] > 0


@pytest.mark.parametrize("words", CHANGES)
def test_the_best_that_is_inherited_can_be_loaded_at_the_end(toy, outputs, monkeypatch, words):
    from artesano.experiment import branch as branching

    old, made, begun = outputs / "old", outputs / "made", []
    shutil.copytree(toy, old)
    made.mkdir()
    shutil.copyfile(kept_states(toy)[4], old / "checkpoints/best.ckpt")
    monkeypatch.setattr(branching, "begin", lambda *given, **more: given[4](made) or begun.append(given[5]))
    branch(str(old), 8, words.split())
    begun[0].module.load_state_dict(read_checkpoint(made).tensors)
    for which, step in (("best", 4), ("last", 8)):
        assert saved_step(made / f"checkpoints/{which}.ckpt") == step
        state = read_checkpoint(made, which).tensors
        former = whole_state(kept_states(toy)[step])["state_dict"]
        weights = [[one for name, one in some.items() if name.startswith(GENERATOR)] for some in (former, state)]
        assert equal(*weights)


def test_an_average_begins_with_the_present_weights(toy, outputs, monkeypatch):
    from artesano.experiment import branch as branching

    plain = artesano.train(*TOY, "hacks.ema=null").folder
    made = outputs / "made"
    made.mkdir()
    monkeypatch.setattr(branching, "begin", lambda *given, **more: given[4](made))
    branch(str(plain), 8, ["hacks.ema=0.9"])
    state = whole_state(made / "checkpoints/last.ckpt")["state_dict"]
    below = lambda prefix: {name[len(prefix) :]: state[name] for name in state if name.startswith(prefix)}  # noqa: E731
    assert equal(below("ema.module."), below("network.generator."))


def test_where_the_best_was_overwritten_another_is_chosen(toy, outputs):
    best = whole_state(toy / "checkpoints/best.ckpt")["step"]
    earlier = [step for step in kept_states(toy) if step < best]
    assert earlier, "the best of this run is to be a late one"
    run = branch(str(toy), earlier[0], ["hacks.lr=0.000000001"])
    assert whole_state(run.folder / "checkpoints/best.ckpt")["step"] > earlier[0]
    assert run.record["metrics"]["best"]


REFUSED = [
    ("hacks.minibatch=stddev", "changes discriminator.minibatch, which cannot change in mid-run"),
    ("generator.hidden=[16,16]", "changes generator.hidden"),
    ("data.batch_size=16", "changes data.batch_size"),
    ("batch=16", "changes data.batch_size"),
    ("seed=1", "changes seed"),
    ("data=grid", "chooses another data, which cannot change in mid-run"),
    ("loss=hinge", "chooses another loss"),
    ("hacks.generator_optimizer=sgd", "changes optimizer.generator.kind"),
    ("gan=dcgan", "chooses another gan"),
    ("hacks.lrr=0.1", "Did you mean 'lr'"),
    ("hacks.lr=fast", "hacks.lr: 'fast' is not"),
    ("max_steps=8", "--at 8: the run ends at step 8; give max_steps=16"),
]


@pytest.mark.parametrize(("word", "said"), REFUSED)
def test_what_cannot_change_is_named_and_nothing_is_written(toy, outputs, word, said, capsys):
    assert cli.main(["branch", str(toy), "--at", "8", word, "hacks.r1=0.5"]) == 2
    errors = capsys.readouterr().err
    assert said in errors
    assert "hacks.r1=0.5: " not in errors
    assert not outputs.exists()


@pytest.mark.parametrize(
    ("run", "at", "said"),
    [
        ("nowhere", "4", "'nowhere' is not a run"),
        (None, "7", "no checkpoint of that step; there are 4, 8, 12. Nearest: 8.\n"),
        (None, "12", "the run ends at step 12; give max_steps=24 to go on"),
        (None, "half", "invalid int value: 'half'"),
    ],
)
def test_a_step_without_a_state_is_answered_with_the_nearest(toy, outputs, run, at, said, capsys):
    assert cli.main(["branch", run or str(toy), "--at", at]) == 2
    assert said in capsys.readouterr().err
    assert not outputs.exists()


def test_a_run_without_kept_states_says_how_to_keep_them(toy, outputs, capsys):
    plain = artesano.train(*TOY, "keep_checkpoints=0").folder
    assert cli.main(["branch", str(plain), "--at", "5"]) == 2
    assert "A run keeps more with keep_checkpoints=10." in capsys.readouterr().err
    for file in (plain / "checkpoints").iterdir():
        file.unlink()
    assert cli.main(["branch", str(plain), "--at", "5"]) == 2
    assert "it has no checkpoint; the run ended before its first save" in capsys.readouterr().err


def test_compare_and_rerun_know_a_branch(toy, outputs, capsys):
    changed = branch(str(toy), 4, ["hacks.r1=0.5"]).folder
    later = branch(str(toy), 8, ["hacks.r1=0.5"]).folder
    capsys.readouterr()
    assert cli.main(["compare", str(toy), str(changed), str(later), "--csv"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 4
    assert "branch_of" in printed[0].split(",")
    assert f"{toy.name} at step 4" in "\n".join(printed)
    assert cli.main(["rerun", str(changed)]) == 2
    command = capsys.readouterr().err
    assert re.search(r"branch it off again: artesano branch \S+ --at 4 hacks\.r1=0\.5", command)


def test_a_write_that_fails_leaves_the_kept_ones_whole(outputs, monkeypatch):
    honest, count = shutil.copyfile, [0]

    def torn(source, target):
        count[0] += 1
        if count[0] < 4:
            return honest(source, target)
        target.write_bytes(source.read_bytes()[:1000])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("artesano.experiment.saving.shutil.copyfile", torn)
    assert (
        cli.main(
            [
                "train",
                *TOY,
                "keep_checkpoints=12",
                "evaluation.samples=0",
                "evaluation.samples_in_training=0",
                "eval_every=12",
            ]
        )
        == 1
    )
    (folder,) = (outputs / "gan").glob("0*")
    states = kept_states(folder)
    assert list(states) == [1, 2, 3]
    assert [whole_state(path)["step"] for path in states.values()] == [1, 2, 3]
    assert not list((folder / "checkpoints").glob("draft*"))


def test_a_past_that_cannot_be_written_leaves_no_folder(toy, outputs, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("artesano.experiment.branch.torch.save", full)
    assert cli.main(["branch", str(toy), "--at", "8"]) == 1
    assert "could not be written ([Errno 28] No space left on device)" in capsys.readouterr().err
    assert not list((outputs / "gan").glob("0*"))


def test_terms_keep_their_state_when_others_come_and_go():
    before = {"terms": {"a": {"weight": 1.0}}, "tricks": {"b": {"weight": 0.0}, "c": {"weight": 2.0}, "d": {}}}
    now = {"terms": {}, "tricks": {"b": {"weight": 1.0}, "c": {"weight": 2.0}, "d": {}}}
    tensors = {f"network.terms.{number}.means": number for number in range(3)} | {"network.generator.weight": 9}
    kept = {"network.terms.1.means": 1, "network.terms.2.means": 2, "network.generator.weight": 9}
    assert carried(tensors, before, now) == kept
    assert carried(tensors, before, before) == tensors


def test_networks_of_other_shapes_are_refused():
    saved = {"network.a": torch.zeros(2), "network.b": torch.zeros(3)}
    assert (
        adopted(saved, {"network.x": torch.ones(2), "network.y": torch.ones(3)}, r"network\.")["network.y"].sum() == 0
    )
    with pytest.raises(artesano.errors.BadInput, match="another network"):
        adopted(saved, {"network.x": torch.ones(2), "network.y": torch.ones(4)}, r"network\.")


def test_only_what_the_words_change_is_changed_in_the_saved_config():
    saved = {"a": 1, "mine": 2, "terms": {"x": {"weight": 1}}, "lr": 0.7}
    before = {"a": 5, "terms": {"x": {"weight": 1}}, "lr": "auto", "fresh": 1}
    after = {"a": 5, "terms": {"y": {"weight": 3}}, "lr": "auto", "fresh": 2}
    assert transplanted(saved, before, after) == {
        "a": 1, "mine": 2, "terms": {"y": {"weight": 3}}, "lr": 0.7, "fresh": 2,
    }  # fmt: skip


@pytest.fixture
def old(tmp_path):
    """The folder of a GAN, and its record, from when hacks=lecture was the default."""
    then = compose(["task=gan", "hacks=lecture"])
    record.write_config(tmp_path, then.resolved)
    known = {"overrides": ["task=gan"], "choices": then.choices}
    assert compose(known["overrides"]).choices["hacks"] != "lecture", "the default is another today"
    return tmp_path, known


def test_the_options_of_the_record_are_those_that_are_changed(old):
    rate = compose(["task=gan"]).resolved["hacks"]["lr"]
    change = changed(*old, [f"hacks.lr={rate}"])
    assert change.config["hacks"]["lr"] == change.config["optimizer"]["generator"]["lr"] == rate
    assert change.config["hacks"] | {"lr": 0} == compose(["hacks=lecture", "task=gan"]).resolved["hacks"] | {"lr": 0}
    assert (change.choices["hacks"], "hacks=lecture" in change.overrides) == ("lecture", True)
    with pytest.raises(artesano.errors.BadInput, match=r"hacks=best: it changes \S+ and \d+ more, which cannot change"):
        changed(*old, ["hacks=best"])


def test_a_change_that_a_former_default_swallows_is_refused(old):
    folder, known = old
    saved = compose(["task=gan", "hacks=lecture", "eval_every=50"]).resolved
    record.write_config(folder, saved)
    today = compose(["task=gan"]).resolved["eval_every"]
    with pytest.raises(artesano.errors.BadInput, match="the run has eval_every=50, by a default that is another today"):
        changed(folder, known, [f"eval_every={'null' if today is None else today}"])
    assert changed(folder, known, ["eval_every=50"]).config == saved
