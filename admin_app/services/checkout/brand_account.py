"""A brand's own account at the card provider: its keys are set, replaced or taken out, and never shown again [W8].

Money goes where these keys lead, so a change asks for one's own password and is told to the company's address.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_app.kernel.actor import Actor
from admin_app.kernel.clock import Clock
from admin_app.kernel.errors import Invalid
from admin_app.models import Brand, Checkout, CheckoutState
from admin_app.policy import Permission, demand
from admin_app.services.passwords import demand_password
from admin_app.services.tell_company import tell_company_of_change

LONGEST_KEY = 200
SECRET_KEYS = ("sk_", "rk_")
HOOK_KEYS = ("whsec_",)
SECRET = "secret_key"  # noqa: S105  (the name of the input)
WHAT = "Keys to the card provider are"


@dataclass(frozen=True, slots=True)
class AccountForm:
    """What was typed: an empty field leaves its key as it is, `remove` takes both out."""

    secret_key: str = ""
    hook_key: str = ""
    remove: bool = False


def set_account(session: Session, brand: Brand, form: AccountForm, actor: Actor, clock: Clock) -> str:
    """Set, replace or take out the keys of a brand; gives a sentence of what was done.

    Raises NotAllowed, Invalid (with fields) for what is no such key or a secret key without the one that signs
    messages, Unmet without one's own password.
    """
    demand(actor, Permission.SETTINGS)
    demand_password(session, WHAT)
    if form.remove:
        brand.stripe_key = brand.stripe_hook_key = None
        done = f"Cards are no longer taken for {brand.name}"
    else:
        secret, hook = form.secret_key.strip(), form.hook_key.strip()
        _check(brand, secret, hook)
        brand.stripe_key = secret or brand.stripe_key
        brand.stripe_hook_key = hook or brand.stripe_hook_key
        done = f"Cards are taken for {brand.name}"
    session.flush()
    tell_company_of_change(session, "keys to the card provider", brand.name, actor, clock)
    return f"{done}."


def under_way(session: Session, brand: Brand) -> int:
    """How many clients are at the provider's page now: whose payment we could not ask after without the key."""
    query = select(func.count(Checkout.id)).where(
        Checkout.brand_id == brand.id, Checkout.state.in_(CheckoutState.under_way())
    )
    return session.scalar(query) or 0


def _check(brand: Brand, secret: str, hook: str) -> None:
    wrong: dict[str, str] = {}
    if secret and not _is_key(secret, SECRET_KEYS):
        wrong[SECRET] = "A secret key begins with sk_ or rk_; the one that begins with pk_ is not it"
    if hook and not _is_key(hook, HOOK_KEYS):
        wrong["hook_key"] = "The key that signs messages begins with whsec_"
    if not wrong and not (secret or brand.stripe_key):
        wrong[SECRET] = "The secret key is missing"
    if not wrong and not (hook or brand.stripe_hook_key):
        wrong["hook_key"] = "Without it the provider cannot tell us that somebody paid"
    if wrong:
        raise Invalid("Not saved yet", wrong)


def _is_key(text: str, begins: tuple[str, ...]) -> bool:
    plain = text.isascii() and text.replace("_", "").isalnum() and len(text) <= LONGEST_KEY
    return plain and text.startswith(begins)
