"""Sends one mail through the SMTP server of the settings."""

import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from app.kernel.errors import Invalid, Unavailable
from app.kernel.i18n import _

TIMEOUT_SECONDS = 20
DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class NotAnAddress(Invalid):
    """What should be a mail address is none, or tries to be more than one."""


class MailNotSent(Unavailable):
    """The mail server did not take the mail; it stays in the outbox and is tried again."""


@dataclass(frozen=True)
class Mail:
    """One mail to one person.

    Attributes:
        message_id: made with the row and kept, so that a mail sent twice after a crash is recognised as one;
            the sender's domain is added where it has none.
        to: one address without a display name.
        text: the whole body, plain text.
    """

    message_id: str
    to: str
    subject: str
    text: str


def send(mail: Mail, *, smtp_url: str, sender: str) -> str:
    """Send the mail and return its Message-ID.

    Args:
        mail: what to send.
        smtp_url: `smtp://host:port`, `smtp+starttls://user:password@host:587` or `smtps://…`.
        sender: the address it comes from, `Веха <vekha@example.org>` or bare.

    Raises:
        NotAnAddress: the address cannot be written in a mail.
        MailNotSent: the server is away or refused.
    """
    message = compose(mail, sender=sender)
    parts = urlsplit(smtp_url)
    host, port = parts.hostname or "localhost", parts.port or DEFAULT_PORTS.get(parts.scheme, 25)
    try:
        with _open(parts.scheme, host, port) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (smtplib.SMTPException, OSError) as failure:
        raise MailNotSent(_("The mail server did not take the mail.")) from failure
    return str(message["Message-ID"])


def compose(mail: Mail, *, sender: str) -> EmailMessage:
    """Return the mail as it travels.

    Raises:
        NotAnAddress: one of the addresses cannot be written in a mail.
    """
    name, address = parseaddr(sender)
    from_address = _address(address, display_name=name)
    message = EmailMessage()
    # One line: whatever somebody wrote in a title, it cannot become a header of its own.
    message["Subject"] = " ".join(mail.subject.split())
    message["From"] = from_address
    message["To"] = _address(mail.to)
    left, _at, right = mail.message_id.strip("<>").partition("@")
    message["Message-ID"] = f"<{left}@{right or from_address.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, charset="utf-8")
    return message


def _address(text: str, *, display_name: str = "") -> Address:
    if any(mark in text for mark in "\r\n,;<> ") or text.count("@") != 1:
        raise NotAnAddress(_("This is not a mail address: %(address)s"), address=text)
    try:
        return Address(display_name=display_name, addr_spec=text)
    except (ValueError, IndexError, MessageError) as failure:
        raise NotAnAddress(_("This is not a mail address: %(address)s"), address=text) from failure


def _open(scheme: str, host: str, port: int) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    if scheme == "smtp+starttls":
        server.starttls(context=ssl.create_default_context())
    return server
