"""The words that hold until the company writes its own: one mail for every purpose, and a text where one makes sense.

What stands in [[double brackets]] is left out where a placeholder in it has no value.
"""

from __future__ import annotations

from collections.abc import Mapping

from admin_app.models import Channel, MessagePurpose

P = MessagePurpose

_GREETING = "Dear {{contact}},\n\n"
_CLOSING = "\n\nKind regards\n[[{{sender}}]]\n{{brand}}\n[[{{phone}}]]\n"
_QUESTIONS = "\n\nIf anything is unclear, simply answer this mail[[ or call {{phone}}]]."


def _mail(subject: str, body: str, questions: str = _QUESTIONS) -> tuple[str, str]:
    return subject, f"{_GREETING}{body}{questions}{_CLOSING}"


_MAILS: Mapping[MessagePurpose, tuple[str, str]] = {
    P.ESTIMATE: _mail(
        "Estimate {{number}}[[: {{title}}]]",
        "Thank you for asking us. Attached is our estimate {{number}}[[ for “{{title}}”]]. "
        "It comes to {{amount}}[[ and is valid until {{due}}]].\n\n[[Look at it and sign: {{link}}]]",
        "\n\nIf it suits you, a short answer to this mail is enough, and we find a date together. If something should "
        "be different, tell us and we change it.",
    ),
    P.ESTIMATE_REMINDER: _mail(
        "Our estimate {{number}}[[: {{title}}]]",
        "A while ago we sent you our estimate {{number}}[[ for “{{title}}”]]. We would like to know whether it "
        "suits you, or whether something is missing.[[ It is valid until {{due}}.]] It is attached once more.\n\n"
        "[[Look at it, sign it or tell us what to change: {{link}}]]",
        "\n\nAn answer in a few words helps us to plan, also when it is a no.",
    ),
    P.INVOICE: _mail(
        "Invoice {{number}}[[: {{title}}]]",
        "Attached is our invoice {{number}}[[ for “{{title}}”]].[[ {{open}} is due by {{due}}.]] "
        "How to pay is printed on it.\n\n[[See and pay: {{link}}]]",
        "\n\nThank you for your trust. If anything is unclear, simply answer this mail[[ or call {{phone}}]].",
    ),
    P.INVOICE_SOON_DUE: _mail(
        "Invoice {{number}} is due on {{due}}",
        "A short note ahead of time: our invoice {{number}} is due on {{due}}. {{open}} is still open.\n\n"
        "[[See and pay: {{link}}]]\n\nIf the money is on its way already, there is nothing left to do.",
    ),
    P.INVOICE_OVERDUE: _mail(
        "Invoice {{number}} is overdue",
        "Our invoice {{number}} was due on {{due}}, and {{open}} is still open. Perhaps it slipped through; the "
        "invoice is attached once more.\n\n[[See and pay: {{link}}]]\n\n"
        "If you have paid by now, take this mail as read. If something stands in the way, tell us, and we look for a "
        "solution together.",
        "",
    ),
    P.CREDIT_NOTE: _mail(
        "Credit note {{number}}",
        "Attached is our credit note {{number}} over {{amount}}. It lowers what you owe us, or stays with us as your "
        "credit.\n\n[[See it here: {{link}}]]",
    ),
    P.RECEIPT: _mail(
        "Receipt for your payment of {{amount}}",
        "Thank you: your payment of {{amount}} arrived[[ on {{day}}]]. The receipt is attached.\n\n"
        "[[You find it here as well: {{link}}]]",
    ),
    P.APPOINTMENT: _mail(
        "Your appointment on {{day}} at {{time}}",
        "We have noted this appointment with you:\n\n"
        "{{title}}\n{{day}}, {{time}}\n[[{{place}}]]\n[[{{who_comes}} comes to you.]]\n\n"
        "[[Confirm it or ask to move it: {{link}}]]",
        "\n\nIf the time does not suit you, answer this mail[[ or call {{phone}}]], and we find another one.",
    ),
    P.APPOINTMENT_MOVED: _mail(
        "New time: {{day}} at {{time}}",
        "We had to move our appointment. It is now:\n\n"
        "{{title}}\n{{day}}, {{time}}\n[[{{place}}]]\n[[{{who_comes}} comes to you.]]\n\n"
        "[[Confirm it or ask to move it: {{link}}]]",
        "\n\nWe are sorry for the change. If the new time does not suit you, answer this mail[[ or call {{phone}}]].",
    ),
    P.APPOINTMENT_CALLED_OFF: _mail(
        "Called off: {{title}} on {{day}}",
        "The appointment “{{title}}” on {{day}} at {{time}} does not take place. We are sorry for the trouble, and "
        "come back to you with another date where one is needed.",
    ),
    P.APPOINTMENT_REMINDER: _mail(
        "Reminder: {{day}} at {{time}}",
        "We look forward to seeing you:\n\n"
        "{{title}}\n{{day}}, {{time}}\n[[{{place}}]]\n[[{{who_comes}} comes to you.]]\n\n"
        "[[Confirm it or ask to move it: {{link}}]]",
        "\n\nIf something came up, let us know as early as you can[[, best by phone: {{phone}}]].",
    ),
    P.START_DATE: _mail(
        "Your work starts on {{day}}",
        "We have planned your work[[ “{{title}}”]]. We start on {{day}} at about {{time}}[[ at {{place}}]].\n\n"
        "It helps if the place is free and can be reached by then.\n\n[[Follow your job here: {{link}}]]",
    ),
    P.START_DATE_MOVED: _mail(
        "New start: {{day}}",
        "The start of your work[[ “{{title}}”]] has moved. We now begin on {{day}} at about {{time}}"
        "[[ at {{place}}]].\n\nWe are sorry for the change.\n\n[[Follow your job here: {{link}}]]",
    ),
    P.TASK: _mail(
        "{{title}}",
        "A word about “{{title}}”[[, which is planned until {{due}}]]:\n",
    ),
    P.CALL_REQUEST: (
        "Call back: {{caller}}",
        "Hello {{contact}},\n\n{{caller}} asks to be called[[ on {{caller_phone}}]] about “{{title}}”.\n\n"
        "[[{{details}}]]\n\n{{company}}\n",
    ),
    P.PORTAL_ACCESS: _mail(
        "Your project “{{title}}” with {{brand}}",
        "We have opened the project “{{title}}” to you: proposals, dates and invoices about it may be sent to you "
        "from now on, for you to look at and to answer.[[ You find it here: {{link}}]]",
    ),
    P.FREE: _mail("[[{{title}}]]", "", ""),
}

_TEXTS: Mapping[MessagePurpose, str] = {
    P.ESTIMATE: "{{brand}}: your estimate {{number}} over {{amount}} is in your mail[[, valid until {{due}}]]. "
    "Questions?[[ Call {{phone}}.]]",
    P.ESTIMATE_REMINDER: "{{brand}}: does our estimate {{number}} suit you? A short answer helps us to plan."
    "[[ It is valid until {{due}}.]]",
    P.INVOICE: "{{brand}}: invoice {{number}} is in your mail.[[ {{open}} is due by {{due}}.]] Thank you.",
    P.INVOICE_SOON_DUE: "{{brand}}: invoice {{number}} is due on {{due}}, {{open}} is still open. Thank you.",
    P.INVOICE_OVERDUE: "{{brand}}: invoice {{number}} was due on {{due}}, {{open}} is still open. If you have paid by "
    "now, thank you.[[ Questions: {{phone}}]]",
    P.RECEIPT: "{{brand}}: your payment of {{amount}} arrived. Thank you.",
    P.APPOINTMENT: "{{brand}}: {{title}} on {{day}}, {{time}}[[, {{place}}]].[[ Does not suit? {{phone}}]]",
    P.APPOINTMENT_MOVED: "{{brand}}: new time for {{title}}: {{day}}, {{time}}[[, {{place}}]]."
    "[[ Does not suit? {{phone}}]]",
    P.APPOINTMENT_CALLED_OFF: "{{brand}}: {{title}} on {{day}}, {{time}} does not take place. We come back to you.",
    P.APPOINTMENT_REMINDER: "{{brand}}: see you on {{day}}, {{time}}: {{title}}[[, {{place}}]]."
    "[[ Questions: {{phone}}]]",
    P.START_DATE: "{{brand}}: your work starts on {{day}} at about {{time}}[[, {{place}}]].",
    P.START_DATE_MOVED: "{{brand}}: the start of your work has moved to {{day}} at about {{time}}.",
    P.TASK: "{{brand}}: {{title}}[[, planned until {{due}}]].",
    P.CALL_REQUEST: "Call back: {{caller}}[[, {{caller_phone}}]]. {{title}}",
    P.FREE: "{{brand}}: ",
}

SHIPPED: Mapping[tuple[MessagePurpose, Channel], tuple[str, str]] = {
    **{(purpose, Channel.MAIL): words for purpose, words in _MAILS.items()},
    **{(purpose, Channel.SMS): ("", words) for purpose, words in _TEXTS.items()},
}
"""Purpose and channel → subject and body; a text message has no subject."""
