"""What the diagram says about a task, in the reader's language."""

from flask import Flask
from flask_babel import get_locale

from app.work.tasks.models import Task


def task_title(task: Task) -> str:
    """Return the task's label in the diagram."""
    return _said(task, "name_en") or task.title


def task_about(task: Task) -> str:
    """Return what tells several of the same apart."""
    return _said(task, "about_en_text") or task.about


def task_why(task: Task) -> str:
    """Return why the task is asked, one or two sentences; empty where the diagram does not say."""
    return _said(task, "why_en") or str(task.properties.get("why") or "")


def _said(task: Task, name: str) -> str:
    return str(task.properties.get(name) or "") if str(get_locale()) == "en" else ""


def init_app(app: Flask) -> None:
    """Let templates use them."""
    app.jinja_env.globals.update(task_title=task_title, task_about=task_about, task_why=task_why)
