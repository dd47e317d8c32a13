"""A comparison as a report, or a saved workspace, on W&B's server: the same runs, metrics and keys as in our table."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from artesano.compare.runs import Run
from artesano.compare.table import SECONDS, Comparison
from artesano.compare.text import short
from artesano.compare.wandb_sent import project_of
from artesano.errors import BadInput, RunFailed
from artesano.experiment.wandb_run import choice_key

if TYPE_CHECKING:
    from wandb_workspaces.reports.v2 import Report, Runset
    from wandb_workspaces.workspaces import Workspace

STEP = "trainer/global_step"  # our own step, as Lightning's logger names it
CURVES = 6  # validation metrics
WIDE = 24  # columns of a report


def title_of(comparison: Comparison) -> str:
    count = sum(len(row.runs) for row in comparison.rows) + len(comparison.without)
    return f"{count} runs of {comparison.kind}, by {short(comparison.metrics[0])}"


def save(comparison: Comparison, runs: Sequence[Run], title: str, about: str, workspace: bool) -> str:
    """Make the report or the workspace; returns its address.

    Args:
        runs: all that it shows; the server knows them.
        title: 1 to 128 characters.
        about: a sentence below the title.

    Raises:
        BadInput: a title that W&B does not take, or a workspace of several projects.
        RunFailed: the server refused.
    """
    if not 0 < len(title) <= 128:
        raise BadInput(f"--title: W&B takes 1 to 128 characters, not {len(title)}.")
    os.environ.setdefault("WANDB_SILENT", "true")  # we say ourselves where it is
    import wandb

    try:
        entity = wandb.Api().default_entity or ""
        if workspace:
            return make_workspace(comparison, runs, title, entity).save().url
        return report(comparison, runs, title, about, entity).save().url
    except BadInput:
        raise
    except Exception as error:  # of the network, of GraphQL, of the library: each has its own kinds
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RunFailed(f"W&B refused the report: {first}") from error


def report(comparison: Comparison, runs: Sequence[Run], title: str, about: str, entity: str) -> Report:
    """The report, not saved yet.

    Args:
        entity: of runs that name none.
    """
    import wandb_workspaces.reports.v2 as wr

    blocks: list[Any] = [wr.P(about)]
    for name, panels, grouped in sections(comparison, runs):
        grid = wr.PanelGrid(runsets=runsets(runs, entity, group_keys(comparison) if grouped else []), panels=panels)
        blocks += [wr.H2(name), grid]
    owner, project = Counter(project_of(run) for run in runs).most_common(1)[0][0]
    return wr.Report(project=project, entity=owner or entity, title=title, blocks=blocks, width="fluid")


def make_workspace(comparison: Comparison, runs: Sequence[Run], title: str, entity: str) -> Workspace:
    """The workspace, not saved yet.

    Raises:
        BadInput: runs of several projects, a sign in the title.
    """
    import wandb_workspaces.workspaces as ws
    from wandb_workspaces import expr
    from wandb_workspaces.utils.validators import validate_no_emoji

    places = sorted({(owner or entity, project) for owner, project in map(project_of, runs)})
    if len(places) > 1:
        names = ", ".join("/".join(place) for place in places)
        raise BadInput(
            f"--workspace: a workspace shows one project, and the runs are of {names}; leave out --workspace to "
            "make a report of all."
        )
    try:
        validate_no_emoji(title)
    except ValueError:
        raise BadInput(
            f"--title {title}: W&B accepts no emoji and no signs such as = + < $ in the name of a workspace."
        ) from None
    shown = [ws.Section(name=name, panels=panels, is_open=True) for name, panels, _ in sections(comparison, runs)]
    chosen = ws.RunsetSettings(
        filters=[expr.Metric("ID").isin(ids(runs))], groupby=[expr.Config(key) for key in group_keys(comparison)]
    )
    return ws.Workspace(entity=places[0][0], project=places[0][1], name=title, sections=shown, runset_settings=chosen)


def runsets(runs: Sequence[Run], entity: str, group_by: Sequence[str]) -> list[Runset]:
    """One for each project, with exactly these runs."""
    import wandb_workspaces.reports.v2 as wr
    from wandb_workspaces import expr

    by_project: dict[tuple[str | None, str], list[Run]] = {}
    for run in runs:
        by_project.setdefault(project_of(run), []).append(run)
    return [
        wr.Runset(
            entity=owner or entity,
            project=project,
            name=f"{len(some)} runs" if len(by_project) == 1 else project,
            filters=[expr.Metric("ID").isin(ids(some))],
            groupby=[f"config.{key}" for key in group_by],
        )
        for (owner, project), some in by_project.items()
    ]


def ids(runs: Sequence[Run]) -> list[str]:
    return [run.record["wandb"]["id"] for run in runs]


def config_key(key: str, runs: Sequence[Run]) -> str:
    """Where W&B keeps a column of ours: choices below `choices`, values where they are."""
    chosen = any(key in run.record["choices"] for run in runs)
    return f"choices.{choice_key(key)}" if chosen else key


def group_keys(comparison: Comparison) -> list[str]:
    """What makes a row of our table, where rows have several seeds."""
    if not any(len(row.runs) > 1 for row in comparison.rows):
        return []
    return [config_key(key, [row.runs[0] for row in comparison.rows]) for key in comparison.columns]


def sections(comparison: Comparison, runs: Sequence[Run]) -> list[tuple[str, list[Any], bool]]:
    """(title, panels, are seeds grouped) of the parts that these runs have."""
    import wandb_workspaces.reports.v2 as wr

    results = [name for name in comparison.metrics if name != SECONDS]
    curves: list[Any] = [wr.LinePlot(title=name, x=STEP, y=[name]) for name in validated(runs)]
    bars: list[Any] = [wr.BarPlot(title=short(name), metrics=[name]) for name in results]
    mattered: list[Any] = [wr.RunComparer(diff_only=True, layout=wr.Layout(w=WIDE, h=10))]
    if comparison.columns and results and len(comparison.rows) > 1:
        columns = [wr.ParallelCoordinatesPlotColumn(wr.Config(config_key(key, runs))) for key in comparison.columns]
        columns += [wr.ParallelCoordinatesPlotColumn(wr.SummaryMetric(name)) for name in results[:1]]
        mattered = [
            wr.ParallelCoordinatesPlot(columns=columns, layout=wr.Layout(w=16, h=8)),
            wr.ParameterImportancePlot(with_respect_to=results[0], layout=wr.Layout(w=8, h=8)),
            *mattered,
        ]
    pictures: list[Any] = [
        wr.MediaBrowser(media_keys=[key], title=key, layout=wr.Layout(w=WIDE // 2, h=10)) for key in media(runs)
    ]
    parts = [
        ("Results", bars, True),
        ("Curves", curves, True),
        ("What differs", mattered, False),
        ("Pictures", pictures, False),
    ]
    return [part for part in parts if part[1]]


def validated(runs: Sequence[Run]) -> list[str]:
    """Validation metrics, those that chose the best checkpoints first."""
    monitors = [(run.record.get("monitor") or {}).get("name") for run in runs]
    names = [name for run in runs for name in run.metrics if name.startswith("val/")]
    return list(dict.fromkeys([*(name for name in monitors if name), *names]))[:CURVES]


def media(runs: Sequence[Run]) -> list[str]:
    """Names under which the runs sent pictures; the curves are drawn anew."""
    sent = [f"plots/{os.path.splitext(os.path.basename(path))[0]}" for run in runs for path in run.record["images"]]
    grids = ["samples"] if any((run.folder / "images").is_dir() for run in runs) else []
    return [key for key in dict.fromkeys([*grids, *sent]) if key != "plots/curves"]
