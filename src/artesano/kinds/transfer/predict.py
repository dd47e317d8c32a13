"""`artesano predict` of a classifier: one row for each file, in order, also for the files that cannot be read."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Literal, TextIO

from rich.console import Console

from artesano.data.io.inputs import search
from artesano.data.labels import JOINT
from artesano.errors import BadInput
from artesano.file_names import Failure, expanded, failures, grouped, readable, remarked, table_writer
from artesano.kinds.places import file_to_write
from artesano.kinds.transfer import explain
from artesano.kinds.transfer.averaged import averaged, described
from artesano.kinds.transfer.classifier import BATCH
from artesano.kinds.transfer.load import load, load_backbone
from artesano.kinds.transfer.predict_table import Sheet, to_terminal
from artesano.kinds.transfer.prediction import COLUMNS, UNKNOWN, Prediction
from artesano.next_steps import next_steps, quoted
from artesano.progress_bars import watched, writer

#: between labels in a table, the first that no class has in its name; the last ones stand in no name
SEPARATORS = (JOINT, "|", ",", "/", "+", "~", "\N{SYMBOL FOR UNIT SEPARATOR}")
FEW = 50  # images of val, below which a calibration is a guess


def command(run: str | None, inputs: list[str], arguments: Namespace) -> int:
    """Write the rows; exit code 1 when no file could be read."""
    form = output_format(arguments.output, arguments.format)
    if arguments.output:
        file_to_write(arguments.output)
    loaded = load(run) if run else load_backbone(arguments.backbone, file=arguments.weights, classifier=True)
    labelling, loaded = loaded.labelling, loaded.refusing(arguments.reject, arguments.coverage, arguments.accuracy)
    searched = search(inputs)
    paths = searched.images if arguments.output is None else from_table(searched.images, arguments.output)
    refuse_to_overwrite(arguments.output, paths)
    failed: list[Failure] = []
    sheet = Sheet(arguments.sheet, paths) if arguments.sheet else None
    cuts = labelling.cuts(arguments.threshold)  # a wrong one is told before anything is read or written
    if arguments.explain is not None:
        explain.check(loaded, arguments.explain, paths)
    classifier = averaged(loaded, arguments.tta) if arguments.tta else loaded
    predictions = classifier.predictions(paths, arguments.batch_size or BATCH, arguments.threshold)
    labelled = watched(predictions, len(paths), "predicting", failed)
    remarks: list[tuple[str, str]] = []
    unknown: list[str] = []
    labelled = noting(labelled, remarks, unknown)
    labelled = sheet.gathered(labelled) if sheet else labelled
    if arguments.output is None and arguments.format is None and sys.stdout.isatty():
        to_terminal(labelled, Console())
    else:
        with writer(arguments.output) as stream:
            write(labelled, stream, form, labelling.prediction.in_table, separator_for(loaded.classes))

    with redirect_stdout(sys.stderr):  # the screen's standard output holds rows only
        where = f": {arguments.output}" if arguments.output else ""
        print(f"{len(paths) - len(failed)} of {len(paths)} images labelled{where}")
        if loaded.refusal:
            print(f"{len(unknown)} of them {UNKNOWN}: {loaded.refusal.reason}")
            if loaded.refusal.calibration.images < FEW:
                few = loaded.refusal.calibration.images
                print(f"the temperature and this threshold rest on {few} images of val, too few to rely on")
        if form == "csv" and arguments.output and "labels" in labelling.prediction.columns:
            separator = f"data.label_separator='{separator_for(loaded.classes)}'"
            print(f"read as labels of these images with  data=csv data.file={quoted(arguments.output)} {separator}")
        if classifier is not loaded:
            print(f"probabilities are the mean over {described(classifier)}")
        print(
            "".join(f"  {line}\n" for line in [*failures(failed), *remarked(remarks), *grouped(searched.left_out)]),
            end="",
        )
        if sheet:
            print(sheet.write())
        if arguments.explain is not None and len(failed) < len(paths):
            print(explain.command(classifier, inputs, paths, arguments.explain, cuts))
        if loaded.folder:
            folder = quoted(loaded.folder)
            measure = f"artesano evaluate {folder} data=folder data.root=<labelled images>"
            next_steps(f"artesano embed {folder} <images>", measure, f"artesano export {folder}")
        else:
            next_steps(
                "artesano train data=folder data.root=<one subfolder per class>   # your own classes",
                f"artesano embed --backbone {arguments.backbone} <images>",
                "artesano options",
            )
    return 1 if len(failed) == len(paths) else 0


def noting(
    predictions: Iterable[Prediction], remarks: list[tuple[str, str]], unknown: list[str]
) -> Iterator[Prediction]:
    """The same predictions; paths and remarks of images that are odd are added to `remarks`, paths to `unknown`."""
    for prediction in predictions:
        if prediction.remark:
            remarks.append((prediction.path or "", prediction.remark))
        if not prediction.known:
            unknown.append(prediction.path or "")
        yield prediction


def write(
    predictions: Iterable[Prediction],
    stream: TextIO,
    form: Literal["csv", "json"],
    columns: Sequence[str] = COLUMNS,
    separator: str = JOINT,
) -> None:
    """Write rows as they come. In CSV a list of labels is one column of JSON, since class names may hold any sign.

    Args:
        columns: of a CSV.
        separator: between the labels of an image in the column `label` of a CSV.
    """
    if form == "json":
        separator = "["
        for prediction in predictions:
            row = {
                column: [{"label": label, "probability": probability} for label, probability in value]
                if isinstance(value, list)
                else value
                for column, value in prediction.row().items()
            }
            stream.write(separator + "\n  " + as_json(row))
            separator = ","
        stream.write("\n]\n" if separator == "," else "[]\n")
        return
    write_row = table_writer(stream)
    write_row(columns)
    for prediction in predictions:
        row = prediction.row() | {"label": prediction.cell(separator)}
        write_row([in_cell(row[column], prediction.error) for column in columns])


def separator_for(classes: Sequence[str]) -> str:
    """What no class has in its name, to stand between the labels of an image."""
    return next(sign for sign in SEPARATORS if not any(sign in name for name in classes))


def in_cell(value: Any, error: str | None) -> Any:
    """A list as JSON; nothing for the empty lists of a file that could not be read."""
    if not isinstance(value, list):
        return value
    return "" if error is not None else json.dumps(value, ensure_ascii=False)


def as_json(row: dict[str, Any]) -> str:
    r"""On one line. A path that is no UTF-8 is escaped (`\udcf1`), so that Python reads the same name again."""
    return json.dumps(row, ensure_ascii=readable(str(row["path"])) != str(row["path"]))


def from_table(paths: Sequence[str], output: str) -> list[str]:
    """The paths as a table in this place names them: absolute where the table lies in another folder than this one."""
    here = expanded(output).absolute().parent.resolve() == Path.cwd().resolve()
    return list(paths) if here else [os.path.abspath(path) for path in paths]


def output_format(output: str | None, form: Literal["csv", "json"] | None) -> Literal["csv", "json"]:
    """`--format`, else the file's ending, else CSV.

    Raises:
        BadInput: an ending that is neither .csv nor .json, without `--format`.
    """
    if form is not None:
        return form
    ending = Path(output).suffix.lower() if output else ".csv"
    if ending not in (".csv", ".json"):
        raise BadInput(f"--output {output}: the ending must be .csv or .json, or give --format csv|json.")
    return ending[1:]  # type: ignore[return-value]


def refuse_to_overwrite(output: str | None, paths: Sequence[str]) -> None:
    """An image of the user's is never written to."""
    if output is not None and expanded(output).resolve() in {Path(path).resolve() for path in paths}:
        raise BadInput(f"--output {output} is one of the images; originals are never written to.")
