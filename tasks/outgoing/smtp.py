"""Talking to the mail server: one conversation for a round of messages, and three ways in which it may fail.

A server that is away, slow or refuses the application stops the round; a message that it puts off is tried again; one
that it refuses waits for a person.
"""

import smtplib
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from types import TracebackType
from typing import Self

from models.errors import Refused, Unavailable
from tasks.settings import settings

ANSWER_SECONDS = 15
PERMANENT = 500
CLOSING = 421


class ServerAway(Unavailable):
    """The mail server does not answer, is too slow or refuses the application: no message can leave now."""


class PutOff(Unavailable):
    """The server puts one message off (4xx): it is tried again."""


class Undeliverable(Refused):
    """One message can never leave as it is: its address or its content is refused."""


def address_for(typed: str) -> str:
    """Return an address as mail carries it, its domain without accents; an incomplete one is `Undeliverable`."""
    local, at, domain = typed.strip().rpartition("@")
    if not at or not local or not domain or any(c.isspace() or ord(c) < 32 for c in typed.strip()):
        raise Undeliverable(f"l'adresse « {_short(typed)} » n'est pas une adresse électronique complète")
    try:
        plain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise Undeliverable(f"le domaine de « {_short(typed)} » n'existe pas sous cette forme") from None
    return f"{local}@{plain}"


def as_bytes(mail: EmailMessage) -> bytes:
    """Return an e-mail as a file; addresses with accents are kept as they are (RFC 6532)."""
    return mail.as_bytes(policy=SMTP if str(mail["To"]).isascii() else SMTPUTF8)


class Conversation:
    """A conversation with the mail server, opened at the first message."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()

    def send(self, mail: EmailMessage) -> None:
        """Hand one message to the server, or raise `ServerAway`, `PutOff` or `Undeliverable`."""
        server = self.open()
        try:
            server.send_message(mail)
        except smtplib.SMTPNotSupportedError as error:
            raise self._unsupported(mail, error) from error
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _of(code, f"le serveur refuse l'adresse {mail['To']}", said) from error
        except smtplib.SMTPSenderRefused as error:
            raise ServerAway(
                f"le serveur d'envoi refuse l'expéditeur {settings().mail_from} : {_said(error.smtp_error)}"
            ) from error
        except smtplib.SMTPDataError as error:
            raise _of(error.smtp_code, "le serveur refuse le message", error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            raise ServerAway(_away(error)) from error

    def _hang_up(self) -> None:
        if self._server is not None:
            with suppress(OSError):
                self._server.close()
        self._server = None

    def _unsupported(
        self, mail: EmailMessage, error: smtplib.SMTPNotSupportedError
    ) -> ServerAway | Undeliverable:
        if str(mail["To"]).isascii():
            return ServerAway(f"le serveur d'envoi n'offre pas ce qui est réglé : {error}")
        return Undeliverable(
            f"l'adresse {mail['To']} porte des accents que le serveur d'envoi n'accepte pas (SMTPUTF8) : "
            "donnez-en une autre"
        )

    def open(self) -> smtplib.SMTP:
        """Return the conversation, begun when it is not yet; raises `ServerAway`."""
        if self._server is None:
            try:
                self._server = _begun()
            except (OSError, smtplib.SMTPException) as error:
                raise ServerAway(_away(error)) from error
        return self._server


def _begun() -> smtplib.SMTP:
    chosen = settings()
    server = smtplib.SMTP(chosen.smtp_host or "", chosen.smtp_port, timeout=ANSWER_SECONDS)
    if chosen.smtp_starttls:
        server.starttls()
    if chosen.smtp_user and chosen.smtp_password:
        server.login(chosen.smtp_user, chosen.smtp_password.get_secret_value())
    server.ehlo_or_helo_if_needed()
    return server


def _of(code: int, what: str, said: object) -> ServerAway | PutOff | Undeliverable:
    sentence = f"{what} ({code} {_said(said)})"
    if code == CLOSING:
        return ServerAway(sentence)
    return Undeliverable(sentence) if code >= PERMANENT else PutOff(sentence)


def _said(answer: object) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    return _short(" ".join(text.split()))


def _short(text: str) -> str:
    return " ".join(text.split())[:200]


def _away(error: Exception) -> str:
    host = f"{settings().smtp_host}:{settings().smtp_port}"
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return f"le serveur d'envoi {host} est trop lent : pas de réponse en {ANSWER_SECONDS} secondes"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"le serveur d'envoi {host} refuse l'identification ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"le serveur d'envoi {host} refuse la connexion ({error.smtp_code} {_said(error.smtp_error)})"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return f"le serveur d'envoi {host} a coupé la connexion"
    return f"le serveur d'envoi {host} ne répond pas ({_said(getattr(error, 'strerror', None) or error)})"
