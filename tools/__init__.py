"""What the builders of the platform use: servers for tests, house rules, licences. No product code imports it."""
