"""What the API is given by whoever builds the program, and how it is added to it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, current_app
from flask_smorest import Api, Blueprint

from app.work.people.roles import Actor

_KEY = "vekha.api"


@dataclass(frozen=True)
class Caller:
    """Who asks and when, as the rest of the program knows it."""

    actor: Callable[[], Actor]
    now: Callable[[], datetime]


class _Api(Api):  # type: ignore[misc]  # flask-smorest is not typed
    """flask-smorest without its own answers to failures: the program has one table for them."""

    def _register_error_handlers(self) -> None:
        """Leave failures to the program."""


def init_app(app: Flask, *, caller: Caller, blueprints: Iterable[Blueprint]) -> None:
    """Add the API with its description."""
    app.config.update(
        API_TITLE="Vekha",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.extensions[_KEY] = caller
    api = _Api(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)


def caller() -> Caller:
    """Return who asks."""
    return cast(Caller, current_app.extensions[_KEY])
