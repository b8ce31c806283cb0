"""The OAuth 2.1 / OpenID Connect provider: authlib's grants over our rows, with what 2.1 asks and its defaults miss.

authlib is synchronous. It runs inside `AsyncSession.run_sync` of the request's own session: one driver, one transaction.
"""
