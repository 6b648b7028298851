"""Finds the built style sheets and scripts, whose names carry a hash of their content."""

import json
import logging
from functools import lru_cache
from pathlib import Path

from flask import Flask, url_for

log = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().parent / "static" / "bundles"
ENTRIES = {"app": "src/app_bundle.js", "viewer": "src/viewer.js"}


@lru_cache(maxsize=1)
def built_names() -> dict[str, str]:
    """Return what was built: `app.css` → `app-aNh8l3Kr.css`; empty where nothing was built yet."""
    try:
        manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        log.warning("The bundles of the pages are missing; build them with: make bundles")
        return {}
    names = {}
    for name, source in ENTRIES.items():
        names[f"{name}.js"] = manifest[source]["file"]
        names[f"{name}.css"] = manifest[source]["css"][0]
    return names


def bundle_url(name: str) -> str:
    """Return the address of `app.css`, `app.js`, `viewer.css` or `viewer.js`.

    Raises:
        KeyError: no bundle has this name.
    """
    names = built_names()
    built = names[name] if names else name
    return url_for("static", filename=f"bundles/{built}")


def register(app: Flask) -> None:
    """Let templates say `{{ bundle_url('app.css') }}`."""
    app.jinja_env.globals["bundle_url"] = bundle_url
