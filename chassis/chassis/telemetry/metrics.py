"""The figures every service tells at `/metrics`; each service has its own registry so that many can share a process."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from chassis.telemetry.recent import RecentTimes

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """RED for requests, age before length for what waits, lag for what is copied. Labels hold names, never people."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.registry = CollectorRegistry()
        self.recent = RecentTimes()
        r = self.registry
        self.requests = Counter("http_requests_total", "Requests answered", ["route", "method", "status"], registry=r)
        self.seconds = Histogram("http_request_seconds", "Time to answer", ["route"], buckets=_SECONDS, registry=r)
        self.moves = Counter("case_moves_total", "Status changes", ["case", "action", "outcome"], registry=r)
        self.published = Counter("events_published_total", "Events confirmed and marked", registry=r)
        self.publish_failures = Counter("events_publish_failures_total", "Nacks, returns, time-outs", registry=r)
        self.loop_failures = Counter("worker_loop_failures_total", "Loops that failed and were begun again", registry=r)
        self.received = Counter("events_received_total", "Events by what became of them", ["outcome"], registry=r)
        self.event_lag = Histogram(
            "event_lag_seconds", "From the change to its effect here", buckets=_SECONDS, registry=r
        )
        self.relations_asked = Counter(
            "relations_asked_total", "Questions to the owner of relations, by outcome", ["outcome"], registry=r
        )
        self.ends_age = Gauge("ends_age_seconds", "Since identity last said what has ended", registry=r)
        self.audit_alarms = Counter("audit_alarms_total", "What a supervisor has to see", ["kind"], registry=r)
        self.intents = Counter("intents_total", "What left the house, by outcome", ["kind", "outcome"], registry=r)
        self.timers = Counter("timers_fired_total", "Deadlines fired", ["kind"], registry=r)
        self.oldest_seconds = Gauge("oldest_waiting_seconds", "Age of the oldest waiting row", ["queue"], registry=r)
        self.waiting = Gauge("waiting_rows", "Rows waiting, counted up to a bound", ["queue"], registry=r)

    def render(self) -> bytes:
        """Prometheus text format."""
        return generate_latest(self.registry)
