"""The signature of a class is the schema of its node."""

from artesano.config.schema import check_node


def test_a_network_without_a_constructor_takes_no_arguments():
    assert check_node("loss", {"_target_": "artesano.gan.losses.Hinge"}) == []
    problems = check_node("loss", {"_target_": "artesano.gan.losses.Hinge", "pairing": "average"})
    assert problems == ["loss.pairing: no such key; loss has none."]
