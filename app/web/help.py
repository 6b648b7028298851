"""Help: what is where, which keys there are, whom to ask."""

from flask import Blueprint, render_template

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
def index() -> str:
    """Show the help page."""
    return render_template("help.html")
