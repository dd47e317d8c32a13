"""All that Hydra and OmegaConf do not document and that we use (tested with Hydra 1.3.8 and OmegaConf 2.3.1)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import omegaconf
import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import ConfigCompositionException
from omegaconf import DictConfig
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver


def group_without_place(error: ConfigCompositionException) -> str | None:
    """The group that the defaults list has no place for, from the text of Hydra's error; None for other errors."""
    match = re.search(r"Could not (?:override|delete)\W+([\w@./]+)", str(error))
    return match and match[1]


def branch(node: DictConfig, name: str) -> DictConfig | None:
    """The mapping at a key; None for a value, null, ??? and ${...}. Three times faster than what is public."""
    child = node._get_node(name)
    return child if isinstance(child, DictConfig) and isinstance(child._value(), dict) else None


def set_values(config: DictConfig, overrides: list[str]) -> None:
    """Set `key=value`, `+key=value`, `~key` in a composed config, as Hydra does at the end of a composition."""
    ConfigLoaderImpl._apply_overrides_to_config(OverridesParser.create().parse_overrides(overrides), config)


@lru_cache(1)
def hasten() -> None:
    """From here on in this process OmegaConf reads YAML by libyaml, and parses a text with `${...}` once.

    A third of a composition was spent on these; what a text means never changes.
    """
    base, utils = omegaconf.base, omegaconf._utils
    base.parse = lru_cache(4096)(base.parse)
    if yaml.__with_libyaml__:
        loader = by_libyaml(utils.get_yaml_loader())
        utils.get_yaml_loader = lambda: loader


def by_libyaml(theirs: Any) -> type:
    """OmegaConf's loader, which knows floats as 1e-3 and refuses a key that stands twice, with libyaml below it.

    What libyaml refuses is read again without it: names that are no UTF-8, and mistakes, which it shows less well.
    """

    class Fast(yaml.cyaml.CParser, theirs):
        def __init__(self, stream: Any):
            yaml.cyaml.CParser.__init__(self, stream)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)

    class Loader:
        slow = theirs  # as it was

        def __init__(self, stream: Any):
            self.stream = stream

        def get_single_data(self) -> Any:
            try:
                return Fast(self.stream).get_single_data()
            except (yaml.YAMLError, UnicodeError):
                if not isinstance(self.stream, str):
                    self.stream.seek(0)
                return theirs(self.stream).get_single_data()

        def dispose(self) -> None:
            """Asked for by `yaml.load`; both loaders leave nothing open."""

    return Loader
