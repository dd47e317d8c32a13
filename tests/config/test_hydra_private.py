"""What Hydra does not document is as it was; where a new version changes it, this says so."""

from importlib.metadata import version

import hydra
import pytest
from hydra.errors import ConfigCompositionException
from omegaconf import OmegaConf

from artesano.config import search_path
from artesano.config.hydra_private import branch, group_without_place


@pytest.mark.parametrize("choice", ["loss=bce", "~loss"])
def test_hydra_still_names_the_group_that_it_cannot_place(choice):
    with search_path.opened(), pytest.raises(ConfigCompositionException) as caught:
        hydra.compose("train", ["task=transfer", choice])
    assert group_without_place(caught.value) == "loss", (
        f"Hydra {version('hydra-core')} says it in other words ({caught.value}); see config/hydra_private.py"
    )


def test_omegaconf_still_tells_mappings_from_all_else():
    node = OmegaConf.create({"a": {"b": 1}, "value": 1, "null": None, "missing": "???", "other": "${a}", "empty": {}})
    branches = [name for name in node if branch(node, name) is not None]
    assert branches == ["a", "empty"], f"OmegaConf {version('omegaconf')}: see config/hydra_private.py"
