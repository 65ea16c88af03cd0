"""The payment provider, as far as the shop sees it."""


class ProviderUnavailableError(Exception):
    """The provider does not answer."""


class PaymentProvider:
    """A sandbox in place of the real provider: it takes every card token but `tok_outage`."""

    def charge(self, card_token: str, amount_cents: int) -> str:
        """Charge the card and return the provider's reference."""
        if card_token == "tok_outage":  # noqa: S105 - documented for tests, not a secret
            raise ProviderUnavailableError
        return f"ch_{card_token.removeprefix('tok_')}_{amount_cents}"
