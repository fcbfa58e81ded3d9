"""Raw mails as mail programs and mail servers write them."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP


def a_mail(
    body: str = "Is the gate code still 1234?",
    *,
    sender: str = "Clara Client <clara@example.com>",
    to: str = "office@ashworth.test",
    subject: str = "The gate",
    message_id: str | None = "<one@example.com>",
    html: str | None = None,
    files: Sequence[tuple[str, bytes]] = (),
    **headers: str,
) -> bytes:
    """A mail as a person sends it; `headers` by name, with "_" for "-"."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    if message_id:
        mail["Message-ID"] = message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def raw(head: str, body: bytes = b"") -> bytes:
    """A mail written by hand, byte by byte."""
    return head.strip().replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body


def a_bounce(
    message_id: str, recipient: str, *, action: str = "failed", said: str = "550 5.1.1 No such user here"
) -> bytes:
    """A report of a mail server in the standard form (RFC 3464)."""
    return f"""\
From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: office@ashworth.test
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <bounce-1@mx.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; {said}

--B
Content-Type: message/rfc822

Message-ID: {message_id}
From: office@ashworth.test
To: {recipient}
Subject: Estimate E-00012

The estimate.

--B--
""".replace("\n", "\r\n").encode()
