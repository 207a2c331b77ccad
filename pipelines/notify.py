"""Tell somebody: a POST to a webhook, an e-mail, or both, with the standard library alone."""

import json
import smtplib
from email.message import EmailMessage
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import Request, urlopen

from pipelines.settings import Settings

SECONDS_TO_WAIT = 30


class NotSent(Exception):
    """A message could not be sent. Names the way, never the address: a webhook's address is a secret."""


def notify(settings: Settings, subject: str, text: str) -> list[str]:
    """Send by every way that is set; return their names. Raises NotSent after all have been tried."""
    sent: list[str] = []
    failed: list[str] = []
    if settings.alert_webhook:
        try:
            _post(settings.alert_webhook, text)
            sent.append("webhook")
        except (URLError, HTTPException, OSError, ValueError) as error:
            failed.append(f"webhook ({type(error).__name__})")
    if settings.alert_email_to and settings.smtp_host:
        try:
            _mail(settings, subject, text)
            sent.append("e-mail")
        except (smtplib.SMTPException, OSError) as error:
            failed.append(f"e-mail ({type(error).__name__})")
    if failed:
        raise NotSent(f"Not sent by {' nor by '.join(failed)}. Check the SENDSET_ALERT_… and SENDSET_SMTP_… settings.")
    return sent


def _post(address: str, text: str) -> None:
    if not address.startswith(("https://", "http://")):
        raise ValueError("a webhook is a web address")
    body = json.dumps({"text": text}).encode()
    with urlopen(Request(address, body, {"Content-Type": "application/json"}), timeout=SECONDS_TO_WAIT):
        return


def _mail(settings: Settings, subject: str, text: str) -> None:
    message = EmailMessage()
    message["Subject"], message["To"] = subject, settings.alert_email_to
    message["From"] = settings.alert_email_from or settings.alert_email_to
    message.set_content(text)
    with smtplib.SMTP(settings.smtp_host, timeout=SECONDS_TO_WAIT) as server:
        server.send_message(message)
