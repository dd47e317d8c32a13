import pytest

from artesano.config.check_keys import check_keys
from artesano.errors import BadInput

pytestmark = pytest.mark.slow


def problems(*words):
    with pytest.raises(BadInput) as caught:
        check_keys(list(words))
    return caught.value.problems


def test_all_problems_in_one_message():
    problem_lines = problems(
        "strategy.grops=2",
        "+strategy.grops=2",
        "optimizer.lr=abc",  # types are for the second pass
        "strategy.groups=-1",
        "data.fraction=0",
        "strategy=frezee",
        "max_step=3",
        "data.augment=(a",
        "dry_run",
    )
    assert len(problem_lines) == 7
    text = "\n".join(problem_lines)
    assert "strategy=frezee: no such option; accepted:" in text
    assert "Did you mean 'freeze' or" in text
    assert text.count("no such key: strategy.grops") == 2
    assert "Did you mean 'groups' of strategy=freeze_d or partial?" in text
    assert "strategy.groups=-1: strategy.groups belongs to strategy=freeze_d, partial; strategy=freeze has " in text
    assert "max_step=3: no such key: max_step. Did you mean 'max_steps'" in text
    assert "data.augment=(a: cannot be read" in text
    assert "dry_run: give key=value." in text
    assert "optimizer.lr" not in text


def test_a_folder_that_is_not_there_is_answered_with_one_that_is(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    (tmp_path / "cat.jpg").touch()
    monkeypatch.chdir(tmp_path)
    assert problems("photo/") == ["photo/: no such folder. Did you mean 'photos/'?"]
    assert problems("data=photo/")[0].endswith(" Did you mean 'photos/'?")
    assert problems("elsewhere/") == ["elsewhere/: no such folder."]
    assert problems("cat.jpg")[0].startswith("cat.jpg: a file; give the folder")


def test_keys_are_judged_by_the_option_that_was_meant():
    assert len(problems("strategy=partail", "strategy.groups=3")) == 1


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("optimzer.lr=0.1", "Did you mean 'optimizer.lr'?"),
        ("bacth=3", "Did you mean 'batch'"),
        ("strategi=full", "Did you mean 'strategy'?"),
        ("data.agment=light", "Did you mean 'augment'?"),
        ("weights={source: hub, fil: x}", "weights has source, file, run. Did you mean 'file'?"),
        ("+data.root=/x", "data.root belongs to data="),
        ("~seeed", "Did you mean 'seed'"),
        ("backbone.name=x", "no such key: backbone.name"),
        ("optimizer={lr: 1}", "takes the name of an option"),
        ("data=null", "this group needs an option"),
        ("seed=1,2", "needs -m"),
        ("strategy=freeze,full", "needs -m"),
        ("logger.wandb.tags=a,b", "logger.wandb.tags=[a,b]"),
        ("task=transfr", "accepted: gan, transfer. Did you mean 'transfer'?"),
    ],
)
def test_hints(word, hint):
    problem_lines = problems(word)
    assert len(problem_lines) == 1
    assert hint in problem_lines[0]


def test_required_keys_are_asked_for():
    assert problems("data=folder") == ["data.root: required; give data.root=..."]


def test_no_plus_lets_a_wrong_key_of_ours_through():
    for word in ("+strategy.grops=1", "++head.drop=1", "+anything=1", "+logger.wandb.projet=x", "++weights.url=x"):
        assert "no such key" in problems(word)[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["max_steps=3", "max_epochs=2"], "max_steps and max_epochs"),
        (["weights.source=file"], "needs weights.file"),
        (["weights.file=/x.pth"], "used only with weights.source=file"),
        (["weights.source=run"], "needs weights.run"),
        (["data.augment=light"], "strategy.cache=false"),
        (["data.mixup=0.2", "strategy=freeze"], "data.mixup=0.2"),
    ],
)
def test_contradictions(words, said):
    assert said in problems(*words)[0]


def test_what_goes_together_passes():
    check_keys(["max_steps=3", "max_epochs=null"])
    check_keys(["data.augment=light", "strategy.cache=false"])
    check_keys(["data.augment=light", "strategy=partial"])
    check_keys(["weights={source: file, file: /x}"])
    check_keys(["experiment=null", "hydra.mode=RUN", "+head=linear"])


def test_a_group_of_another_task(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "task/other.yaml": "# @package _global_\ndefaults: [_self_, /objective: bce]\ntask: other\n",
        "objective/bce.yaml": "real: 1\n",
    }.items():
        (tmp_path / "configs" / name).parent.mkdir(parents=True)
        (tmp_path / "configs" / name).write_text(text)
    problem_lines = problems("objective=bce", "objective.real=0", "seed=1")
    groups = "ablate, adapt, adapt.data, data"
    assert problem_lines[0].startswith(f"objective=bce: task=transfer has no group 'objective'; it has {groups}")
    assert problem_lines[1].startswith("objective.real=0: objective.real belongs to task=other")
    assert "strategy=freeze: task=other has no group 'strategy'" in problems("task=other", "strategy=freeze")[0]


def test_a_mapping_whose_keys_are_the_user_s():
    check_keys(["data=folder", "data.root=x", "data.parts={train: a, test: b}"])
    assert "no such key: weights.sauce" in problems("weights={sauce: hub}")[0]
