"""A letter with pictures: the same words, each picture in its place, nothing of what people typed run [125]."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

from admin_app.outbox.pictured import place_of, show_pictures

PNG = b"\x89PNG not really"


def letter(body: str, *names: str) -> EmailMessage:
    mail = EmailMessage()
    mail.set_content(body)
    show_pictures(mail, body, [(name, PNG, "image/png") for name in names])
    read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def html_of(mail: EmailMessage) -> str:
    found = mail.get_body(("html",))
    assert found is not None
    return str(found.get_content())


def test_a_picture_stands_where_the_text_names_it_and_the_line_above_tells_it():
    mail = letter(f"Dear Ann,\n\nCash: 100 & more\n{place_of('cash.png')}\n\nBye\n", "cash.png")

    html = html_of(mail)
    assert html.index("Dear Ann") < html.index('alt="Cash: 100 &amp; more"') < html.index("Bye")
    assert html.count("Cash: 100") == 1
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "Cash: 100 & more\n[picture: cash.png]" in plain.get_content()


def test_a_picture_that_the_text_does_not_name_stands_at_the_end_and_one_named_twice_once():
    html = html_of(letter("[picture: a.png]\n[picture: a.png]\n[picture: gone.png]\n", "a.png", "b.png"))

    assert html.count("<img") == 2
    assert html.index('alt="a.png"') < html.index('alt="b.png"')
    assert "[picture: gone.png]" in html


def test_what_people_typed_is_text_and_addresses_are_links():
    html = html_of(letter('<script>x</script> see https://office.example/a?b=1&c="2" now', "a.png"))

    assert "<script>" not in html
    assert '<a href="https://office.example/a?b=1&amp;c=">' in html
