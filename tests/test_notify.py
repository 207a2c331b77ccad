"""The e-mail that tells of a failure, through a mail server of this test's own (RFC 5321, as little as is needed)."""

import email
import socketserver
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default

import pytest

from pipelines.notify import NotSent, notify
from pipelines.sensors import failure_message
from pipelines.settings import Settings


class _MailServer(socketserver.TCPServer):
    def __init__(self) -> None:
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.refuses = False
        super().__init__(("127.0.0.1", 0), _Conversation)


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _MailServer)
        self._say("220 ready")
        envelope: list[str] = []
        while line := self.rfile.readline().decode().strip():
            command = line.split(":")[0].split()[0].upper()
            if command in ("MAIL", "RCPT"):
                envelope.append(line)
                self._say("550 no such person" if self.server.refuses and command == "RCPT" else "250 fine")
            elif command == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.received.append((envelope, email.message_from_bytes(b"".join(lines), policy=default)))
                self._say("250 taken")
            else:
                self._say("221 bye" if command == "QUIT" else "250 fine")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def mail_server() -> Iterator[_MailServer]:
    with _MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def by_mail(settings: Settings, mail_server: _MailServer) -> Settings:
    host, port = mail_server.server_address[:2]
    return settings.model_copy(
        update={
            "alert_email_to": "data-team@council.example",
            "alert_email_from": "pipeline@council.example",
            "smtp_host": f"{host}:{port}",
        }
    )


def test_a_failure_is_told_by_e_mail(by_mail: Settings, mail_server: _MailServer) -> None:
    subject, text = failure_message(by_mail, "refresh", "abc-123", ["core__request"])
    assert notify(by_mail, subject, text) == ["e-mail"]
    ((envelope, message),) = mail_server.received
    assert "<pipeline@council.example>" in envelope[0] and "<data-team@council.example>" in envelope[1]
    assert (message["Subject"], message["From"]) == ("SEND data: refresh failed", "pipeline@council.example")
    assert message["To"] == "data-team@council.example"
    assert message.get_content().split() == text.split()


def test_an_e_mail_that_the_server_refuses_is_not_taken_for_sent(by_mail: Settings, mail_server: _MailServer) -> None:
    mail_server.refuses = True
    with pytest.raises(NotSent, match="e-mail") as raised:
        notify(by_mail, "subject", "text")
    assert "data-team" not in str(raised.value)
    assert not mail_server.received


def test_the_other_way_is_tried_when_one_fails(by_mail: Settings, mail_server: _MailServer) -> None:
    both = by_mail.model_copy(update={"alert_webhook": "http://127.0.0.1:9/secret-token"})
    with pytest.raises(NotSent, match=r"webhook \(URLError\)"):
        notify(both, "subject", "text")
    assert len(mail_server.received) == 1
