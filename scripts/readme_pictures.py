"""The README's two pictures: the GIF of a GAN, and the page of a comparison in Chromium.

artesano train gan=cdcgan max_steps=1500 samples_every=125
python scripts/readme_pictures.py --run outputs/gan/<run>

python scripts/make_synthetic_runs.py 36 synthetic
artesano compare synthetic --html report.html
python scripts/readme_pictures.py --page report.html
"""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path

from PIL import Image

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WINDOW = {"width": 1200, "height": 1150}
CHOSEN = "#rows=strategy&x=time&metric=train%2Floss&smoothing=0.7&logy=on"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="of a GAN: docs/images/timelapse.gif")
    parser.add_argument("--page", type=Path, help="of a comparison: docs/images/compare.webp")
    args = parser.parse_args()
    if args.run:
        smaller(args.run / "plots" / "timelapse.gif", IMAGES / "timelapse.gif")
    if args.page:
        photograph(args.page.absolute().as_uri() + CHOSEN).save(IMAGES / "compare.webp", quality=80, method=6)


def photograph(address: str) -> Image.Image:
    """The top of a page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport=WINDOW)
        window.goto(address)
        window.wait_for_timeout(3000)  # plots draw themselves
        shot = window.screenshot()
        browser.close()
    return Image.open(io.BytesIO(shot))


def smaller(source: Path, target: Path) -> None:
    """The same animation in 16 greys, which takes two thirds of the bytes."""
    with Image.open(source) as animation:
        frames, milliseconds = [], []
        for number in range(animation.n_frames):
            animation.seek(number)
            frames.append(animation.convert("L").quantize(16))
            milliseconds.append(animation.info["duration"])
    frames[0].save(target, save_all=True, append_images=frames[1:], duration=milliseconds, loop=0)


if __name__ == "__main__":
    main()
