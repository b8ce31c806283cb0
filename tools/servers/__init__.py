"""The outside programs of tests and measurements: found, else unpacked without root, and started privately."""

from tools.servers.fetching import find_or_fetch
from tools.servers.for_tests import ServersForTests, start_for_tests
from tools.servers.programs import CATALOGUE, Found, ProgramMissing, find, look_for
from tools.servers.rabbitmq import Node, NodeError

__all__ = [
    "CATALOGUE",
    "Found",
    "Node",
    "NodeError",
    "ProgramMissing",
    "ServersForTests",
    "find",
    "find_or_fetch",
    "look_for",
    "start_for_tests",
]
