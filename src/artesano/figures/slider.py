"""A page to compare methods: each image with a slider between two of them, in one self-contained file."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from PIL import Image

from artesano.figures.strips import Columns, as_rgb, check_columns, fitted

LARGEST = 1024  # px of a side, beyond which images are shrunk by a whole number
LOSSLESS = 512 * 512  # px up to which images are PNG; larger ones are JPEG of high quality


def slider_page(
    columns: Columns,
    path: str | os.PathLike,
    captions: Sequence[str] | None = None,
    *,
    title: str = "Before and after",
    before: str | None = None,
    after: str | None = None,
) -> None:
    """Write one self-contained HTML file; equal input gives equal bytes.

    Which two columns are compared is chosen at the page's top. The sliders are range inputs: they move by touch, by
    mouse and by the arrow keys. The page follows the reader's light or dark setting.

    Args:
        columns: as for `figures.strips.strips`; all in the size of the last.
        captions: one for each image.
        before, after: titles of the columns shown first; None = the first, and the one before the last (the last
            where there are only two), since the truth stands last.

    Raises:
        ValueError: no images, columns or captions of different length, or no such column.
    """
    number, titles = check_columns(columns, captions), list(columns)
    before = titles[0] if before is None else before
    after = titles[-2 if len(titles) > 2 else -1] if after is None else after
    if unknown := {before, after} - set(titles):
        raise ValueError(f"no column {unknown.pop()}, but {', '.join(titles)}")
    figures, sources = [], []
    for row in range(number):
        images = [as_rgb(images[row]) for images in columns.values()]
        pictures = [Image.fromarray(fitted(image, images[-1])) for image in images]
        caption = captions[row] if captions is not None else f"image {row + 1}"
        sources.append([_inline(picture) for picture in pictures])
        shown = dict(zip(titles, sources[-1], strict=True))
        figures.append(_figure(caption, pictures[0].size, (before, after), (shown[before], shown[after])))
    page = PAGE.substitute(
        title=escape(title),
        before=_options(titles, before),
        after=_options(titles, after),
        figures="\n".join(figures),
        titles=_script(titles),
        sources=_script(sources),
    )
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(page, encoding="utf-8")


def _figure(caption: str, size: tuple[int, int], names: tuple[str, str], shown: tuple[str, str]) -> str:
    width, height = size
    return FIGURE.substitute(
        caption=escape(caption),
        width=width,
        height=height,
        before=escape(names[0]),
        after=escape(names[1]),
        before_source=shown[0],
        after_source=shown[1],
    )


def _inline(picture: Image.Image) -> str:
    """A data: address."""
    shrink = -(-max(picture.size) // LARGEST)
    if shrink > 1:
        picture = picture.reduce(shrink)
    file = io.BytesIO()
    lossless = picture.width * picture.height <= LOSSLESS
    if lossless:
        picture.save(file, format="PNG", optimize=True)
    else:
        picture.save(file, format="JPEG", quality=95, subsampling=0)
    return f"data:image/{'png' if lossless else 'jpeg'};base64,{base64.b64encode(file.getvalue()).decode()}"


def _options(titles: list[str], chosen: str) -> str:
    marks = {True: " selected", False: ""}
    return "".join(
        f'<option value="{k}"{marks[name == chosen]}>{escape(name)}</option>' for k, name in enumerate(titles)
    )


def _script(value: object) -> str:
    """JSON that is safe inside of a script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


FIGURE = Template("""<figure>
<div class="pair" style="aspect-ratio: ${width} / ${height}">
<img class="after" src="${after_source}" width="${width}" height="${height}" alt="${caption}: ${after}">
<img class="before" src="${before_source}" width="${width}" height="${height}" alt="${caption}: ${before}">
<span class="line"></span>
<input type="range" min="0" max="100" value="50" aria-label="${caption}: share of the left image">
</div>
<figcaption>${caption}</figcaption>
</figure>""")

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; --ink: #22303c; --paper: #ffffff; --muted: #5b6a76; --mark: #d9822b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf1; --paper: #14191d; --muted: #9fb0bc; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif;
  color: var(--ink); background: var(--paper); }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; }
header { position: sticky; top: 0; z-index: 2; padding: .5rem 0; background: var(--paper); }
header label { display: inline-block; margin-right: 1rem; }
select { font: inherit; min-height: 2.5rem; max-width: 60vw; }
main { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); }
figure { margin: 0; }
figcaption { color: var(--muted); overflow-wrap: anywhere; }
.pair { --x: 50%; position: relative; width: 100%; overflow: hidden; border-radius: 4px; }
.pair img { position: absolute; inset: 0; width: 100%; height: 100%; image-rendering: pixelated; }
.before { clip-path: inset(0 calc(100% - var(--x)) 0 0); }
.line { position: absolute; top: 0; bottom: 0; left: var(--x); width: 3px; margin-left: -1.5px; background: var(--mark);
  pointer-events: none; }
.line::after { content: ""; position: absolute; top: 50%; left: 50%; width: 1.6rem; height: 1.6rem; border-radius: 50%;
  transform: translate(-50%, -50%); background: var(--mark); border: 2px solid #ffffff; }
/* the thumb is as wide as a finger and stands out by half of it, so that it lies over the line everywhere */
.pair input { position: absolute; top: 0; left: -22px; width: calc(100% + 44px); height: 100%; margin: 0; opacity: 0;
  cursor: ew-resize; touch-action: pan-y; appearance: none; -webkit-appearance: none; }
.pair input::-webkit-slider-runnable-track { height: 100%; }
.pair input::-webkit-slider-thumb { -webkit-appearance: none; width: 44px; height: 100%; }
.pair input::-moz-range-track { height: 100%; }
.pair input::-moz-range-thumb { width: 44px; height: 100%; border: 0; }
.pair:focus-within { outline: 3px solid var(--mark); outline-offset: 2px; }
</style>
</head>
<body>
<h1>${title}</h1>
<header>
<label>left <select id="before">${before}</select></label>
<label>right <select id="after">${after}</select></label>
</header>
<main>
${figures}
</main>
<script>
const titles = ${titles};
const sources = ${sources};
const figures = document.querySelectorAll("figure");
figures.forEach((figure) => {
  const pair = figure.querySelector(".pair");
  const slider = figure.querySelector("input");
  slider.addEventListener("input", () => pair.style.setProperty("--x", slider.value + "%"));
});
for (const side of ["before", "after"]) {
  document.getElementById(side).addEventListener("change", (event) => {
    figures.forEach((figure, row) => {
      const image = figure.querySelector("img." + side);
      image.src = sources[row][event.target.value];
      image.alt = figure.querySelector("figcaption").textContent + ": " + titles[event.target.value];
    });
  });
}
</script>
</body>
</html>
""")
