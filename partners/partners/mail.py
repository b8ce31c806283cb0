"""E-mail over SMTP: one letter with text and HTML, and headers that let the receiver drop a second copy.

The Message-ID is made from the caller's reference, so a letter sent again after an unknown outcome is the same letter.
"""

from email.message import EmailMessage
from typing import Literal

import aiosmtplib

from chassis.clock import Clock
from partners.body import Answer, Refused, Unreachable

__all__ = ["LetterSent", "Mail"]

_PASSING = range(400, 500)


class LetterSent(Answer):
    message_id: str


class Mail:
    """Hands letters to the mail server. Refused is passing (`put-off`, 4xx) or final (`mailbox-refused`, 5xx)."""

    def __init__(
        self,
        host: str,
        port: int,
        clock: Clock,
        *,
        sender: str,
        domain: str,
        username: str | None = None,
        password: str | None = None,
        total_s: float = 10.0,
    ) -> None:
        self._host, self._port = host, port
        self._username, self._password = username, password
        self._clock = clock
        self._sender, self._domain = sender, domain
        self._total_s = total_s

    async def send(
        self,
        reference: str,
        to: str,
        subject: str,
        text: str,
        *,
        html: str | None = None,
        language: Literal["ar", "en"] = "ar",
    ) -> LetterSent:
        """Send one letter. Raises Refused, or Unreachable (`never_sent` unless the letter itself was under way)."""
        letter = self._letter(reference, to, subject, text, html, language)
        server = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            timeout=self._total_s,
            username=self._username,
            password=self._password,
        )
        try:
            await server.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unreachable("mail", type(error).__name__, never_sent=True) from error
        try:
            await server.send_message(letter)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal(error.recipients[0].code) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unreachable("mail", type(error).__name__) from error
        finally:
            server.close()
        return LetterSent(reference=reference, answered_at=self._clock.now(), message_id=letter["Message-ID"])

    def _letter(
        self, reference: str, to: str, subject: str, text: str, html: str | None, language: str
    ) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = self._sender
        letter["To"] = to
        letter["Subject"] = subject
        letter["Date"] = self._clock.now()
        letter["Message-ID"] = f"<{reference}@{self._domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        if html is not None:
            letter.add_alternative(html, subtype="html")
        # Last, because setting the content moves every Content- header into the part.
        letter["Content-Language"] = language
        return letter


def _refusal(code: int) -> Refused:
    if code in _PASSING:
        return Refused("mail", "put-off", status=429, details={"code": code})
    return Refused("mail", "mailbox-refused", status=422, details={"code": code})
