"""Stories that go through many rooms, told from outside."""
