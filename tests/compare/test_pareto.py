from artesano.compare.pareto import front, pareto
from artesano.compare.table import Comparison, Row

BOTH = ("test/accuracy", "seconds")


class Measured:
    def __init__(self, accuracy, seconds):
        self.values = {"test/accuracy": accuracy, "seconds": seconds}
        self.title = f"{accuracy}"


def test_the_front_holds_whom_nobody_beats_in_both():
    points = [(0.9, 10.0), (0.8, 5.0), (0.85, 12.0), (0.8, 6.0), (0.95, 30.0), (None, 1.0)]
    rows = [Row({}, [Measured(*point)]) for point in points]
    assert [row.runs[0].values["test/accuracy"] for row in front(rows, BOTH)] == [0.95, 0.9, 0.8]
    assert [row.mean("seconds") for row in front(rows, BOTH)] == [30.0, 10.0, 5.0]
    twice = [Row({}, [Measured(0.9, 10.0)]) for _ in range(2)]
    assert front(twice, BOTH) == twice  # nobody beats an equal
    comparison = Comparison("transfer", [], list(BOTH), rows, {}, [])
    beaten, best = pareto(comparison, BOTH).data
    assert (len(beaten.x), len(best.x)) == (2, 3)
    assert pareto(Comparison("transfer", [], list(BOTH), rows[:1], {}, []), BOTH) is None
