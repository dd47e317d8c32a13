"""The Hugging Face hub, offline first: the local cache, then the network if it answers within seconds.

timm's own download retries for minutes when there is no network; here the connection is checked first.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import huggingface_hub
import timm
import torch
from huggingface_hub import constants
from huggingface_hub.utils import EntryNotFoundError, RepositoryNotFoundError

from artesano.errors import BadInput
from artesano.file_names import expanded

PATIENCE = 3.0  # seconds in which a host must answer
FILES = ("model.safetensors", "pytorch_model.bin")


def local_name(name: str) -> str:
    """`hf-hub:owner/name` as `local-dir:<folder of the cache>`, so that timm never asks the network for the config."""
    if not name.startswith(("hf-hub:", "hf_hub:")):
        return name
    config = _cached_or_fetched(name.split(":", 1)[1], ("config.json",), name)
    return f"local-dir:{config.parent}"


def weights_path(name: str) -> Path:
    """The file with the published weights of a timm name, of `hf-hub:owner/name` or of `local-dir:folder`.

    Raises:
        BadInput: there are none, or they are neither on this machine nor reachable within seconds.
    """
    source, _, place = name.partition(":")
    if source in ("hf-hub", "hf_hub"):
        return _cached_or_fetched(place, FILES, name)
    if source == "local-dir":
        for file in FILES:
            if (path := expanded(place) / file).is_file():
                return path
        raise BadInput(f"backbone={name}: the folder holds no weights; accepted file names: {', '.join(FILES)}")
    config = timm.get_pretrained_cfg(name)
    if config is None or not (config.hf_hub_id or config.url):
        raise BadInput(f"backbone={name} has no published weights: use weights.source=file, run or none")
    if config.hf_hub_id:
        return _cached_or_fetched(
            config.hf_hub_id, (config.hf_hub_filename,) if config.hf_hub_filename else FILES, name
        )
    return _downloaded(str(config.url), name)


def cached(name: str) -> Path | None:
    """The file with the published weights of a timm name where it is on this machine; the network is not asked."""
    config = timm.get_pretrained_cfg(name)
    if config is None:
        return None
    if config.hf_hub_id:
        return _in_cache(config.hf_hub_id, (config.hf_hub_filename,) if config.hf_hub_filename else FILES)
    path = _in_torch_hub(str(config.url))
    return path if path.is_file() else None


def _in_cache(repository: str, files: tuple[str, ...]) -> Path | None:
    repo, _, revision = repository.partition("@")
    for file in files:
        path = huggingface_hub.try_to_load_from_cache(repo, file, revision=revision or None)
        if isinstance(path, str):
            return Path(path)
    return None


def _in_torch_hub(url: str) -> Path:
    """The few models that timm publishes outside the hub live in torch's own cache."""
    return Path(torch.hub.get_dir()) / "checkpoints" / Path(urllib.parse.urlparse(url).path).name


def _cached_or_fetched(repository: str, files: tuple[str, ...], name: str) -> Path:
    if (here := _in_cache(repository, files)) is not None:
        return here
    repo, _, revision = repository.partition("@")
    if constants.HF_HUB_OFFLINE or not answers(constants.ENDPOINT):
        raise BadInput(*_missing(name, f"{files[0]} of the hub repository {repo}", constants.HF_HUB_CACHE))
    for file in files:
        try:
            return Path(huggingface_hub.hf_hub_download(repo, file, revision=revision or None))
        except RepositoryNotFoundError as error:
            raise BadInput(f"backbone={name}: the hub has no repository {repo} (or it needs a login)") from error
        except EntryNotFoundError:
            continue
        except OSError as error:
            raise BadInput(f"backbone={name}: {file} of {repo} could not be fetched: {error}") from error
    raise BadInput(f"backbone={name}: the hub repository {repo} has none of {', '.join(files)}")


def _downloaded(url: str, name: str) -> Path:
    path = _in_torch_hub(url)
    if path.is_file():
        return path
    if constants.HF_HUB_OFFLINE or not answers(url):
        raise BadInput(*_missing(name, url, str(path)))
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.hub.download_url_to_file(url, str(path))
    return path


def _missing(name: str, what: str, cache: str) -> tuple[str, str]:
    why = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else "huggingface.co cannot be reached"
    return (
        f"backbone={name} weights.source=hub: {what} is not on this machine and {why}.",
        "Download that file on another machine and give it as weights.source=file weights.file=<path>, or place it in "
        f"{cache}",
    )


def answers(url: str) -> bool:
    """True if the host answers within `PATIENCE`; in a thread, since a name lookup has no timeout."""
    heard = threading.Event()

    def ask() -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=PATIENCE).close()
        except urllib.error.HTTPError:
            pass  # an error page is an answer
        except (OSError, ValueError):
            return
        heard.set()

    threading.Thread(target=ask, daemon=True).start()
    return heard.wait(PATIENCE)
