"""Half of a batch of fakes comes from earlier steps; the pool is part of a checkpoint."""

import pytest
import torch

from artesano.gan.image_pool import ImagePool


def images(count=6, value=None):
    return torch.randn(count, 2, 8, 8) if value is None else torch.full((count, 2, 8, 8), float(value))


def pool_of(size: int) -> ImagePool:
    pool = ImagePool(size)
    pool.allocate(2, 8)
    return pool


def test_fakes_pass_unchanged_until_the_pool_is_full():
    pool = pool_of(6)
    for number in range(2):
        fakes = images(6, number)
        assert torch.equal(pool(fakes), fakes)
    assert pool.filled == 6
    assert sorted(pool.images[:, 0, 0, 0].tolist()) == [0, 0, 0, 1, 1, 1]


def test_then_half_of_the_batch_is_replaced_by_old_fakes_and_enters_the_pool():
    torch.manual_seed(0)
    pool = pool_of(6)
    for number in range(2):
        pool(images(6, number))
    fakes = images(6, 2)
    fakes[3:] = 3
    shown = pool(fakes)
    assert set(shown[:3, 0, 0, 0].tolist()) <= {0.0, 1.0}
    assert torch.equal(shown[3:], fakes[3:])
    held = pool.images[:, 0, 0, 0].tolist()
    assert 2 in held
    assert 3 not in held


def test_fakes_of_many_steps_ago_come_back():
    torch.manual_seed(0)
    pool = pool_of(20)
    ages = []
    for step in range(200):
        shown = pool(images(4, step))
        if pool.filled > 20:
            ages += (step - shown[:2, 0, 0, 0]).tolist()
    assert max(ages) > 20
    assert min(ages) >= 0


def test_one_fake_at_a_time_is_the_present_one_half_of_the_times():
    """As in CycleGAN, whose batches have one image: otherwise its discriminator would see old fakes alone."""
    torch.manual_seed(0)
    pool = pool_of(5)
    shown = [pool(images(1, step)).mean().item() for step in range(1000)]
    present = [seen == step for step, seen in enumerate(shown)]
    assert all(present[:5])
    assert sum(present[5:]) / 995 == pytest.approx(0.5, abs=0.05)
    held = pool.images.mean((1, 2, 3)).tolist()
    later = [pool(images(1, 2000)).mean().item() for _ in range(50)]
    assert set(later) <= {*held, 2000.0}


def test_of_an_odd_batch_half_is_replaced_on_average():
    torch.manual_seed(0)
    pool = pool_of(100)
    present = [(pool(images(3, step))[:, 0, 0, 0] == step).tolist() for step in range(1000)][51:]
    first, middle, last = (sum(column) / len(present) for column in zip(*present, strict=True))
    assert (first, last) == (0, 1)
    assert middle == pytest.approx(0.5, abs=0.05)


def test_the_pool_holds_values_without_graph_and_returns_the_batchs_type():
    pool = pool_of(4)
    fakes = images(4).bfloat16().requires_grad_()
    shown = pool(fakes)
    assert shown.dtype == torch.bfloat16
    assert not pool.images.requires_grad
    shown.sum().backward()
    assert (fakes.grad == 1).all()  # those of this batch keep their graph, which an unrolled update needs


def test_memory_and_its_filling_are_saved():
    torch.manual_seed(0)
    pool = pool_of(4)
    for number in range(3):
        pool(images(4, number))
    again = pool_of(4)
    again.load_state_dict(pool.state_dict())
    torch.manual_seed(1)
    expected = pool(images(4, 9))
    torch.manual_seed(1)
    assert torch.equal(again(images(4, 9)), expected)
    assert again.filled == pool.filled
