"""Builds the Flask app: settings, database, languages, guards, one error table."""

from datetime import timedelta
from importlib import import_module

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect

from app.api import tasks as api_tasks
from app.api.door import Caller
from app.api.door import init_app as init_api
from app.kernel.db import db
from app.kernel.settings import Settings
from app.reports.scope import WATCHING_ROLES
from app.web import (
    account,
    addresses,
    bundles,
    cases,
    clock,
    cycles,
    dates,
    diagrams,
    failures,
    files,
    frame,
    guards,
    headers,
    health,
    help,
    home,
    inbox,
    incidents,
    language,
    language_switch,
    login,
    matrix,
    notices,
    office_words,
    people,
    processes,
    public,
    remarks,
    school_lists,
    sent_forms,
    session,
    task_words,
    tasks,
    today,
    words,
)
from app.web.guards import Guard, register
from app.web.limits import limiter
from app.work.people.roles import Role

__all__ = ["Guard", "create_app", "register"]

# Every room that has tables; imported here so that migrations and `create_all` see all of them.
ROOMS_WITH_TABLES = (
    "app.work.deadlines",
    "app.work.documents",
    "app.work.forms",
    "app.work.history",
    "app.work.notifications",
    "app.work.people",
    "app.work.remarks",
    "app.work.tasks",
    "app.engine.definitions",
    "app.engine.instances",
    "app.engine.timers",
    "app.programme.consultations",
    "app.programme.cycles",
    "app.programme.diagnosis",
    "app.programme.roadmaps",
)

csrf = CSRFProtect()
migrate = Migrate(directory="migrations", render_as_batch=True, compare_type=True)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the app for `settings`, or for what the environment says."""
    settings = settings or Settings.from_environment()
    app = Flask("app", static_folder="web/static", template_folder="web/templates")
    _configure(app, settings)
    addresses.init_app(app)
    sent_forms.init_app(app)
    for room in ROOMS_WITH_TABLES:
        import_module(f"{room}.models")
    db.init_app(app)
    migrate.init_app(app, db)
    headers.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    session.init_app(app)
    language.init_app(app)
    for part in (frame, dates, words, task_words, office_words):
        part.init_app(app)
    bundles.register(app)
    failures.init_app(app)
    _register_pages(app)
    _register_api(app)
    frame.share_macros(app)
    return app


def _register_pages(app: Flask) -> None:
    """Add every group of pages, each behind its guard; here one sees who may enter what."""
    for open_page in (health, home, help, login, language_switch, public):
        register(app, open_page.blueprint, guard=guards.public)
    for personal in (inbox, tasks, remarks, files, cases, notices, account, clock, diagrams):
        register(app, personal.blueprint, guard=guards.signed_in)
    for watching in (matrix, today):
        register(app, watching.blueprint, guard=guards.holds(*WATCHING_ROLES))
    for regional in (cycles, school_lists):
        register(app, regional.blueprint, guard=guards.holds(Role.REGIONAL_COORDINATOR))
    for administrative in (people, incidents):
        register(app, administrative.blueprint, guard=guards.holds(Role.ADMINISTRATOR))
    register(app, processes.blueprint, guard=guards.holds(Role.PROCESS_DESIGNER))


def _register_api(app: Flask) -> None:
    """Add what programs ask; nobody is sent to a login page there."""
    asked_by = Caller(actor=session.actor, now=session.now)
    init_api(app, caller=asked_by, blueprints=(api_tasks.blueprint,))
    guards.guard_blueprint(app, "api-docs", guards.public)
    guards.guard_blueprint(app, api_tasks.blueprint.name, _signed_in_or_401)


def _signed_in_or_401() -> ResponseReturnValue | None:
    return None if session.visitor() else failures.answer(401)


def _configure(app: Flask, settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    app.extensions["settings"] = settings
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SESSION_COOKIE_NAME="vekha",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        SESSION_REFRESH_EACH_REQUEST=False,
        # The login session ends on the server; a form may be open as long as that.
        WTF_CSRF_TIME_LIMIT=None,
        # Ten files of the largest size in one form, beside the text.
        MAX_CONTENT_LENGTH=10 * settings.max_upload_bytes + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=5000,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        # The limiter has a name of its own for a Redis on a unix socket.
        RATELIMIT_STORAGE_URI=settings.redis_url.replace("unix://", "redis+unix://", 1) or "memory://",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
