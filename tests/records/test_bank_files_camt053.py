"""camt.053 as banks send it [92], from version .001.02 on, and as nobody should send it."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.records.bank_files import statement as limits
from admin_app.records.bank_files.camt053 import read_camt053
from admin_app.records.bank_files.kinds import BankFileKind, kind_of

OURS = "DE89370400440532013000"
CLARA = "NL91ABNA0417164300"


def an_entry(
    amount="100.00",
    *,
    direction="CRDT",
    day="2026-03-02",
    status="<Sts>BOOK</Sts>",
    reference="AS-1",
    number="",
    details="",
    more="",
    text="",
    currency="EUR",
):
    booked = f"<BookgDt><Dt>{day}</Dt></BookgDt>" if day else ""
    return (
        f"<Ntry>{f'<NtryRef>{number}</NtryRef>' if number else ''}<Amt Ccy='{currency}'>{amount}</Amt>"
        f"<CdtDbtInd>{direction}</CdtDbtInd>{more}{status}{booked}<ValDt><Dt>2026-03-03</Dt></ValDt>"
        f"{f'<AcctSvcrRef>{reference}</AcctSvcrRef>' if reference else ''}<BkTxCd/>{details}"
        f"{f'<AddtlNtryInf>{text}</AddtlNtryInf>' if text else ''}</Ntry>"
    )


def a_detail(
    amount="", *, name="Clara Client", text="Invoice 2026-7", party="<Nm>{}</Nm>", more="", end="E2E-7"
):
    return (
        f"<TxDtls><Refs><EndToEndId>{end}</EndToEndId></Refs>{amount}{more}"
        f"<RltdPties><Dbtr>{party.format(name)}</Dbtr><DbtrAcct><Id><IBAN>{CLARA}</IBAN></Id></DbtrAcct>"
        f"<Cdtr><Nm>Our firm</Nm></Cdtr><CdtrAcct><Id><IBAN>{OURS}</IBAN></Id></CdtrAcct></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


def a_statement(*entries, opening=None, closing=None, identifier="S-1", account=OURS, head=""):
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>CRDT"
        f"</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, amount, day in (("OPBD", opening, "2026-03-01"), ("CLBD", closing, "2026-03-31"))
        if amount
    )
    return (
        f"<Stmt><Id>{identifier}</Id><ElctrncSeqNb>3</ElctrncSeqNb>{head}<Acct><Id><IBAN>{account}</IBAN></Id>"
        f"<Ccy>EUR</Ccy></Acct>{balances}{''.join(entries)}</Stmt>"
    )


@pytest.fixture
def file(tmp_path):
    def write(*statements, version="02", start='<?xml version="1.0" encoding="UTF-8"?>', prefix=""):
        root = f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        path = tmp_path / f"statement{len(list(tmp_path.iterdir()))}.xml"
        path.write_text(
            f"{start}{root}<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr>{''.join(statements)}"
            "</BkToCstmrStmt></Document>"
        )
        return path

    return write


def lines_of(path: Path):
    return [line for statement in read_camt053(path) for line in statement.lines]


def test_a_payment_is_read_with_all_that_the_bank_tells_of_it(file):
    path = file(
        a_statement(an_entry(details=f"<NtryDtls>{a_detail()}</NtryDtls>"), opening="50.00", closing="150.00")
    )

    (statement,) = read_camt053(path)

    assert kind_of(path) is BankFileKind.CAMT053
    assert (statement.account, statement.currency, statement.identifier) == (OURS, "EUR", "S-1")
    assert (statement.from_on, statement.to_on) == (date(2026, 3, 1), date(2026, 3, 31))
    assert (statement.opening, statement.closing) == (Money(5000, "EUR"), Money(15000, "EUR"))
    assert not statement.errors and not statement.remarks and statement.is_last
    (line,) = statement.lines
    assert line.booked_on == date(2026, 3, 2) and line.valued_on == date(2026, 3, 3)
    assert line.amount == Money(10000, "EUR")
    assert (line.counterparty, line.counterparty_account) == ("Clara Client", CLARA)
    assert (line.reference, line.end_to_end_id, line.bank_reference) == ("Invoice 2026-7", "E2E-7", "AS-1")
    assert not line.is_batch and not line.is_reversal and line.account == OURS


@pytest.mark.parametrize(
    ("version", "status", "party"),
    [
        ("02", "<Sts>BOOK</Sts>", "<Nm>{}</Nm>"),
        ("04", "<Sts>BOOK</Sts>", "<Nm>{}</Nm>"),
        ("08", "<Sts><Cd>BOOK</Cd></Sts>", "<Pty><Nm>{}</Nm></Pty>"),
        ("13", "<Sts><Cd>BOOK</Cd></Sts>", "<Pty><Nm>{}</Nm></Pty>"),
    ],
)
def test_every_version_of_the_format_says_the_same(file, version, status, party):
    entry = an_entry(
        status=status, details=f"<NtryDtls>{a_detail(party=party, name='Zoë & Söhne')}</NtryDtls>"
    )
    path = file(a_statement(entry.replace(" & ", " &amp; ")), version=version)

    (line,) = lines_of(path)

    assert line.counterparty == "Zoë & Söhne" and line.amount == Money(10000, "EUR")


def test_namespaces_may_be_prefixed_or_missing(tmp_path, file):
    plain = file(a_statement(an_entry())).read_text()
    without = tmp_path / "without"
    without.write_text(plain.replace(' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"', ""))
    prefixed = tmp_path / "prefixed"
    prefixed.write_text(
        plain.replace("</", "</n:").replace("<", "<n:").replace("<n:/n:", "</n:").replace("<n:?", "<?")
        .replace(" xmlns=", " xmlns:n=")
    )  # fmt: skip

    assert [line.fingerprint for line in lines_of(prefixed)] == [
        line.fingerprint for line in lines_of(without)
    ]
    assert len(lines_of(without)) == 1


def test_what_went_out_is_negative_and_names_who_was_paid(file):
    details = (
        "<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Our firm</Nm></Dbtr><Cdtr><Nm>Timber Ltd</Nm></Cdtr>"
        "<CdtrAcct><Id><Othr><Id>12 34</Id></Othr></Id></CdtrAcct></RltdPties></TxDtls></NtryDtls>"
    )

    (line,) = lines_of(
        file(a_statement(an_entry("12.5", direction="DBIT", details=details, text="Standing order")))
    )

    assert line.amount == Money(-1250, "EUR")
    assert (line.counterparty, line.counterparty_account) == ("Timber Ltd", "1234")
    assert line.reference == "Standing order"


def test_a_reversal_goes_the_other_way_and_keeps_its_parties(file):
    # A direct debit that was returned: money leaves again, the client is still the debtor.
    returned = an_entry(
        "80.00",
        direction="DBIT",
        more="<RvslInd>true</RvslInd>",
        details="<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Clara Client</Nm></Dbtr><Cdtr><Nm>Our firm</Nm></Cdtr>"
        "</RltdPties></TxDtls></NtryDtls>",
    )

    (line,) = lines_of(file(a_statement(returned)))

    assert line.is_reversal and line.amount == Money(-8000, "EUR") and line.counterparty == "Clara Client"


def test_a_batch_is_taken_apart_where_the_bank_gives_the_amounts(file):
    new = a_detail("<Amt Ccy='EUR'>60.00</Amt>", name="Clara", end="NOTPROVIDED")
    old = a_detail(
        more="<AmtDtls><InstdAmt><Amt Ccy='USD'>44.00</Amt></InstdAmt>"
        "<TxAmt><Amt Ccy='EUR'>40.00</Amt></TxAmt></AmtDtls>",
        name="Otto",
    )
    entry = an_entry(details=f"<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>{new}{old}</NtryDtls>")

    (statement,) = read_camt053(file(a_statement(entry, opening="1.00", closing="101.00")))

    assert [(line.counterparty, line.amount.minor, line.end_to_end_id) for line in statement.lines] == [
        ("Clara", 6000, ""),
        ("Otto", 4000, "E2E-7"),
    ]
    assert not any(line.is_batch for line in statement.lines) and statement.remarks == ()


def test_a_detail_of_a_batch_may_go_the_other_way(file):
    paid = a_detail("<Amt Ccy='EUR'>130.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>")
    fee = a_detail("<Amt Ccy='EUR'>30.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>", name="Provider")

    lines = lines_of(file(a_statement(an_entry(details=f"<NtryDtls>{paid}{fee}</NtryDtls>"))))

    assert [line.amount.minor for line in lines] == [13000, -3000]


def two_details(first, second):
    return f"<NtryDtls>{a_detail(first, text='A')}{a_detail(second, text='B')}</NtryDtls>"


@pytest.mark.parametrize(
    "details",
    [
        "<NtryDtls><Btch><NbOfTxs>3</NbOfTxs></Btch></NtryDtls>",
        two_details("", ""),
        two_details("<Amt Ccy='EUR'>1.00</Amt>", "<Amt Ccy='EUR'>2.00</Amt>"),
        two_details("<Amt Ccy='USD'>50.00</Amt>", "<Amt Ccy='EUR'>50.00</Amt>"),
    ],
)
def test_a_batch_that_cannot_be_taken_apart_stays_one_sum(file, details):
    (line,) = lines_of(file(a_statement(an_entry(details=details))))

    assert line.is_batch and line.amount == Money(10000, "EUR")
    assert line.reference in ("", "A B")


def test_a_structured_reference_is_kept_apart_and_in_the_text(file):
    remittance = (
        "<RmtInf><Ustrd>Thank</Ustrd><Ustrd>you</Ustrd><Strd><RfrdDocInf><Nb>2026-7</Nb></RfrdDocInf><CdtrRefInf>"
        "<Ref>RF18539007547034</Ref></CdtrRefInf><AddtlRmtInf>June</AddtlRmtInf></Strd></RmtInf>"
    )
    entry = an_entry(details=f"<NtryDtls><TxDtls>{remittance}</TxDtls></NtryDtls>")

    (line,) = lines_of(file(a_statement(entry)))

    assert line.creditor_reference == "RF18539007547034"
    assert line.reference == "Thank you RF18539007547034 2026-7 June"


def test_for_whom_a_payer_acts_is_named_behind_him(file):
    parties = "<RltdPties><UltmtDbtr><Nm>Clara</Nm></UltmtDbtr><Dbtr><Nm>A Bank</Nm></Dbtr></RltdPties>"

    (line,) = lines_of(
        file(a_statement(an_entry(details=f"<NtryDtls><TxDtls>{parties}</TxDtls></NtryDtls>")))
    )

    assert line.counterparty == "A Bank / Clara"


@pytest.mark.parametrize(
    ("inside", "says"), [("", "holds no statement"), (an_entry(), "outside of a statement")]
)
def test_a_message_without_a_statement_is_refused(file, inside, says):
    with pytest.raises(Invalid, match=says):
        lines_of(file(inside))


def test_entries_that_are_not_booked_are_counted_and_left_out(file):
    path = file(
        a_statement(
            an_entry(status="<Sts>PDNG</Sts>"),
            an_entry(status="<Sts><Cd>INFO</Cd></Sts>"),
            an_entry("0.00"),
            an_entry(status=""),
        )
    )

    (statement,) = read_camt053(path)

    assert (statement.pending, statement.empty, len(statement.lines)) == (2, 1, 1)


def test_a_file_may_hold_several_accounts_and_a_statement_twice(file):
    other = a_statement(an_entry("7.00"), account="FR1420041010050500013M02606", identifier="S-2")
    path = file(a_statement(an_entry()), other, a_statement(an_entry()), a_statement(identifier="S-3"))

    statements = list(read_camt053(path))

    assert [(s.identifier, len(s.lines)) for s in statements] == [
        ("S-1", 1),
        ("S-2", 1),
        ("S-1", 0),
        ("S-3", 0),
    ]
    assert statements[1].lines[0].account == "FR1420041010050500013M02606"
    assert statements[2].remarks == ("The statement S-1 stands twice in the file; it was read once",)


def test_the_same_line_of_two_overlapping_files_has_one_fingerprint(file):
    # [M31] The number of the entry within its statement differs from file to file; blanks and capitals may.
    first = file(a_statement(an_entry("5.00", day="2026-03-01"), an_entry(number="2")))
    second = file(a_statement(an_entry(number="1"), an_entry("9.00", day="2026-03-04"), identifier="S-9"))

    known = {line.fingerprint for line in lines_of(first)}
    new = [line for line in lines_of(second) if line.fingerprint not in known]

    assert [line.amount.minor for line in new] == [900]


def test_two_equal_payments_of_one_day_stay_two(file):
    twice = a_statement(an_entry(reference=""), an_entry(reference=""))
    again = a_statement(
        an_entry(reference=""), an_entry(reference=""), an_entry(reference="", day="2026-03-05")
    )

    first, second = lines_of(file(twice)), lines_of(file(again))

    assert len({line.fingerprint for line in first}) == 2
    assert [line.fingerprint for line in second[:2]] == [line.fingerprint for line in first]
    assert len({line.fingerprint for line in second}) == 3


@pytest.mark.parametrize(
    ("bad", "field", "says"),
    [
        (an_entry("ten"), "amount", "not an amount"),
        (an_entry("10.005"), "amount", "more decimals"),
        (an_entry("-5.00"), "amount", "negative"),
        (an_entry(currency="XXQ"), "amount", "XXQ"),
        (an_entry(direction="UP"), "amount", "CRDT"),
        (an_entry(day="2026-02-30"), "booked_on", "calendar"),
        (an_entry(day="").replace("<ValDt><Dt>2026-03-03</Dt></ValDt>", ""), "booked_on", "no booking date"),
    ],
)
def test_a_bad_entry_is_named_and_the_others_are_read(file, bad, field, says):
    path = file(a_statement(an_entry("1.00"), bad, an_entry("2.00"), opening="1.00", closing="200.00"))

    (statement,) = read_camt053(path)

    assert [line.amount.minor for line in statement.lines] == [100, 200]
    (error,) = statement.errors
    assert (error.place, error.field) == (2, field) and says in error.sentence
    assert error.sentence.startswith("Entry 2: ") and statement.remarks == ()


def test_balances_that_the_lines_do_not_explain_are_remarked(file):
    (statement,) = read_camt053(file(a_statement(an_entry(), opening="50.00", closing="150.01")))

    assert statement.remarks == ("The balances differ by 0.01 EUR from the sum of the lines",)


def test_an_entry_without_a_booking_date_counts_on_its_value_date(file):
    (line,) = lines_of(file(a_statement(an_entry(day=""))))

    assert line.booked_on == date(2026, 3, 3)


def test_times_of_day_are_the_banks_own(file):
    late = an_entry().replace("<Dt>2026-03-02</Dt>", "<DtTm>2026-03-02T23:59:59+01:00</DtTm>")

    assert lines_of(file(a_statement(late)))[0].booked_on == date(2026, 3, 2)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize(
    "start", [BOMB, "<!DOCTYPE Document>", "<!DOCTYPE Document SYSTEM 'http://localhost/x.dtd'>"]
)
def test_a_doctype_is_refused_before_anything_is_read(file, start):
    # security.md, "Uploads": no entities, no network, no DTD.
    path = file(a_statement(an_entry(text="&c;" if start == BOMB else "")), start=start)

    with pytest.raises(Invalid, match="DOCTYPE"):
        kind_of(path)
    with pytest.raises(Invalid, match="DOCTYPE"):
        lines_of(path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-80],
        lambda text: text.replace("</Stmt>", "</Stm>"),
        lambda text: text.replace("AS-1", "&nbsp;"),
        lambda text: text.replace("AS-1", "\x00"),
        lambda text: text.replace("AS-1", "<a>" * 5_000 + "</a>" * 5_000),
    ],
    ids=["cut off", "closed wrongly", "unknown entity", "NUL", "too deep"],
)
def test_broken_xml_is_refused_whole(file, spoil):
    path = file(a_statement(an_entry()))
    path.write_text(spoil(path.read_text()))

    with pytest.raises(Invalid, match="broken"):
        lines_of(path)


def test_a_novel_in_the_reference_is_cut_and_made_one_line(file):
    (line,) = lines_of(file(a_statement(an_entry(text="first\n\tline\u202e" + "x" * 5_000))))

    assert line.reference.startswith("first line xxx") and len(line.reference) == limits.LONGEST_REFERENCE


def test_a_long_statement_comes_in_parts_that_add_up(file):
    entry = an_entry("1.00", reference="", details=f"<NtryDtls>{a_detail()}</NtryDtls>")
    count = 2 * limits.PART + 10
    path = file(a_statement(*[entry] * count, opening="1.00", closing=f"{count + 1}.00"))

    parts = list(read_camt053(path))

    assert [len(part.lines) for part in parts] == [limits.PART, limits.PART, 10]
    assert [(part.part, part.is_last) for part in parts] == [(1, False), (2, False), (3, True)]
    assert len({line.fingerprint for part in parts for line in part.lines}) == count
    assert not any(part.remarks for part in parts)


READ_AND_TELL = """
import resource, sys
from pathlib import Path
from admin_app.records.bank_files.camt053 import read_camt053
print(sum(len(part.lines) for part in read_camt053(Path(sys.argv[1]))))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_huge_file_needs_the_memory_of_one_entry(file):
    detail = a_detail(text="x" * 1_500)
    entries = a_statement(*[an_entry(reference="", details=f"<NtryDtls>{detail}</NtryDtls>")] * 12_000)
    small, large = file(a_statement(an_entry())), file(entries)
    assert large.stat().st_size > 20_000_000

    (one, before), (many, after) = (
        subprocess.run(
            [sys.executable, "-c", READ_AND_TELL, str(path)], capture_output=True, text=True, check=True
        ).stdout.split()
        for path in (small, large)
    )

    assert (one, many) == ("1", "12000")
    assert (int(after) - int(before)) * 1024 < large.stat().st_size
