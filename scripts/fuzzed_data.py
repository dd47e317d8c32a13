"""One random folder of images as people have them, a function of (seed, number)."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

KINDS = ("folder", "csv", "sr_folder", "paired_folder", "unpaired_folder")
SHARES = (0.66, 0.16, 0.06, 0.06, 0.06)
ENDINGS = ("png", "png", "png", "jpg", "JPG", "jpeg", "jfif", "webp", "bmp", "gif", "tif", "TIFF", "ppm", "jp2")
ENDINGS += ("avif", "tga", "ico")
MODES = ("RGB", "RGB", "RGB", "RGB", "L", "RGBA", "P", "1", "LA", "CMYK", "I;16", "F", "LAB")
CLASSES = ("cat", "dog", "fox", "Año (1)", "x=y", "  blanks", "[b]", "bus", "0", "café")
STEMS = ("{}", "IMG_{:04d}", "a b {}", "año{}", "x,y {}", "=cmd{}", "{}[red]", "日本{}", "{}: note")
LITTER = (".DS_Store", "Thumbs.db", "._0.jpg", "@eaDir/0.jpg", "__MACOSX/._0.png", ".ipynb_checkpoints/0.png")
LITTER += ("$RECYCLE.BIN/0.png", "lost+found/0.png", ".git/0.png", "desktop.ini")
OTHERS = ("notes.txt", "labels.xml", "photo.heic", "film.mp4", "noending", "more.zip", "paper.pdf", "raw.CR2", "a.part")
BROKEN = ("empty", "text", "cut", "nan", "five channels", "dead link", "folder")
PARTS = (("train", "test"), ("train", "dev"), ("Training", "Testing"), ("training_set", "test_set"), ("train",))
PARTS += (("train", "val", "test"), ("train", "holdout"), ("train", "extra"), ("train", "training"))
PARTS += (("cars_train", "cars_test"), ("test", "val"))


@dataclass
class Case:
    """A folder and the words that name it.

    Args:
        words: `data=…` and its options.
        train: which training is tried on it.
        traits: what was put into it, for a message.
        beside: files that are no data: the table itself.
        listed: only files of a table count.
    """

    root: Path
    kind: str
    words: list[str]
    train: str
    traits: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    listed: bool = False


def fuzzed(home: Path, seed: int, number: int) -> Case:
    """Make the folder `home/data`."""
    random = np.random.default_rng([seed, number])
    kind = str(random.choice(KINDS, p=SHARES))
    root = home / "data"
    root.mkdir(parents=True)
    return {"folder": _folder, "csv": _table}.get(kind, _pairs)(random, root, kind)


def _folder(random: np.random.Generator, root: Path, kind: str) -> Case:
    case = Case(root, kind, ["data=folder", f"data.root={root}"], "gan" if random.random() < 0.1 else "transfer")
    classes = list(random.choice(CLASSES, int(random.integers(2, 4)), replace=False))
    parts = _chosen(random, PARTS) if random.random() < 0.4 else ("",)
    many = int(random.integers(2, 12))
    for part in parts:
        for name in classes:
            _images(random, root / part / name, many)
    case.traits += [*parts, *classes, f"{many} each"]
    _spoil(random, root, case)
    return case


def _table(random: np.random.Generator, root: Path, kind: str) -> Case:
    names = list(random.choice(CLASSES, 2, replace=False))
    rows = [(path, name) for name in names for path in _images(random, root / "pictures" / name, 8)]
    _spoil(random, root, case := Case(root, kind, [], "transfer", listed=True))
    separator = _chosen(random, (",", ";", "\t", "|"))
    lines = [f"path{separator}label"]
    for path, name in rows:
        inside = os.path.relpath(path, root)
        inside = inside.replace("/", "\\") if random.random() < 0.05 else inside
        quoted = f'"{inside}"' if random.random() < 0.9 else inside
        lines.append(f"{quoted}{separator}{name}{' ' * int(random.integers(0, 2))}")
    for trait, chance in (("gone", 0.3), ("twice", 0.2), ("two labels", 0.1), ("blank", 0.1), ("long", 0.1)):
        if random.random() < chance:
            case.traits.append(trait)
            first = f'"{os.path.relpath(rows[0][0], root)}"'
            lines += {
                "gone": [f"gone{row}.png{separator}{names[0]}" for row in range(30)],
                "twice": [f"{first}{separator}{rows[0][1]}"],
                "two labels": [f"{first}{separator}{names[1]}"],
                "blank": ["", f"{separator}"],
                "long": [f"{first}{separator}{rows[0][1]}{separator}more"],
            }[trait]
    encoding = _chosen(random, ("utf-8", "utf-8-sig", "utf-16", "latin-1"))
    content = _chosen(random, ("\n", "\r\n")).join(lines)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    (root / "table.csv").write_bytes(content.encode(encoding, errors))
    case.words += ["data=csv", f"data.file={root / 'table.csv'}"]
    case.traits += [repr(separator), encoding]
    case.beside.append(str(root / "table.csv"))
    return case


def _pairs(random: np.random.Generator, root: Path, kind: str) -> Case:
    train = {"sr_folder": "srgan", "paired_folder": "pix2pix", "unpaired_folder": "cyclegan"}[kind]
    case = Case(root, kind, [f"data={kind}", f"data.root={root}"], train)
    many, size = int(random.integers(6, 16)), (int(random.integers(16, 40)), int(random.integers(16, 40)))
    if kind == "sr_folder":
        for part in _chosen(random, PARTS) if random.random() < 0.4 else ("",):
            _images(random, root / part, many, size)
            case.traits.append(part)
    else:
        before = _chosen(random, ("train", "Training_", "train/", ""))
        for side in "AB":
            _images(np.random.default_rng(7), root / f"{before}{side}", many, size)
        case.traits.append(f"{before}A")
    _spoil(random, root, case)
    return case


def _chosen(random: np.random.Generator, some: tuple) -> object:
    return some[int(random.integers(len(some)))]


def _images(random: np.random.Generator, folder: Path, count: int, size: tuple[int, int] | None = None) -> list[Path]:
    """Files of one or of many kinds; of one size or of many."""
    folder.mkdir(parents=True, exist_ok=True)
    one = _chosen(random, ENDINGS) if random.random() < 0.6 else None
    stem = str(_chosen(random, STEMS))
    paths = []
    for row in range(count):
        sides = size or (int(random.integers(1, 60)), int(random.integers(1, 60)))
        path = folder / f"{stem.format(row)}.{one or _chosen(random, ENDINGS)}"
        pixels = random.integers(0, 256, (*sides, 3), dtype=np.uint8)
        mode = str(_chosen(random, MODES)) if size is None else "RGB"
        _save(Image.fromarray(pixels), mode, path)
        paths.append(path)
    return paths


def _save(image: Image.Image, mode: str, path: Path) -> None:
    """In this mode if the format has it, else in colour."""
    if mode == "I;16":
        other = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    elif mode == "F":
        other = Image.fromarray((np.asarray(image.convert("L")) / 255).astype(np.float32))
    elif mode == "LAB":
        other = Image.frombytes("LAB", image.size, image.tobytes())
    else:
        other = image.convert(mode)
    form = {"jfif": "JPEG"}.get(path.suffix[1:].lower())
    try:
        other.save(path, form)
    except (OSError, ValueError, KeyError):
        image.save(path, form)


def _spoil(random: np.random.Generator, root: Path, case: Case) -> None:
    """Litter, other files, broken ones, links, odd names, loose images: a few of each, or none."""
    homes = sorted({path.parent for path in root.rglob("*") if path.is_file()})
    files = sorted(path for path in root.rglob("*") if path.is_file())

    def into(name: str, content: bytes) -> None:
        path = _chosen(random, tuple(homes)) / name  # type: ignore[operator]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    picture = files[0].read_bytes()
    for name in random.choice(LITTER, int(random.integers(0, 3)), replace=False):
        into(str(name), picture)
        case.traits.append(str(name))
    for name in random.choice(OTHERS, int(random.integers(0, 3)), replace=False):
        into(str(name), b"text")
        case.traits.append(str(name))
    if random.random() < 0.5:
        for how in random.choice(BROKEN, int(random.integers(1, 4))):
            _break(random, files[int(random.integers(len(files)))], str(how))
            case.traits.append(str(how))
    if random.random() < 0.05:
        home = homes[0]
        for path in sorted(home.iterdir()):
            _break(random, path, "empty")
        case.traits.append(f"all of {home.name} empty")
    if random.random() < 0.2:
        home = _chosen(random, tuple(homes))
        link = home / "link"  # type: ignore[operator]
        target = str(_chosen(random, ("..", ".", str(root), "../..", str(files[-1]))))
        os.symlink(target, str(link) + (".png" if target == str(files[-1]) else ""))
        case.traits.append(f"link to {target}")
    if random.random() < 0.2 and files[-1].is_file():
        os.rename(files[-1], os.path.join(os.fsencode(files[-1].parent), b"a\xf1o" + os.fsencode(files[-1].suffix)))
        case.traits.append("a name that is no UTF-8")
    if case.kind == "folder" and random.random() < 0.1:
        name = unicodedata.normalize("NFD", "café")
        _images(random, homes[0].parent / name, 4)
        case.traits.append("decomposed letters")
    if random.random() < 0.1:
        (root / f"loose{files[0].suffix}").write_bytes(picture)
        case.traits.append("loose image")


def _break(random: np.random.Generator, path: Path, how: str) -> None:
    if path.is_symlink() or not path.is_file():
        return
    if how == "empty":
        path.write_bytes(b"")
    elif how == "text":
        path.write_bytes(b"this is no image")
    elif how == "cut":
        path.write_bytes(path.read_bytes()[: max(9, int(random.integers(path.stat().st_size or 1)))])
    elif how == "nan":
        Image.fromarray(np.full((20, 20), np.nan, np.float32)).save(path, "TIFF")
    elif how == "five channels":
        import tifffile

        tifffile.imwrite(path, np.zeros((20, 20, 5), np.uint8), photometric="minisblack", planarconfig="contig")
    else:
        path.unlink()
        if how == "folder":
            path.mkdir()
        else:
            os.symlink("gone", path)
