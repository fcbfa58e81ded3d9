"""Every entity says what it is for and what people call it; every test of the checks breaks something first."""

import pytest

import admin_app.models
from admin_app.cli.check import wrong_declaration
from admin_app.models import Entity

ENTITIES = sorted(
    (mapper.class_ for mapper in Entity.registry.mappers if issubclass(mapper.class_, Entity)),
    key=lambda entity: entity.__name__,
)


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.__name__)
def test_every_entity_has_its_words_and_its_sentence(entity):
    assert entity.__doc__
    assert "__doc__" in vars(entity)
    assert entity.singular
    assert entity.plural
    assert entity.__name__ in admin_app.models.__all__


def test_the_command_finds_nothing_wrong_with_thewrong_declaration():
    assert wrong_declaration() is None
