"""Service plans at the desk: signed up, looked at, paused, taken up again, ended, billed [P19, 139, M40]."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from admin_app.admin.billing.desk import desk, the_subscription
from admin_app.admin.billing.typed import day_typed, number_typed, price_typed
from admin_app.admin.customers.desk import the_group
from admin_app.admin.projects.dialog import Asked, Dialog
from admin_app.admin.words import plain_decimal
from admin_app.kernel.errors import Invalid
from admin_app.kernel.money import Money
from admin_app.models import Address, CustomerGroup, ServicePlan, Subscription, SubscriptionState
from admin_app.money.plan_periods import Period, first_start_from, period_from
from admin_app.policy import Permission
from admin_app.records.service_plans import offered_plans, sites_of
from admin_app.services import subscribe
from admin_app.services.bill_plans import bill_plans, price_of
from admin_app.services.plan_outlook import (
    MOST_MISSED,
    Unused,
    billed_periods,
    billed_until,
    due_periods,
    missed_periods,
    unused_of,
)
from admin_app.services.subscribe import Enrolment, check_enrolment
from admin_app.web.access import rule
from admin_app.web.company import actor, clock, currency, office_session, today
from admin_app.web.formats import dated, money
from admin_app.web.paths import own_path


@desk.get("/subscriptions/<int:subscription_id>")
@rule(Permission.MONEY_READ)
def subscription(subscription_id: int) -> ResponseReturnValue:
    """One plan of a customer: what it costs, what is billed, what comes next."""
    found = the_subscription(subscription_id)
    session = office_session()
    return render_template(
        "admin/billing/subscription.html",
        subscription=found,
        price=_price(found),
        periods=[(row, Period(row.starts_on, row.ends_on)) for row in billed_periods(session, found)],
        due=due_periods(found, today()),
        today=today(),
    )


@desk.route("/customers/<int:group_id>/plan", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def enrol(group_id: int) -> ResponseReturnValue:
    """Sign a customer up; what follows is said before anything is kept."""
    group = the_group(group_id)
    session, who = office_session(), actor()
    plans, sites = offered_plans(session, who), sites_of(session, who, group)
    dialog = Dialog(
        group,
        "Sign up for a service plan",
        "See what follows",
        _profile(group),
        _questions(plans, sites),
        template="admin/billing/enrol.html",
        more={"told": ""},
    )
    if not plans:
        dialog.obstacle = "No service plan is offered yet"
        dialog.fix = (url_for("service-plans.create_view"), "Enter a service plan")

    def act(typed: Mapping[str, str]) -> str | Response:
        form = _enrolment(group, typed)
        plan = check_enrolment(session, form, today())
        said = "|".join(typed.values())
        if request.form.get("told") != said:
            dialog.points = _what_enrolling_does(plan, form)
            dialog.button, dialog.more = "Sign up", {"told": said}
            return Response(dialog.shown(), mimetype="text/html")
        made = subscribe.enrol(session, form, who, clock(), request.form.get("key"))
        return f"Signed up for “{plan.name}” from {dated(made.started_on)}."

    return dialog.answer(act)


def _questions(plans: list[ServicePlan], sites: list[Address]) -> list[Asked]:
    offered = [
        (
            str(plan.id),
            f"{plan.name}: {money(Money.of(plan.price, currency()))} every {_months(plan.months)}",
        )
        for plan in plans
    ]
    return [
        Asked("plan", "Plan", "select", options=offered, required=True),
        Asked("started_on", "First day", "date", today().isoformat(), required=True),
        Asked(
            "price",
            "Own price a period",
            help="Before tax. Empty: the price of the plan, also when that changes",
            longest=20,
        ),
        Asked("address", "Site", "select", options=[("", "None")] + [(str(s.id), s.name) for s in sites]),
    ]


def _enrolment(group: CustomerGroup, typed: Mapping[str, str]) -> Enrolment:
    started_on = day_typed(typed, "started_on")
    if started_on is None:
        raise Invalid("First day is missing", {"started_on": "First day is missing"})
    return Enrolment(
        group.id,
        number_typed(typed, "plan") or 0,
        started_on,
        price_typed(typed, "price"),
        number_typed(typed, "address"),
    )


def _what_enrolling_does(plan: ServicePlan, form: Enrolment) -> list[str]:
    """The consequences in numbers."""
    price = Money.of(plan.price if form.price is None else form.price, currency())
    missed = missed_periods(form.started_on, form.started_on.day, plan.months, today())
    first = period_from(form.started_on, form.started_on.day, plan.months)
    taxes = f", plus {', '.join(plan.tax_names)}" if plan.tax_names else ", without tax"
    points = [f"{money(price)} every {_months(plan.months)}{taxes}; the first period is {first}."]
    if len(missed) > 1:
        sum_of = Money(price.minor * len(missed), price.currency)
        points.append(
            f"{len(missed)} periods have begun already: the next run writes {len(missed)} invoices, "
            f"{money(sum_of)} before tax."
        )
    elif missed:
        points.append("The first period has begun: the next run writes its invoice.")
    else:
        points.append(f"The first invoice is written on {dated(form.started_on)}.")
    if form.price is not None and form.price != plan.price:
        points.append("The own price stays when the price of the plan changes.")
    return points


@desk.route("/subscriptions/<int:subscription_id>/pause", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def pause(subscription_id: int) -> ResponseReturnValue:
    """Stop billing for a while; what is skipped is said before."""
    found = the_subscription(subscription_id)
    yesterday = today() - timedelta(days=1)
    before = [period for period in due_periods(found, yesterday) if period.starts_on <= yesterday]
    points = ["Periods that begin while it is paused are not billed, now or later."]
    if before:
        points.insert(0, f"{_periods(before)} began before today and are billed first.")
    if found.next_on is not None and not before:
        points.insert(0, f"The next bill would be on {dated(found.next_on)}.")
    dialog = _dialog(found, f"Pause “{found.plan.name}”?", "Pause plan", points)
    if found.state is not SubscriptionState.ACTIVE:
        dialog.obstacle = f"This plan is {found.state.value}"

    def act(_: Mapping[str, str]) -> str:
        subscribe.pause(office_session(), found, actor(), clock())
        return f"“{found.plan.name}” is paused from today."

    return dialog.answer(act)


@desk.route("/subscriptions/<int:subscription_id>/resume", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def resume(subscription_id: int) -> ResponseReturnValue:
    """Go on billing; the day of the next bill is said before."""
    found = the_subscription(subscription_id)
    dialog = _dialog(found, f"Go on with “{found.plan.name}”?", "Resume plan", [])
    if found.state is not SubscriptionState.PAUSED or found.next_on is None:
        dialog.obstacle = f"This plan is {found.state.value}; only a paused one can go on"
    else:
        following = first_start_from(found.next_on, found.anchor_day, found.plan.months, today())
        skipped = missed_periods(
            found.next_on, found.anchor_day, found.plan.months, following - timedelta(days=1)
        )
        dialog.points = [f"The next bill is for the period that begins on {dated(following)}."]
        if skipped:
            dialog.points = [*dialog.points, f"{_periods(skipped)} stay unbilled."]

    def act(_: Mapping[str, str]) -> str:
        subscribe.resume(office_session(), found, actor(), clock())
        assert found.next_on is not None
        return f"“{found.plan.name}” goes on; the next bill is for {dated(found.next_on)}."

    return dialog.answer(act)


@desk.route("/subscriptions/<int:subscription_id>/cancel", methods=["GET", "POST"])
@rule(Permission.MONEY_WRITE)
def cancel(subscription_id: int) -> ResponseReturnValue:
    """End a plan with what is billed, or today; what is unused then is proposed as a credit note."""
    found = the_subscription(subscription_id)
    session = office_session()
    unused = unused_of(session, found, today())
    last = billed_until(session, found)
    is_ahead = last is not None and last > today()
    ends = dated(last - timedelta(days=1)) if is_ahead and last is not None else "today"
    dialog = _dialog(found, f"Cancel “{found.plan.name}”?", "Cancel plan", _what_ending_does(found, unused))
    dialog.danger = True
    if is_ahead:
        ways = [("end", f"With the period that is billed: until {ends}"), ("now", "Today")]
        dialog.questions.append(Asked("when", "When it ends", "radio", "end", options=ways))
    dialog.questions.append(Asked("reason", "Reason", "textarea", required=True))
    if found.state is SubscriptionState.CANCELLED:
        dialog.obstacle = "This plan is cancelled already"

    def act(typed: Mapping[str, str]) -> str | Response:
        at_once = typed.get("when") == "now"
        reason = typed.get("reason", "")
        subscribe.cancel(session, found, reason, actor(), clock(), at_once=at_once)
        assert found.ended_on is not None
        ahead = next((one for one in unused if at_once and not one.is_draft), None)
        if ahead is None:
            return f"“{found.plan.name}” is cancelled and ends on {dated(found.ended_on)}."
        flash(f"“{found.plan.name}” is cancelled. What is unused is proposed below.", "success")
        proposed = url_for(
            "billing.credit",
            invoice_id=ahead.invoice.id,
            how="amount",
            amount=str(ahead.amount),
            reason=f"{found.plan.name} ended on {dated(found.ended_on)}",
        )
        return redirect(proposed)

    return dialog.answer(act)


def _what_ending_does(found: Subscription, unused: list[Unused]) -> list[str]:
    points = ["Nothing more is billed after this."]
    yesterday = today() - timedelta(days=1)
    before = due_periods(found, yesterday)
    if before:
        points.insert(0, f"{_periods(before)} began before today and are billed first.")
    for one in unused:
        part = _percent(one.share)
        if one.is_draft:
            points.append(
                f"If it ends today, {part} of {one.period} is unused; its invoice is still a draft, change it there."
            )
        else:
            points.append(
                f"If it ends today, {part} of {one.period} is unused: {money(one.amount)} of invoice "
                f"{one.invoice.number}, which is proposed as a credit note."
            )
    return points


@desk.post("/plans/bill")
@rule(Permission.MONEY_WRITE)
def bill_due_plans() -> ResponseReturnValue:
    """Write the bills of all periods that have begun, as the night does; pressed twice, the second finds none."""
    done = bill_plans(office_session(), actor(), clock())
    count = len(done.invoices)
    flash(f"{count} {'draft' if count == 1 else 'drafts'} of service plans written.", "success")
    for subscription_id, sentence in done.refusals.items():
        flash(f"Subscription {subscription_id} is not billed: {sentence}.", "error")
    return redirect(url_for("billing.tray"))


def _dialog(found: Subscription, title: str, button: str, points: list[str]) -> Dialog:
    home = url_for("billing.subscription", subscription_id=found.id)
    back = own_path(request.values.get("back"), home)
    return Dialog(found.group, title, button, back, points=points)


def _profile(group: CustomerGroup) -> str:
    home = url_for("customers.profile", group_id=group.id)
    return own_path(request.values.get("back"), home)


def _price(found: Subscription) -> str:
    """The price of a period; cents are rounded only on the bill."""
    price = price_of(found, found.plan)
    exact = Money.of(price, currency())
    return money(exact) if exact.decimal == price else f"{plain_decimal(price)} {currency()}"


def _months(months: int) -> str:
    if months == 12:
        return "year"
    return "month" if months == 1 else f"{months} months"


def _periods(periods: list[Period]) -> str:
    """ "3 periods, from 1 March 2026 on", so that a person knows which."""
    count = "More than 60" if len(periods) > MOST_MISSED else str(len(periods))
    words = "period" if len(periods) == 1 else "periods"
    return f"{count} {words}, from {dated(periods[0].starts_on)} on,"


def _percent(share: Fraction) -> str:
    """A share in whole percent, never shown as nothing."""
    return f"{max(1, round(share * 100))} %"
