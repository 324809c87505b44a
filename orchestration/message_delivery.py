"""Hands a message to a mail server or to a chat's incoming webhook, and says plainly why it was not taken."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

TIMEOUT_SECONDS = 15.0


class DeliveryError(Exception):
    """A message was not accepted; the message names no address of a webhook and no password."""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail; the subtype is that of text, such as "html"."""

    name: str
    text: str
    subtype: str


@dataclass(frozen=True)
class Mail:
    """A mail to one person."""

    to_name: str
    to_address: str
    subject: str
    text: str
    language: str = "en"
    attachments: Sequence[Attachment] = ()


def post_webhook(url: str, message: dict[str, Any]) -> None:
    """Post a message as JSON; only https, or http to this machine, since the address is a secret.

    Raises:
        DeliveryError: the address is not allowed, or the message was not accepted.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts)):
        raise DeliveryError("a webhook's address must begin with https://")
    try:
        answer = httpx.post(url, json=message, timeout=TIMEOUT_SECONDS, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DeliveryError(f"the webhook did not answer ({type(error).__name__})") from None
    if not answer.is_success:
        raise DeliveryError(f"the webhook answered with status {answer.status_code}")


def send_mail(smtp_url: str, sender: str, mail: Mail, tls: ssl.SSLContext | None = None) -> None:
    """Send a mail, over TLS always unless the server is on this machine.

    Args:
        smtp_url: smtp://user:password@host:587, which must offer STARTTLS, or smtps://user:password@host:465.
        tls: how the server's certificate is judged; default: by the machine's own authorities.

    Raises:
        DeliveryError: the server cannot be reached, refuses the login or does not take the mail.
    """
    parts = urlsplit(smtp_url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise DeliveryError(
            "STOCKTAKE_SMTP_URL must be smtp://user:password@host:587 or smtps://user:password@host:465"
        )
    tls = tls or ssl.create_default_context()
    try:
        message = _message(sender, mail)
        with _connected(parts, tls) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            refused = server.send_message(message)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
        raise DeliveryError(f"the mail server did not take the mail ({type(error).__name__}{code})") from None
    if refused:
        raise DeliveryError("the mail server refused the address")


def _connected(parts: SplitResult, tls: ssl.SSLContext) -> smtplib.SMTP:
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=tls)
    server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT_SECONDS)
    try:
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=tls)
        elif not _is_this_machine(parts):
            raise DeliveryError("the mail server offers no STARTTLS; use one that does, or smtps://")
    except BaseException:
        server.close()
        raise
    return server


def _message(sender: str, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = formataddr((mail.to_name, mail.to_address))
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid("stocktake")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    for attached in mail.attachments:
        message.add_attachment(attached.text, subtype=attached.subtype, filename=attached.name)
    # Last, because an attachment moves the headers about content into the part with the text.
    message["Content-Language"] = mail.language
    return message


def _is_this_machine(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
