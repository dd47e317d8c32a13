"""The report holds exactly the chosen runs and their metrics; without a server one message says what is needed."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import wandb

from artesano.cli import main
from artesano.compare import wandb_report, wandb_sent
from artesano.compare.runs import gather
from artesano.compare.table import compare
from artesano.errors import BadInput

ACCURACY = "test/accuracy"
PANELS = {
    "Run History Line Plot": "curves",
    "Bar Chart": "bars",
    "Parallel Coordinates Plot": "coordinates",
    "Parameter Importance": "importance",
    "Run Comparer": "differences",
    "Media Browser": "pictures",
}


@pytest.fixture
def logged(made):
    """Two strategies of two seeds in one project, one run in another, and one that W&B knows nothing of."""
    for number, (strategy, seed, project) in enumerate(
        [("freeze", 0, "p"), ("freeze", 1, "p"), ("full", 0, "p"), ("full", 1, "p"), ("full", 2, "q")], start=1
    ):
        made(
            number, words=[f"strategy={strategy}", f"data.shots={10 * (1 + (strategy == 'full'))}"], seed=seed,
            metrics={ACCURACY: number / 10, "val/accuracy": number / 10, "val/nll": 1.0},
            monitor={"name": "val/accuracy", "mode": "max"}, images=["plots/confusion.png", "plots/curves.png"],
            wandb={"id": f"id{number}", "mode": "online", "entity": "team", "project": project},
        )  # fmt: skip
    made(9, words=["strategy=full"], metrics={ACCURACY: 0.9})


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)


@pytest.fixture
def server(monkeypatch, key):
    """A W&B server that answers what a report asks; `server` is the list of the views that were sent to it."""
    views = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            content = json.dumps(self.answer(asked["query"], asked.get("variables") or {})).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def answer(self, query, values):
            project = {"id": "P1", "internalId": "1", "name": "p", "entityName": "team"}
            if "upsertView" in query:
                views.append(values)
                view = {"id": "V1", "type": "runs", "name": "v", "displayName": "", "description": "", "spec": "{}"}
                now = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"}
                view |= now | {"project": project, "user": {"id": "U", "username": "u"}}
                return {"data": {"upsertView": {"view": view, "inserted": True}}}
            if "internalId" in query and "projectName" in values:
                known = values["projectName"] in ("p", "q")
                return {"data": {"project": project | {"name": values["projectName"]} if known else None}}
            if "viewer" in query:
                return {"data": {"viewer": {"id": "U", "entity": "mine", "username": "u"}}}
            node = {"node": project | {"createdAt": "", "isBenchmark": False, "user": None}}
            pages = {"endCursor": "", "hasNextPage": False}
            return {"data": {"models": {"edges": [node], "pageInfo": pages}, "upsertModel": {"model": {"id": "P"}}}}

        def log_message(self, *_):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{running.server_port}")
    wandb.teardown()
    yield views
    running.shutdown()
    wandb.teardown()


def parts(spec):
    """The grids of a report: (runsets, {panel kind: [config]})."""
    for grid in (block["metadata"] for block in spec["blocks"] if block["type"] == "panel-grid"):
        panels = {}
        for panel in grid["panelBankSectionConfig"]["panels"]:
            panels.setdefault(PANELS[panel["viewType"]], []).append(panel["config"])
        yield grid["runSets"], panels


def chosen_ids(runset):
    (condition,) = runset["filters"]["filters"]
    assert (condition["key"], condition["op"]) == ({"section": "run", "name": "name"}, "IN")
    return condition["value"]


def test_a_report_of_exactly_the_chosen_runs(logged, server, capfd):
    assert main(["report", "--where", "run!=0005-run", "--title", "Shots"]) == 0
    out, err = capfd.readouterr()
    assert out == f"{os.environ['WANDB_BASE_URL']}/team/p/reports/Shots--V1\n"
    (left_out,) = err.splitlines()
    assert "0009-run: not on W&B" in left_out
    (view,) = server
    assert (view["entityName"], view["projectName"], view["displayName"]) == ("team", "p", "Shots")
    found = list(parts(json.loads(view["spec"])))
    assert all(chosen_ids(runset) == ["id1", "id2", "id3", "id4"] for runsets, _ in found for runset in runsets)
    panels = {kind: configs for _, some in found for kind, configs in some.items()}
    assert [config["metrics"] for config in panels["curves"]] == [["val/accuracy"], ["val/nll"]]
    assert all(config["xAxis"] == "trainer/global_step" for config in panels["curves"])
    assert [config["metrics"] for config in panels["bars"]] == [[ACCURACY]]
    columns = [column["accessor"] for column in panels["coordinates"][0]["columns"]]
    assert columns == ["config:choices.value.strategy", "config:data.value.shots", f"summary:{ACCURACY}"]
    assert panels["importance"][0]["targetKey"] == ACCURACY
    assert panels["differences"][0]["diffOnly"] is True
    assert [config["mediaKeys"] for config in panels["pictures"]] == [["plots/confusion"]]
    grouping = {kind: [key["name"] for key in runsets[0]["grouping"]] for runsets, some in found for kind in some}
    assert grouping["curves"] == grouping["bars"] == ["choices.value.strategy", "data.value.shots"]  # seeds together
    assert grouping["coordinates"] == grouping["pictures"] == []


def test_runs_of_two_projects_are_two_sets_of_one_report(logged, server):
    assert main(["report"]) == 0
    for runsets, _ in parts(json.loads(server[0]["spec"])):
        assert [chosen_ids(runset) for runset in runsets] == [["id1", "id2", "id3", "id4"], ["id5"]]
        assert [runset["project"]["name"] for runset in runsets] == ["p", "q"]


def test_a_workspace(logged, server, capfd):
    assert main(["report", "--workspace", "--where", "run!=0005-run"]) == 0
    assert "/team/p?nw=" in capfd.readouterr().out
    section = json.loads(server[0]["spec"])["section"]
    assert chosen_ids(section["runSets"][0]) == ["id1", "id2", "id3", "id4"]
    assert [key["name"] for key in section["runSets"][0]["grouping"]] == ["choices.value.strategy", "data.value.shots"]
    names = [part["name"] for part in section["panelBankConfig"]["sections"]]
    assert names[:4] == ["Results", "Curves", "What differs", "Pictures"]
    assert main(["report", "--workspace"]) == 2
    assert "the runs are of team/p, team/q" in capfd.readouterr().err
    assert main(["report", "--workspace", "--where", "run!=0005-run", "--title", "lr = 1"]) == 2
    assert "--title lr = 1" in capfd.readouterr().err


def test_what_the_server_refuses_is_told_in_a_line(logged, server, outputs, capfd):
    record = outputs / "transfer" / "0005-run" / "run.json"
    record.write_text(record.read_text().replace('"project": "q"', '"project": "gone"'))
    assert main(["report"]) == 1
    err = capfd.readouterr().err
    assert "W&B refused the report" in err
    assert "'team/gone' not found" in err
    assert "Traceback" not in err


def offline(folder, name, sent=False):
    place = folder / "wandb" / f"offline-run-20260101_000000-{name}"
    place.mkdir(parents=True)
    (place / f"run-{name}.wandb").touch()
    if sent:
        (place / f"run-{name}.wandb.synced").touch()
    return place


def test_one_message_says_all_that_is_needed(logged, outputs, monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(wandb_sent.importlib.util, "find_spec", lambda name: None)
    folders = [offline(outputs / "transfer" / "0001-run", name) for name in ("a", "b")]
    offline(outputs / "transfer" / "0002-run", "c", sent=True)
    assert main(["report"]) == 2
    err = capsys.readouterr().err
    for words in ("pip install 'artesano[report]'", "wandb login", "no connection to http://127.0.0.1:9"):
        assert words in err
    assert "1 of 5 runs were logged offline" in err
    assert f"wandb sync {folders[0]} \\\n    {folders[1]}\n" in err
    assert "artesano compare --html" in err


def test_what_else_is_refused(made, outputs, key, capsys):
    made(1, metrics={ACCURACY: 0.5})
    assert main(["report"]) == 2
    assert "none of the 1 runs was logged to W&B" in capsys.readouterr().err
    made(2, status="failed", wandb={"id": "a", "mode": "online"})
    assert main(["report"]) == 2
    assert "none of the 1 runs has a result" in capsys.readouterr().err
    made(3, task="gan", metrics={"test/fd": 1.0}, wandb={"id": "b", "mode": "online"})
    assert main(["report"]) == 2
    assert "several kinds" in capsys.readouterr().err
    assert main(["report", "--where", "kind=gan", "--metric", "test/fdd"]) == 2
    assert "'test/fd'" in capsys.readouterr().err
    runs, _ = gather([str(outputs / "gan")])
    with pytest.raises(BadInput, match="1 to 128 characters"):
        wandb_report.save(compare(runs), runs, "x" * 129, "", workspace=False)
