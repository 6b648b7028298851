"""Files that the program makes: always saved, never shown inside the site, kept by nobody on the way."""

from io import BytesIO

from flask import Response, send_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(data: bytes, *, name: str, media_type: str) -> Response:
    """Return the bytes as a file with a name in any alphabet."""
    response = send_file(BytesIO(data), mimetype=media_type, as_attachment=True, download_name=name, etag=False)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
