"""Trials that passed are remembered as long as they are about the same; failures never."""

from pathlib import Path

from render.backends.compute import probe
from render.backends.trials import Trials


def test_what_passed_is_not_tried_again(tmp_path: Path) -> None:
    Trials(tmp_path).remember("llvm", "LLVM 99, 3 threads")
    assert Trials(tmp_path).passed("llvm") == "LLVM 99, 3 threads"
    (found,) = [one for one in probe(Trials(tmp_path)) if not one.hardware]
    assert (found.usable, found.detail) == (True, "LLVM 99, 3 threads")


def test_a_trial_with_another_library_is_another_one(tmp_path: Path) -> None:
    Trials(tmp_path).remember("llvm", "LLVM 99, 3 threads")
    assert Trials(tmp_path, "/opt/lib/libLLVM.so").passed("llvm") is None
    assert Trials(tmp_path).passed("cuda") is None


def test_what_passes_is_remembered_and_what_fails_is_not(tmp_path: Path) -> None:
    cpu = next(found for found in probe(Trials(tmp_path / "kept")) if not found.hardware)
    assert Trials(tmp_path / "kept").passed("llvm") == (cpu.detail if cpu.usable else None)
    assert Trials(tmp_path / "kept").passed("cuda") is None


def test_where_nothing_can_be_kept_it_is_tried_every_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    trials = Trials(tmp_path / "file" / "folder")
    trials.remember("llvm", "LLVM 99, 3 threads")
    assert trials.passed("llvm") is None
