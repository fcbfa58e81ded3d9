"""Where mail and SMS providers bring what clients answer: /hooks/mail and /hooks/sms (design section 8).

No cookie and no form token opens these: the signature does, over exactly the bytes that came.  Without a key in the
settings there is no such address.  A message that was brought before is answered like the first time.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnsupportedMediaType

from admin_app.gateways.signatures import mail_is_signed, sms_is_signed, sms_token
from admin_app.kernel.actor import SYSTEM
from admin_app.kernel.errors import Invalid, NotAllowed, NotFound
from admin_app.models.base import OfficeSession
from admin_app.services.inbound.keep_files import keep_files
from admin_app.services.inbound.read_mail import LARGEST_MAIL, read_mail
from admin_app.services.inbound.take_in_mail import known_before, take_in_mail
from admin_app.services.inbound.take_in_sms import take_in_sms
from admin_app.storage.folder import FolderStorage
from admin_app.web.access import public
from admin_app.web.company import clock, office_session
from admin_app.web.login import release_transaction, settings

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")

RAW_MAIL = "message/rfc822"
LARGEST_SMS = 200_000
"""Bytes of a form about one text message."""
LONGEST_ID = 120
NOTHING = "There is nothing here"
FORGED = "The signature does not hold, or is older than five minutes"
NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""To an SMS provider: nothing is to be sent back; a confirmation goes through the outbox."""


@hooks.post("/mail")
@public
def mail() -> ResponseReturnValue:
    """A raw mail, signed in X-Sawhorse-Timestamp and X-Sawhorse-Signature (see gateways/signatures.py)."""
    key = settings().hook_key
    if not key:
        raise NotFound(NOTHING)
    request.max_content_length = LARGEST_MAIL
    body = request.get_data(cache=False)
    stamp = request.headers.get("X-Sawhorse-Timestamp", "")
    if not mail_is_signed(key, stamp, body, request.headers.get("X-Sawhorse-Signature", ""), clock().now()):
        raise NotAllowed(FORGED)
    if request.mimetype != RAW_MAIL:
        raise UnsupportedMediaType
    read = read_mail(body)
    if known_before(hook_session(), read) is not None:
        return jsonify(fate="known before")
    # Files are judged and pictures shrunk while nobody waits for the database.
    release_transaction()
    read, kept = keep_files(FolderStorage(settings().files), read)
    taken = take_in_mail(hook_session(), read, kept, settings().secret_key, clock())
    return jsonify(fate=taken.fate.value, why=taken.why)


@hooks.post("/sms")
@public
def sms() -> ResponseReturnValue:
    """A text message as a form (From, Body, MessageSid), signed in X-Twilio-Signature with our account's token."""
    token = sms_token(settings().sms_url or "")
    if not token:
        raise NotFound(NOTHING)
    request.max_content_length = request.max_form_memory_size = LARGEST_SMS
    fields = list(request.form.items(multi=True))
    if not sms_is_signed(token, _public_address(), fields, request.headers.get("X-Twilio-Signature", "")):
        raise NotAllowed(FORGED)
    named = request.form.get("MessageSid", "")
    if not named.isascii() or not named.isprintable() or not 1 <= len(named) <= LONGEST_ID:
        raise Invalid("MessageSid is missing")
    pictures = request.form.get("NumMedia", "")
    take_in_sms(
        hook_session(),
        request.form.get("From", ""),
        request.form.get("Body", ""),
        named,
        clock(),
        pictures=int(pictures) if pictures.isascii() and pictures.isdigit() and len(pictures) < 3 else 0,
    )
    return Response(NO_ANSWER, mimetype="text/xml")


def hook_session() -> OfficeSession:
    """The request's session, in which the program itself acts: whoever brings a message is nobody here."""
    session = office_session()
    session.info.update(actor=SYSTEM, door="hook")
    return session


def _public_address() -> str:
    """The address under which the provider knows this page; it is part of what it signs."""
    home = settings().public_url
    if home is None:
        return request.url
    query = request.query_string.decode("latin-1")
    return f"{home}{request.path}{'?' + query if query else ''}"
