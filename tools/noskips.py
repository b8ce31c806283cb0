"""A pytest plugin: a run with a skipped or expected-to-fail test has failed. What is missing is an error that says what to do."""

from __future__ import annotations

import pytest


class _Skips:
    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped or hasattr(report, "wasxfail"):
            self.names.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.names.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.names and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name in self.names:
            terminalreporter.write_line(f"SKIPPED, which fails the run: {name}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    """Watch the whole run; under xdist only where all reports meet."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Skips(), "house-noskips")
