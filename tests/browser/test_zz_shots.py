import re
from dataclasses import replace
import pytest
from admin_app.kernel.clock import SystemClock
from admin_app.models import *
from admin_app.web.clients import COOKIE
from tests.browser.test_paying_story import *
from tests.services.checkout.doing import a_saved_card, work
from tests.services.checkout.test_saved_cards import a_plan, charge
from tests.portal.test_invoices import credit
from tests.signing import sign_in_as

def test_shots(browser, till, serve, ann):
    address = open_shop(till, serve)
    till.provider.hook_url=None
    card = a_saved_card(till)
    plan=a_plan(till, card)
    second = till.invoice("1240.50","310", title="Crown reduction of the two ashes along the lane, and the hedge", tax_names=("VAT",))
    third = till.invoice("80", title="Hedge")
    with till.rows() as s:
        b=s.get_one(Brand, till.brand); b.phone="+44 20 7946 0000"; b.email="hello@north.test"; b.bank_name="Bayerische Landesbank"; b.invoice_closing="Thank you for your trust."
    credit(till, second, "30")
    till.pay_by_bank("500", second)
    till.provider.declines=["Your card has insufficient funds."]
    charge(till, third, card.id, ann); work(till)
    waiting = begin(till.come_in(), till, second)
    quar = begin(till.come_in(), till, second)
    client = till.come_in()
    pid=lambda k,n: till.public_id(k,n)
    paths = {
      "list": "/portal/invoices/", "open": f"/portal/invoices/{pid(Invoice,second)}", "declined": f"/portal/invoices/{pid(Invoice,third)}",
      "paid": f"/portal/invoices/{pid(Invoice,till.invoices[0])}", "statement": "/portal/statement", "payments":"/portal/payments/",
      "receipt": f"/portal/receipts/{pid(Payment,1)}", "credit": f"/portal/credit-notes/{pid(CreditNote,1)}", "cards":"/portal/cards/",
      "waiting": f"/portal/pay/{quar.public_id}?asked=1", "thanks": f"/portal/pay/{pid(Checkout,1)}", "left": f"/portal/pay/{waiting.public_id}",
    }
    cookie = client.get_cookie(COOKIE, path="/portal").value
    for w in (390,1280):
        for scheme in ("light","dark"):
            ctx = browser.new_context(viewport={"width":w,"height":844 if w==390 else 900}, color_scheme=scheme, java_script_enabled=True)
            ctx.add_cookies([{"name":COOKIE,"value":cookie,"domain":"127.0.0.1","path":"/portal"}])
            page = ctx.new_page()
            for name, path in paths.items():
                page.goto(address+path)
                page.screenshot(path=f"/tmp/shots/{name}-{w}-{scheme}.png", full_page=True)
            ctx.close()
    staff = till.app.test_client(); sign_in_as(staff)
    names=[c for c in staff._cookies.values()] if hasattr(staff,'_cookies') else []
    ctx = browser.new_context(viewport={"width":1280,"height":900})
    ctx.add_cookies([{"name":c.key,"value":c.value,"domain":"127.0.0.1","path":"/"} for c in names])
    page=ctx.new_page()
    for name,path in {"st-brand":f"/admin/settings/brands/{till.brand}/card-payments","st-invoice":f"/admin/invoices/details/?id={third}","st-proj":f"/admin/projects/{till.project}/invoice?bill={third}","st-charge":f"/admin/billing/invoices/{second}/charge-card","st-stop":f"/admin/billing/charges/{till.all_of(Checkout)[1].id}/stop"}.items():
        page.goto(address+path); page.screenshot(path=f"/tmp/shots/{name}.png", full_page=True)
