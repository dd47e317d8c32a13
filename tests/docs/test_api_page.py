"""docs/api.md is what the docstrings say."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date():
    spec = importlib.util.spec_from_file_location("api_page", ROOT / "scripts" / "api_page.py")
    api_page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(api_page)
    assert api_page.PAGE.read_text(encoding="utf-8") == api_page.page(), "run python scripts/api_page.py"
    assert "## artesano.load" in api_page.page()
