"""Services that people use already: mail, Slack, Telegram, Matrix, ntfy and a hundred more, each by one address, through apprise.

Mail is sent from here, with apprise's reading of the address: apprise gives each try another Message-ID, tells no reason, and
sends one form of the text; a mail needs the same Message-ID for every try, so that a mail store that knows it keeps one.
"""

import asyncio
import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

import apprise
from apprise.plugins.email import NotifyEmail

from ..alerts import Message
from ..errors import SettingsError
from .base import Channel, Refusal

# Python folds a long subject in front of its first word, and some readers show the space; 998 is what a line may have
_POLICY = SMTP.clone(max_line_length=500)
# apprise logs addresses and what servers said, and its HTTP client paths; nothing of it may reach our log
for _name in ("apprise", "urllib3"):
    logging.getLogger(_name).disabled = True
    logging.getLogger(_name).setLevel(logging.CRITICAL)
    logging.getLogger(_name).propagate = False
logging.getLogger("urllib3.connectionpool").disabled = True


@dataclass(frozen=True, slots=True)
class ServiceChannel:
    """A service by apprise. It takes no key, so a repeat is marked; why it refused is not told, so it may have arrived."""

    name: str
    service: Any
    is_idempotent: bool = False
    is_record: bool = False

    async def send(self, message: Message) -> Refusal | None:
        """Send title and text in the form that the service shows best."""
        is_plain = self.service.notify_format == apprise.NotifyFormat.TEXT
        sender = apprise.Apprise()
        sender.add(self.service)
        try:
            is_taken = await sender.async_notify(
                title=message.subject,
                body=message.text if is_plain else message.markdown,
                body_format=apprise.NotifyFormat.TEXT if is_plain else apprise.NotifyFormat.MARKDOWN,
            )
        except Exception as error:  # noqa: BLE001 - a hundred plugins raise what they like, and their words may hold the address
            return Refusal(type(error).__name__, is_transient=True, is_uncertain=True)
        return None if is_taken else Refusal("the service did not take it", is_transient=True, is_uncertain=True)


@dataclass(frozen=True, slots=True)
class MailChannel:
    """Mail as plain text and HTML. The Message-ID is the message's key; few mailboxes tell by it, so a repeat is marked."""

    name: str
    address: Any  # apprise's NotifyEmail: where and how, as its address says
    timeout_seconds: float
    is_idempotent: bool = False
    is_record: bool = False

    async def send(self, message: Message) -> Refusal | None:
        """Submit the mail to the server of the address."""
        return await asyncio.to_thread(self._submit, self.mail(message))

    def mail(self, message: Message) -> EmailMessage:
        """The mail of a message."""
        name, sender = self.address.from_addr
        mail = EmailMessage(policy=_POLICY)
        mail["Message-ID"] = f"<{message.message_id}@{sender.rpartition('@')[2] or 'localhost'}>"
        mail["Date"] = format_datetime(message.at)
        mail["Subject"] = message.subject
        mail["From"] = Address(display_name=name or "Ceasefire Monitor", addr_spec=sender)
        mail["To"] = [Address(display_name=name or "", addr_spec=target) for name, target in self.address.targets]
        if self.address.cc:
            mail["Cc"] = [Address(addr_spec=target) for target in sorted(self.address.cc)]
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office notes, please
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail

    def _submit(self, mail: EmailMessage) -> Refusal | None:
        is_sent = False
        to = [target for _, target in self.address.targets] + [*self.address.cc, *self.address.bcc]
        try:
            with self._connect() as server:
                if self.address.user and self.address.password:
                    server.login(self.address.user, self.address.password)
                is_sent = True
                server.send_message(mail, to_addrs=to)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            return Refusal(f"SMTP {max(codes)}", is_transient=max(codes) < 500)
        except smtplib.SMTPResponseException as error:
            return Refusal(f"SMTP {error.smtp_code}", is_transient=error.smtp_code < 500)
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            return Refusal(type(error).__name__, is_transient=True, is_uncertain=is_sent)
        return None

    def _connect(self) -> smtplib.SMTP:
        """The server, over TLS as the address asks (mailtos, mode=ssl or starttls)."""
        context = ssl.create_default_context()
        if not self.address.verify_certificate:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        host, port, timeout = self.address.smtp_host, self.address.port, self.timeout_seconds
        if self.address.secure_mode == "ssl":
            return smtplib.SMTP_SSL(host, port, timeout=timeout, context=context)
        server = smtplib.SMTP(host, port, timeout=timeout)
        if self.address.secure_mode == "starttls":
            server.starttls(context=context)
        return server


def service(name: str, url: str, timeout_seconds: float) -> Channel:
    """The channel for an address of apprise. Raises SettingsError that names the channel and never the address."""
    found = apprise.Apprise.instantiate(url)
    if found is None:
        raise SettingsError(
            "is no address that apprise knows",
            subject=f"alerts.channels.{name}",
            way_out="docs/alerts.md has examples; the address is not shown here, since it may hold a password.",
        )
    return MailChannel(name, found, timeout_seconds) if isinstance(found, NotifyEmail) else ServiceChannel(name, found)
