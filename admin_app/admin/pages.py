"""The pages of our own: one blueprint a module, named here once."""

from __future__ import annotations

from flask import Blueprint

from admin_app.admin import backup, proof, sign_in

BLUEPRINTS: tuple[Blueprint, ...] = (sign_in.door, backup.page, proof.page)
