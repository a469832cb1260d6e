"""Which device a lifter takes, what it says of it, and the settings that a machine keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inference.errors import InferenceError, ModelError
from inference.lift.device import PROVIDERS, open_session
from inference.lift.lifter import Lifter
from inference.lift.settings import RunSettings, usable_cores
from inference.lift.tuning import (
    Tuning,
    default_tuning,
    measure_tuning,
    seconds_a_frame,
    store_tuning,
    stored_tuning,
)
from inference.lift.weights import DEFAULT_LIFTER, load_weights_info

EVERY = list(PROVIDERS.values())


class FakeSession:
    """ONNX Runtime on a machine with some providers: some refuse, some give way to the processor without a word."""

    refuse: tuple[str, ...] = ()
    give_way: tuple[str, ...] = ()

    def __init__(self, _path: str, sess_options: Any, providers: list[str]) -> None:
        if providers[0] in self.refuse:
            raise RuntimeError("no driver\nand a long trace")
        self.provider = PROVIDERS["cpu"] if providers[0] in self.give_way else providers[0]

    def get_providers(self) -> list[str]:
        return [self.provider]


class Options:
    """Stands for `onnxruntime.SessionOptions`."""

    enable_mem_pattern = True


def session_class(refuse: tuple[str, ...] = (), give_way: tuple[str, ...] = ()) -> type[FakeSession]:
    return type("Fake", (FakeSession,), {"refuse": refuse, "give_way": give_way})


@pytest.mark.parametrize(
    ("available", "chosen"),
    [
        (EVERY, "cuda"),
        (EVERY[1:], "directml"),
        (EVERY[2:], "coreml"),
        (EVERY[3:], "cpu"),
    ],
)
def test_auto_takes_the_first_that_is_there(available: list[str], chosen: str) -> None:
    options = Options()
    _, device = open_session("a.onnx", "auto", options, available, session_class())
    assert device.name == chosen
    assert options.enable_mem_pattern == (chosen != "directml")


def test_auto_goes_on_where_a_provider_refuses_or_gives_way_and_says_why() -> None:
    fake = session_class(refuse=(PROVIDERS["cuda"],), give_way=(PROVIDERS["directml"],))
    _, device = open_session("a.onnx", "auto", Options(), [*EVERY[:2], EVERY[3]], fake)
    assert device.on_cpu
    assert "CUDA) refused: no driver" in str(device) and "DirectML) could not be started" in str(device)
    assert "long trace" not in str(device)


def test_a_wanted_device_is_not_silently_replaced() -> None:
    with pytest.raises(ModelError, match="CUDAExecutionProvider is not installed"):
        open_session("a.onnx", "cuda", Options(), [PROVIDERS["cpu"]], session_class())
    fake = session_class(give_way=(PROVIDERS["cuda"],))
    with pytest.raises(ModelError, match=r"a\.onnx: the graphics card \(CUDA\) could not be started"):
        open_session("folder/a.onnx", "cuda", Options(), EVERY, fake)


def test_this_machine_runs_the_shipped_lifter_and_says_on_what() -> None:
    for name, unit in ((DEFAULT_LIFTER, "frames"), ("atcn-27", "windows")):
        lifter = Lifter(name, settings=RunSettings(device="cpu", workers=2, batch=16))
        assert lifter.description == (f"{name} runs on the processor (as set), 2 at a time, 16 {unit} in each run.")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"device": "gpu"}, "no device 'gpu'"),
        ({"backend": "jax"}, "no backend 'jax'"),
        ({"workers": 0}, "workers is 0"),
        ({"batch": -1}, "batch is -1"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InferenceError, match=words):
        RunSettings(**settings)


def test_tuning_is_kept_for_its_weights_and_device_alone(tmp_path: Path) -> None:
    info, path = load_weights_info(DEFAULT_LIFTER), tmp_path / "tuning.json"
    assert stored_tuning(info, "auto", path) is None
    store_tuning(info, "auto", Tuning(24, 2, 1), path)
    store_tuning(info, "cpu", Tuning(48, 1, 2), path)
    assert stored_tuning(info, "auto", path) == Tuning(24, 2, 1)
    assert stored_tuning(info, "cpu", path) == Tuning(48, 1, 2)
    assert stored_tuning(info, "cuda", path) is None


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"%s": {"batch": 3}}', '{"%s": 5}', '{"%s": {"x": 1}}'])
def test_a_broken_tuning_file_is_as_none(tmp_path: Path, text: str) -> None:
    info, path = load_weights_info(DEFAULT_LIFTER), tmp_path / "tuning.json"
    store_tuning(info, "auto", Tuning(1, 1, 1), path)
    key = next(iter(json.loads(path.read_text())))
    path.write_text(text.replace("%s", key))
    assert stored_tuning(info, "auto", path) is None
    store_tuning(info, "auto", Tuning(2, 1, 1), path)
    assert stored_tuning(info, "auto", path) == Tuning(2, 1, 1)


def test_measuring_takes_the_fastest_candidate(monkeypatch: pytest.MonkeyPatch) -> None:
    info = load_weights_info("atcn-27")
    monkeypatch.setattr(
        "inference.lift.tuning.seconds_a_frame",
        lambda _network, _info, tuning: 1.0 + abs(tuning.batch - 32) + tuning.threads,
    )
    best, rates = measure_tuning(info, "cpu")
    assert best.batch == 32 and best.threads == 1 and best.workers == usable_cores()
    assert rates[best] == max(rates.values()) and len(rates) > 4


def test_a_measure_is_of_real_runs() -> None:
    info = load_weights_info(DEFAULT_LIFTER)
    lifter = Lifter(settings=RunSettings(device="cpu"))
    assert 1e-6 < seconds_a_frame(lifter._network, info, default_tuning(info, on_cpu=True)) < 1.0
