"""The checks for a GPU: without one they are listed, they fit into nine minutes, and their commands compose."""

import argparse
from pathlib import Path

import pytest
import torch


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))


def test_without_a_gpu_it_says_what_it_would_do(monkeypatch, capsys):
    from gpu_check import CHECKS, main

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(argparse.Namespace(only="", rehearse=False)) == 0
    said = capsys.readouterr().out
    assert "no GPU here; with one these would run, 8 min" in said
    assert all(check.name in said for check in CHECKS)


def test_all_fit_into_nine_minutes_and_compare_with_checks_before_them():
    from gpu_check import CHECKS, LIMIT

    assert sum(check.seconds for check in CHECKS) <= LIMIT
    names = [check.name for check in CHECKS]
    assert all(check.beside in ["", *names[:place]] for place, check in enumerate(CHECKS))


@pytest.mark.slow
@pytest.mark.parametrize("rehearse", [False, True])
def test_commands_compose(rehearse):
    from gpu_check import CHECKS, words_of

    from artesano.config.compose import compose
    from artesano.kinds.registry import options_of

    for check in (CHECKS[0], CHECKS[2], CHECKS[5], CHECKS[9], CHECKS[11]):
        words = words_of(check, ("trainer=cpu",), rehearse, 4)
        options_of(compose([*words[1:], *check.equal]).resolved)


def test_a_failed_reference_gives_no_ratio_and_a_failure_an_exit_code(monkeypatch, capsys, tmp_path):
    import gpu_check

    def perform(check, *_):
        failed = check.name == "dcgan 32 fp32"
        return {"images/s": float("nan") if failed else 9.0, "peak GiB": 0.0, "result": "failed (1): x" * failed,
                "ok": not failed}  # fmt: skip

    monkeypatch.setattr(gpu_check, "perform", perform)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu_check.main(argparse.Namespace(only="dcgan 32", rehearse=True, out=tmp_path)) == 1
    said = capsys.readouterr().out
    assert "failed (1)" in said
    assert "nan x" not in said
    assert "1.00 x dcgan 32 bf16" in said


def test_a_child_that_dies_or_hangs_is_a_row(monkeypatch, tmp_path):
    import gpu_check

    monkeypatch.setattr(gpu_check.sys, "executable", "/bin/false")
    assert gpu_check.run(["train"], tmp_path, 5).trouble == "failed (1): without a word"
    script = tmp_path / "sleep.sh"
    script.write_text("#!/bin/sh\nexec sleep 30\n")
    script.chmod(0o755)
    monkeypatch.setattr(gpu_check.sys, "executable", str(script))
    assert gpu_check.run(["train"], tmp_path, 0.2).trouble.startswith("not ended after")


def test_tensors_that_differ_are_told_and_unknown_numbers_are_equal(tmp_path):
    from gpu_check import same_tensors

    def saved(name, **tensors):
        folder = tmp_path / name / "checkpoints"
        folder.mkdir(parents=True)
        torch.save({"state_dict": tensors}, folder / "last.ckpt")
        return folder.parent

    nan = torch.tensor([1.0, torch.nan])
    first = saved("a", w=torch.ones(3), recent=nan)
    assert same_tensors(first, saved("b", w=torch.ones(3), recent=nan.clone())) == "equal bit for bit"
    assert (
        same_tensors(first, saved("c", w=torch.tensor([1.0, 1.0, 1.5]), recent=nan)) == "1 of 2 differ, at most by 0.5"
    )
    assert "at most by inf" in same_tensors(first, saved("d", w=torch.ones(3), recent=torch.ones(2)))
    assert same_tensors(first, saved("e", w=torch.ones(3))) == "other tensors"
