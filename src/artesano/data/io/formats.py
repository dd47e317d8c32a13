"""Which files are pictures, by their endings: what Pillow decodes, and HEIC where pillow-heif is installed."""

from __future__ import annotations

import functools
import os

from PIL import Image, features

# Pillow knows their endings too, but they are no pictures to learn from
MEASUREMENTS = {"BUFR", "FITS", "GRIB", "HDF5"}  # numbers without a range
DRAWINGS = {"EPS", "WMF"}  # another program would have to draw them
NO_PICTURES = MEASUREMENTS | DRAWINGS | {"IPTC", "MPEG"}  # texts on a picture, and films

HEIF = frozenset({".heic", ".heics", ".heif", ".heifs", ".hif"})
ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".rar", ".7z"})
RAW = frozenset({".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2"})


@functools.cache
def endings() -> frozenset[str]:
    """Endings that are read, in small letters, with their dot."""
    Image.init()
    accepted = {
        ending
        for ending, form in Image.registered_extensions().items()
        if form in Image.OPEN and form not in NO_PICTURES and (form != "AVIF" or features.check("avif"))
    }
    return frozenset(accepted | HEIF if reads_heic() else accepted - HEIF)


@functools.cache
def reads_heic() -> bool:
    """Is pillow-heif installed? Registers it with Pillow."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True


def ending_of(path: str) -> str:
    """`.jpg` of `a/B.JPG`."""
    return os.path.splitext(path)[1].lower()


def why_not(path: str) -> str:
    """The reason for which a file of this ending is not read."""
    ending = ending_of(path)
    if not ending:
        return "no ending"
    if ending in HEIF:
        return f"{ending} needs pillow-heif: pip install 'artesano[heic]'"
    if ending in (".avif", ".avifs"):
        return f"{ending} is not built into this Pillow: pip install --upgrade pillow"
    if ending in ARCHIVES:
        return f"{ending} must be unpacked first"
    if ending in RAW:
        return f"{ending} is raw data of a camera: convert it to TIFF or JPEG"
    return f"{ending} is no picture's ending"


def accepted_endings() -> str:
    """The usual ones first, for a message."""
    usual = ["jpg", "png", "webp", "tif", "bmp", "gif", "jp2", "ppm", "avif", "heic"]
    return f"{' '.join(name for name in usual if '.' + name in endings())} and what else Pillow reads"
