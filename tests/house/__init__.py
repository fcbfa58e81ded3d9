"""The rules of the house: each test here refuses a habit that would make the code harder to trust."""
