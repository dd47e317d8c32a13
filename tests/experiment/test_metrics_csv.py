from artesano.experiment.metrics_logger import MetricsCsv
from artesano.runs.metrics import HEADER, cut_after, read_rows


def test_rows_survive_a_second_logger_and_a_torn_line(tmp_path):
    MetricsCsv(tmp_path).log_metrics({"train/loss": 0.1, "lr": 1e-3}, 10)
    MetricsCsv(tmp_path).log_metrics({"train/loss": float("nan")}, 20)
    path = tmp_path / "metrics.csv"
    with path.open("a") as stream:
        stream.write("30,train/lo")
    rows = read_rows(path)
    assert rows[:2] == [(10, "train/loss", 0.1), (10, "lr", 0.001)]
    assert [step for step, _, _ in rows] == [10, 10, 20]


def test_cutting_keeps_the_rows_up_to_the_checkpoint_to_the_last_digit(tmp_path):
    logger = MetricsCsv(tmp_path)
    logger.log_metrics({"a": 1 / 3}, 1)
    before = (tmp_path / "metrics.csv").read_bytes()
    logger.log_metrics({"a": 2 / 3}, 2)
    cut_after(tmp_path / "metrics.csv", 1)
    assert (tmp_path / "metrics.csv").read_bytes() == before
    cut_after(tmp_path / "metrics.csv", 0)
    assert (tmp_path / "metrics.csv").read_text() == HEADER + "\n"
