"""A key that the space searches is not given as well: the trials would not have it."""

import pytest

from artesano.errors import BadInput
from artesano.sweep.run import check_overrides
from artesano.sweep.space import load_space


def test_a_key_that_is_searched_cannot_be_given():
    with pytest.raises(BadInput, match="strategy=auto: the space searches strategy; leave it out"):
        check_overrides(load_space("transfer", {}), ["strategy=auto", "max_steps=5"], fresh=False)
