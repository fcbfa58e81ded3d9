"""The words in the headers of banks' CSV files: English, German, French, Spanish, Dutch; folded, without marks.

They are compared as `title_words` writes a header, so "Betrag (EUR)" and "BETRAG" are one word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from admin_app.kernel.currency import MINOR_DIGITS
from admin_app.kernel.text import fold

CAME = frozenset("c cr crdt credit credito h haben in + bij eingang gutschrift abono haber ingreso".split())
"""Words that say beside an amount that money came in, folded."""
WENT = frozenset(
    "d dr dbit dbt debit debito debet s soll out - af ausgang lastschrift cargo debe belastung".split()
)
"""Words that say that money went out."""
_ENGLISH_DATES = (
    "date; booking date; transaction date; posting date; post date; posted date; date posted; entry date; "
    "completed date; date completed; booked on; booked date"
)
_WORDS: dict[str, str] = {
    "booked_on": f"""{_ENGLISH_DATES}; buchungstag; buchungsdatum; buchung; datum; transaktionsdatum;
        date de comptabilisation; date comptable; date operation; date de l operation; date d operation;
        date de transaction; date ecriture; fecha; fecha operacion; fecha de operacion; fecha contable; f operacion;
        fecha movimiento; boekdatum; boekingsdatum; transactiedatum; transactiondate""",
    "valued_on": """value date; valuta; valutadatum; wertstellung; wertstellungstag; wertstellungsdatum; wert;
        date de valeur; date valeur; fecha valor; fecha de valor; f valor; rentedatum; valuedate""",
    "amount": """amount; transaction amount; net amount; betrag; umsatz; umsatzbetrag; montant;
        montant de l operation; montant operation; importe; importe operacion; cantidad; monto; bedrag;
        transactiebedrag; transactionamount""",
    "debit": """debit; debits; debit amount; amount debit; withdrawal; withdrawals; paid out; money out; soll;
        lastschrift; belastung; belastungen; ausgang; ausgabe; ausgaben; montant debit; montant du debit; debits euros;
        cargo; cargos; debe; adeudo; debet; uitgaven; uit; afschrijving; afgeschreven""",
    "credit": """credit; credits; credit amount; amount credit; deposit; deposits; paid in; money in; haben; gutschrift;
        gutschriften; eingang; einnahme; einnahmen; montant credit; montant du credit; abono; abonos; haber; ingreso;
        ingresos; inkomsten; in; bijschrijving; bijgeschreven""",
    "direction": """debit credit; credit debit; dr cr; cr dr; d c; c d; dc; debit credit indicator;
        credit debit indicator; direction; soll haben; s h; sh; soll haben kennzeichen; sens; debit ou credit;
        debe haber; signo; af bij; bij af; debet credit; creditdebet; debetcredit""",
    "counterparty": """name; counterparty; counterparty name; counter party; counterparty s name; beneficiary;
        beneficiary name; merchant; recipient; sender; partner; partner name; payment partner; payer payee; payee payer;
        beguenstigter zahlungspflichtiger; begunstigter zahlungspflichtiger; auftraggeber empfanger;
        auftraggeber empfaenger; auftraggeber beguenstigter; auftraggeber begunstigter; empfanger auftraggeber;
        beguenstigter auftraggeber; begunstigter auftraggeber; name zahlungsbeteiligter; zahlungsbeteiligter;
        zahlungspartner; tiers; nom; nom du tiers; contrepartie; nom contrepartie; nom de la contrepartie;
        beneficiario; nombre; contraparte; nombre contraparte; titular; naam; tegenpartij; naam tegenpartij;
        naam omschrijving; tegenrekeninghouder; name description""",
    "payer": """payer; payer name; from; ordering party; auftraggeber; zahlungspflichtiger; zahlungspflichtige r;
        donneur d ordre; emetteur; ordenante; opdrachtgever""",
    "payee": """payee; payee name; to; zahlungsempfanger; zahlungsempfaenger; zahlungsempfanger in; empfanger;
        empfaenger; beguenstigter; begunstigter; beneficiaire; destinatario; begunstigde; ontvanger""",
    "counterparty_account": """counterparty account; counterparty iban; counterparty account number; iban;
        partner iban; beneficiary account; payee account; kontonummer iban; iban kontonummer; gegenkonto;
        gegenkonto iban; iban zahlungsbeteiligter; iban des zahlungsbeteiligten; compte contrepartie;
        compte du tiers; iban contrepartie; iban du tiers; cuenta contrapartida; iban beneficiario;
        cuenta contraparte; tegenrekening; tegenrekening iban bban; iban tegenpartij; tegenrekeningnummer;
        counterparty number""",
    "text": """description; details; detail; reference; payment reference; narrative; memo; message; purpose;
        transaction description; remittance information; particulars; notifications; transaction details; buchungstext;
        verwendungszweck; vorgang verwendungszweck; buchungsdetails; buchungsinformation; umsatztext; zahlungsgrund;
        zahlungszweck; avisierungstext; mitteilung; mitteilungen; libelle; libelle operation; libelle de l operation;
        motif; communication; informations complementaires; detail de l operation; concepto; concepto ampliado;
        descripcion; observaciones; referencia; mas datos; mededelingen; mededeling; omschrijving;
        gestructureerde mededeling""",
    "end_to_end_id": """end to end reference; end to end id; endtoendid; end to end; e2e; e2e reference;
        kundenreferenz end to end; kundenreferenz; end to end referenz; reference de bout en bout;
        reference client; referencia del ordenante""",
    "bank_reference": """transaction id; transaction reference; bank reference; reference number; transaktions id;
        bankreferenz; transaktionscode; reference de l operation; numero d operation; reference banque;
        numero de operacion; numero operacion; transactiereferentie; volgnr; id""",
    "currency": "currency; wahrung; waehrung; devise; divisa; moneda; munt; muntsoort; valuta",
    "account": """own account; account; account number; account iban; account id; auftragskonto; iban auftragskonto;
        iban kontoinhaber;
        eigenes konto; compte; numero de compte; cuenta; numero de cuenta; rekening; rekeningnummer; iban bban;
        accountnumber""",
    "state": "status; state; info; etat; statut; estado",
}
FIELDS_OF: dict[str, list[str]] = {}
for _field, _block in _WORDS.items():
    for _word in _block.split(";"):
        FIELDS_OF.setdefault(" ".join(_word.split()), []).append(_field)
ENGLISH_DATE_TITLES = frozenset(_ENGLISH_DATES.split("; "))


def title_words(title: str) -> str:
    """A header as its words are compared: folded, no marks, no currency or number behind it ("Betrag (EUR)")."""
    words = re.sub(r"[^\w]+", " ", fold(title).replace("_", " ")).split()
    while len(words) > 1 and (
        words[-1].upper() in MINOR_DIGITS or words[-1].isdecimal() or words[-1] == "euros"
    ):
        words.pop()
        if len(words) > 1 and words[-1] in ("in", "en"):
            words.pop()
    return " ".join(words)


def title_currency(title: str) -> str:
    """The currency that the header of an amount names ("Betrag (EUR)", "Gutschrift in CHF"), or ""."""
    named = [word for word in re.findall(r"\b[A-Z]{3}\b", title) if word in MINOR_DIGITS]
    signs = [code for sign, code in (("€", "EUR"), ("£", "GBP")) if sign in title]
    found = {*named, *signs}
    return found.pop() if len(found) == 1 else ""


def known_fields(cells: Sequence[str]) -> set[str]:
    """Which of our fields the words of a row name: a header names several, a row of data hardly one."""
    return {field for cell in cells for field in FIELDS_OF.get(title_words(cell), [])}
