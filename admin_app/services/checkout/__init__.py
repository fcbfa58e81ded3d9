"""Paying at a card provider: the attempt is written first, the provider is asked with no transaction open, and what it
tells is booked once [M31, A20, 120].

`start` writes down what is paid, `settle` books what the provider told, `book_provider_event` takes its messages,
`saved_cards` and `charge_saved` keep and charge cards, `at_once` keeps a page and a charge apart, `pay_back` and
`disputes` send money back.  No card number ever comes here, and nothing here speaks to the provider: the doors do that
through `admin_app.gateways`.
"""
