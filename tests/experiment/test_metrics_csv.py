from artesano.experiment.metrics_logger import MetricsCsv
from artesano.runs.metrics import HEADER, cut_after, read_rows, read_times


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
    cut_after(tmp_path, 1)
    assert (tmp_path / "metrics.csv").read_bytes() == before
    cut_after(tmp_path, 0)
    assert (tmp_path / "metrics.csv").read_text() == HEADER + "\n"


def test_times_go_on_where_the_checkpoint_was(tmp_path):
    logger = MetricsCsv(tmp_path)
    logger.before = 100.0  # as after 100 seconds
    for step in (1, 1, 2):
        logger.log_metrics({"a": 0.5}, step)
    logger.began -= 900.0
    logger.log_metrics({"a": 0.5}, 3)
    cut_after(tmp_path, 2)
    MetricsCsv(tmp_path).log_metrics({"a": 0.5}, 3)
    steps, seconds = zip(*read_times(tmp_path / "times.csv"), strict=True)
    assert steps == (1, 2, 3)
    assert 100 <= seconds[0] <= seconds[1] <= seconds[2] < 110


def test_a_run_from_before_there_were_times_has_none(tmp_path):
    (tmp_path / "metrics.csv").write_text(f"{HEADER}\n1,a,0.5\n")
    MetricsCsv(tmp_path).log_metrics({"a": 0.5}, 2)
    assert not (tmp_path / "times.csv").exists()
