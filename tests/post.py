"""A mail server for tests that speaks SMTP and keeps what it is given."""

from asyncio import Server
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class PostOffice:
    """What has arrived.

    Attributes:
        refuses: answers every mail with «no» for now.
    """

    url: str = ""
    refuses: bool = False
    letters: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Take one mail."""
        if self.refuses:
            return "451 Not now"
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.letters.append(message)
        return "250 Taken"


class OnFreePort(Controller):
    """A controller that lets the system choose the port."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call] # aiosmtpd's own


def open_post_office() -> tuple[PostOffice, Controller]:
    """Start a mail server on a free port; the caller stops the controller."""
    office = PostOffice()
    controller = OnFreePort(office, hostname="127.0.0.1", port=0)
    controller.start()
    office.url = f"smtp://127.0.0.1:{controller.port}"
    return office, controller
