"""The README's two pictures, of runs that exist: the GIF of a GAN, and the top of a comparison's page in Chromium.

artesano train gan=cdcgan max_steps=1500 samples_every=125
artesano train -m strategy=freeze,partial,full seed=0,1 image_size=64 data.fraction=0.2 epochs=3
artesano compare outputs/transfer --html report.html
python scripts/readme_pictures.py outputs/gan/<run> report.html
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WINDOW = {"width": 1200, "height": 1100}


def main(run: str, page: str) -> None:
    """Write docs/images/timelapse.gif and docs/images/compare.webp."""
    smaller(Path(run) / "plots" / "timelapse.gif", IMAGES / "timelapse.gif")
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport=WINDOW)
        window.goto(Path(page).absolute().as_uri())
        window.wait_for_timeout(3000)  # plots draw themselves
        shot = Image.open(io.BytesIO(window.screenshot()))
        browser.close()
    shot.save(IMAGES / "compare.webp", quality=80, method=6)


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
    main(*sys.argv[1:])
