"""The whole house's tests share one set of fixtures: real servers, fresh databases, callers with tokens."""

pytest_plugins = ["chassis.testing.fixtures"]
