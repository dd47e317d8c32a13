"""What Hydra does not document is as it was; where a new version changes it, this says so."""

import io
from importlib.metadata import version

import hydra
import omegaconf
import pytest
import yaml
from hydra.errors import ConfigCompositionException
from omegaconf import OmegaConf, open_dict

from artesano.config import search_path
from artesano.config.check_keys import checked
from artesano.config.hydra_private import branch, by_libyaml, group_without_place


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


@pytest.mark.parametrize(
    "words",
    [
        ["seed=3", "strategy=partial", "strategy.groups=3", "hydra.mode=RUN"],
        ["++optimizer.amsgrad=true", "~head.dropout", "+backbone_args.drop_path_rate=0.1", "weights={source: none}"],
        ["task=gan", "gan=wgan_gp", "hacks.ema=0.5", "generator.width=8", "max_steps=null"],
        ["experiment=demo", "data=folder", "data.root=/x", "name=null", "logger.wandb.tags=[a,b]"],
    ],
    ids=lambda words: words[0],
)
def test_values_are_set_as_hydra_would(words):
    with search_path.opened() as loader:
        ours = checked(words, loader)
        hydras = hydra.compose("train", words, return_hydra_config=True)
    for config in (ours, hydras):
        with open_dict(config):
            del config.hydra.overrides, config.hydra.job.override_dirname  # the words themselves
            del config.hydra.runtime.cwd  # where the first was composed
    assert ours == hydras
    assert OmegaConf.is_struct(ours)
    assert not OmegaConf.is_readonly(ours)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML without libyaml")
def test_libyaml_reads_every_file_as_omegaconf_would():
    theirs = omegaconf._utils.get_yaml_loader()
    theirs = getattr(theirs, "slow", theirs)
    fast = by_libyaml(theirs)
    for file in search_path.shipped().rglob("*.yaml"):
        text = file.read_text("utf-8")
        assert yaml.load(text, fast) == yaml.load(text, theirs), file
    assert yaml.load("{a: 1e-3, b: 2020-01-01}", fast) == {"a": 1e-3, "b": "2020-01-01"}
    assert yaml.load(io.StringIO('{a: "\\uDCE9"}'), fast) == {"a": "\udce9"}  # a name that is no UTF-8
    with pytest.raises(yaml.YAMLError, match="duplicate key a"):
        yaml.load("{a: 1, a: 2}", fast)
