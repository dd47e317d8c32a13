"""How the samples changed while training: one grid after another, as a GIF or a video."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from artesano.figures.fonts import TEXT, font_for
from artesano.figures.style import INK

WIDEST = 512  # pixels
MOST = 100  # frames
HOLD = 2.0  # seconds that the last frame stays
BAND = 22  # pixels under the grid, for the step


def timelapse(
    frames: Sequence[Path],
    path: str | os.PathLike,
    fps: float = 6,
    labels: Sequence[str] | None = None,
    hold: float = HOLD,
) -> None:
    """Join the grids into an animation that ends with the last one held.

    More than 100 frames are thinned evenly, and the first and the last always stay. All are drawn in the size of the
    last, at most 512 pixels wide.

    Args:
        frames: image files in their order.
        path: `….gif`, or `….mp4` where imageio-ffmpeg or PyAV is installed.
        fps: frames a second.
        labels: a line for each frame; None = `step <n>`, the last number in the file's name. Where all are empty there
            is no line at all.
        hold: seconds that the last frame stays; 0 for a closed loop.

    Raises:
        ValueError: there are no frames, the labels are not as many as the frames, the name ends in neither .gif nor
            .mp4, or no encoder for .mp4 is installed.
    """
    frames, path = list(frames), Path(path)
    if not frames:
        raise ValueError("a timelapse needs at least one frame")
    if labels is None:
        labels = [_step(Path(frame).stem) for frame in frames]
    if len(labels) != len(frames):
        raise ValueError(f"{len(labels)} labels for {len(frames)} frames")
    write = _writer(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    band = BAND if any(labels) else 0
    write([_drawn(frames[k], labels[k], frames[-1], band) for k in thinned(len(frames))], path, fps, hold)


def thinned(number: int, most: int = MOST) -> list[int]:
    """At most `most` of the indices 0 … number - 1, evenly spaced, the first and the last among them."""
    return np.linspace(0, number - 1, min(number, most)).round().astype(int).tolist()


def _step(stem: str) -> str:
    numbers = re.findall(r"\d+", stem)
    return f"step {int(numbers[-1]):,}" if numbers else ""


def _drawn(frame: Path, label: str, last: Path, band: int) -> Image.Image:
    """The frame in the size of the last one, over a white band with its label; both sides even, as videos need."""
    with Image.open(last) as picture:
        width, height = picture.size
    shrink = min(1.0, WIDEST / width)
    size = (round(width * shrink), round(height * shrink))
    with Image.open(frame) as picture:
        grid = picture.convert("RGB")
    page = Image.new("RGB", (size[0] + size[0] % 2, size[1] + band + size[1] % 2), "white")
    page.paste(grid if grid.size == size else grid.resize(size, Image.Resampling.LANCZOS))
    if band:
        place = (4, size[1] + band // 2)
        ImageDraw.Draw(page).text(place, label, fill=INK, font=font_for(label, TEXT), anchor="lm")
    return page


def _writer(path: Path) -> Callable[[list[Image.Image], Path, float, float], None]:
    if path.suffix.lower() == ".gif":
        return _write_gif
    if path.suffix.lower() != ".mp4":
        raise ValueError(f"{path.name}: a timelapse is a .gif or an .mp4")
    for package, write in [("imageio_ffmpeg", _write_with_ffmpeg), ("av", _write_with_av)]:
        if importlib.util.find_spec(package):
            return write
    raise ValueError(
        f"{path.name}: no MP4 encoder is installed; install imageio-ffmpeg (or av), or end the name with .gif"
    )


def _write_gif(pages: list[Image.Image], path: Path, fps: float, hold: float) -> None:
    """All frames in one palette and without dithering: what does not change does not flicker."""
    chosen = [pages[k] for k in thinned(len(pages), 8)]
    width, height = pages[0].size
    sheet = Image.new("RGB", (width, height * len(chosen)))
    for row, page in enumerate(chosen):
        sheet.paste(page, (0, row * height))
    palette = sheet.quantize(256, method=Image.Quantize.MEDIANCUT)
    first, *rest = [page.quantize(palette=palette, dither=Image.Dither.NONE) for page in pages]
    durations = [round(1000 / fps)] * len(rest) + [round(1000 * max(hold, 1 / fps))]
    first.save(path, format="GIF", save_all=True, append_images=rest, duration=durations, loop=0)


def _held(pages: list[Image.Image], fps: float, hold: float) -> list[Image.Image]:
    return pages + pages[-1:] * (round(hold * fps) - 1)


def _write_with_ffmpeg(pages: list[Image.Image], path: Path, fps: float, hold: float) -> None:
    import imageio_ffmpeg

    video = imageio_ffmpeg.write_frames(str(path), pages[0].size, fps=fps, macro_block_size=2)
    video.send(None)  # starts the encoder
    for page in _held(pages, fps, hold):
        video.send(page.tobytes())
    video.close()


def _write_with_av(pages: list[Image.Image], path: Path, fps: float, hold: float) -> None:
    from fractions import Fraction

    import av

    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
        video.width, video.height = pages[0].size
        video.pix_fmt = "yuv420p"
        for page in _held(pages, fps, hold):
            file.mux(video.encode(av.VideoFrame.from_image(page)))
        file.mux(video.encode())
