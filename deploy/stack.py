"""What `make up` starts, as one table: `python -m deploy.stack write` makes compose.yaml of it, `check` compares.

The test of the servers way starts exactly these processes with exactly these variables, without Docker.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.servers import BROKER_FILE, BROKER_USER, GIVEN, PREPARE, SERVICES

FILE = Path(__file__).with_name("compose.yaml")
HEAD = """\
# Made by `python -m deploy.stack write` from deploy/stack.py: change that file, not this one.
#
# A DEMONSTRATION on one machine: every process says `development`, because the outside bodies (registry, bank, printing,
# post, texts, mail, …) are simulated here, and what that needs is refused anywhere else: the simulators' controls, the
# seeded sign-ins, the clock that can be moved. For a real one: say staging or production, leave out `simulators`, `seeds`
# and every *_CLOCK_URL, name the real bodies' addresses, and put TLS before the gateway.
#
# No password is in this file, in a variable or in a log: `secrets` makes them, each process sees its own folder only.
"""
PORTS = {name: 8081 + place for place, name in enumerate(SERVICES)} | {"gateway": 8080, "portal": 8087}
SIMULATORS, SMPP, SMTP, FIGURES = 8090, 2775, 2525, 9180
OUTSIDE = f"http://simulators:{SIMULATORS}"
PUBLIC_URL = "http://localhost:${PORT:-8080}"
PREPARED = {"prepare": {"condition": "service_completed_successfully"}}
HEALTHY = {"condition": "service_healthy"}
# What every process of ours has: nobody's root, and nothing to write to.
OURS: dict[str, Any] = {
    "image": "jawaz:local",
    "build": {"context": "..", "dockerfile": "deploy/Dockerfile"},
    "init": True,
    "read_only": True,
    "tmpfs": ["/tmp"],  # noqa: S108 - the container's own
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "stop_grace_period": "15s",
}
_PLAIN = re.compile(r"[A-Za-z/.][\w./-]*")
_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def stack() -> dict[str, Any]:
    """The whole stack, as Docker Compose reads it."""
    started = {"secrets": _secrets(), "postgres": _postgres(), "rabbitmq": _rabbitmq(), "prepare": _prepare()}
    started |= {"simulators": _simulators(), "seeds": _seeds()}
    for name in SERVICES:
        started[f"{name}-api"] = _service(name, "api")
        started[f"{name}-worker"] = _service(name, "worker")
    started |= {"portal": _portal(), "gateway": _gateway()}
    return {
        "name": "jawaz",
        "services": started,
        "networks": {"inside": {"internal": True}, "outside": {}},
        "volumes": {name: {} for name in ("postgres", "rabbitmq", *(f"secrets-{holder}" for holder in GIVEN))},
    }


def _process(*words: str, holder: str | None = None, port: int | None = None, path: str = "", **more: Any) -> Any:
    """A process of ours, with its own secrets to read."""
    made: dict[str, Any] = {**OURS, "command": list(words), "restart": "unless-stopped", "networks": ["inside"]}
    if holder:
        made["volumes"] = [f"secrets-{holder}:/secrets:ro"]
    if port:
        asks = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{port}{path}', timeout=3)"
        made["healthcheck"] = {
            "test": ["CMD", "python", "-c", asks],
            "interval": "10s",
            "timeout": "5s",
            "retries": 6,
            "start_period": "60s",
        }
    return made | more


def _once(*words: str, **more: Any) -> Any:
    return _process(*words, **{"restart": "no", **more})


def _secrets() -> Any:
    volumes = [f"secrets-{holder}:/prepare/{holder}" for holder in GIVEN]
    rotating = {"IDENTITY_SECRETS_DIR": "/prepare/identity"}  # docker compose run --rm secrets identity rotate-keys
    return _once("deploy.servers", "secrets", "/prepare", environment=rotating, volumes=volumes, networks=["inside"])


def _prepare() -> Any:
    holders = (PREPARE, *SERVICES, "partners")
    return _once(
        *("deploy.servers", "prepare", "/prepare"),
        *("--postgres", "postgresql://postgres@postgres:5432/postgres"),
        *("--rabbitmq", f"amqp://{BROKER_USER}@rabbitmq:5672/"),
        volumes=[f"secrets-{holder}:/prepare/{holder}" for holder in holders],
        depends_on={"postgres": HEALTHY},
    )


def _postgres() -> Any:
    return {
        "image": "postgres:18-alpine",
        "command": ["postgres", "-c", "max_connections=300"],
        "environment": {"POSTGRES_PASSWORD_FILE": "/secrets/postgres-password"},
        "volumes": ["postgres:/var/lib/postgresql", "secrets-postgres:/secrets:ro"],
        "depends_on": {"secrets": {"condition": "service_completed_successfully"}},
        # By TCP: the server that initialises the folder listens on a socket only and is not the one to wait for.
        "healthcheck": _asked("pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"),
        "restart": "unless-stopped",
        "stop_grace_period": "60s",
        "networks": ["inside"],
    }


def _rabbitmq() -> Any:
    settings = "/etc/rabbitmq/conf.d/90-user.conf"
    # The secret is its owner's alone; the broker, who is another user, is handed a copy before it starts.
    hand_over = f"rm -f {settings} && install -o rabbitmq -m 400 /secrets/{BROKER_FILE} {settings}"
    return {
        "image": "rabbitmq:4-alpine",
        "hostname": "rabbitmq",
        "entrypoint": ["sh", "-c", f"{hand_over} && exec docker-entrypoint.sh rabbitmq-server"],
        "volumes": ["rabbitmq:/var/lib/rabbitmq", "secrets-rabbitmq:/secrets:ro"],
        "depends_on": {"secrets": {"condition": "service_completed_successfully"}},
        "healthcheck": _asked("rabbitmq-diagnostics", "-q", "check_port_connectivity"),
        "restart": "unless-stopped",
        "stop_grace_period": "60s",
        "networks": ["inside"],
    }


def _asked(*words: str) -> dict[str, Any]:
    return {"test": ["CMD", *words], "interval": "5s", "timeout": "10s", "retries": 30, "start_period": "60s"}


def _simulators() -> Any:
    environment = {
        "PARTNERS_ENVIRONMENT": "development",
        "PARTNERS_SECRETS_DIR": "/secrets",
        "PARTNERS_HOST": "0.0.0.0",  # noqa: S104 - of its container
        "PARTNERS_PORT": str(SIMULATORS),
        "PARTNERS_SMPP_PORT": str(SMPP),
        "PARTNERS_SMTP_PORT": str(SMTP),
        "PARTNERS_CALLBACK_URL": f"http://gateway:{PORTS['gateway']}/callbacks/post",
        "PARTNERS_NOTICE_URL": f"http://gateway:{PORTS['gateway']}/callbacks/registry",
    }
    return _process(
        *("partners", "simulate"),
        holder="partners",
        port=SIMULATORS,
        path="/control/clock",
        environment=environment,
        depends_on=PREPARED,
        ports=[f"127.0.0.1:${{SIMULATORS_PORT:-{SIMULATORS}}}:{SIMULATORS}"],
        networks=["inside", "outside"],
    )


def _seeds() -> Any:
    """People to sign in as; what they are is in this container's log."""
    needs = PREPARED | {"simulators": HEALTHY}
    return _once("identity", "seed", holder="identity", environment=_environment("identity"), depends_on=needs)


def _service(name: str, kind: str) -> Any:
    answers: dict[str, Any] = {"port": PORTS[name], "path": "/health/ready"} if kind == "api" else {}
    needs = PREPARED | ({"rabbitmq": HEALTHY} if kind == "worker" else {})
    return _process(name, kind, holder=name, environment=_environment(name), depends_on=needs, **answers)


def _environment(name: str) -> dict[str, str]:
    """Every variable a service is given; of the outside bodies' addresses only those it knows."""
    offered = {
        "environment": "development",
        "public_url": PUBLIC_URL,
        "secrets_dir": "/secrets",
        "host": "0.0.0.0",  # noqa: S104 - of its container
        "port": str(PORTS[name]),
        "identity_url": f"http://identity-api:{PORTS['identity']}",
        "gateway_url": f"http://gateway:{PORTS['gateway']}",
        "clock_url": f"{OUTSIDE}/control/clock",
        "sms_host": "simulators",
        "sms_port": str(SMPP),
        "sms_records_url": f"{OUTSIDE}/sms",
        "mail_host": "simulators",
        "mail_port": str(SMTP),
    }
    known = importlib.import_module(f"{name}.blueprint").BLUEPRINT.settings.model_fields
    ours = {
        "public_url",
        "identity_url",
        "gateway_url",
        "database_url",
        "owner_database_url",
        "broker_url",
        "clock_url",
    }
    bodies = {field: f"{OUTSIDE}/{field[:-4]}" for field in known if field.endswith("_url") and field not in ours}
    return {f"{name}_{field}".upper(): value for field, value in (bodies | offered).items() if field in known}


def _portal() -> Any:
    environment = {
        "PORTAL_ENVIRONMENT": "development",
        "PORTAL_PUBLIC_URL": PUBLIC_URL,
        "PORTAL_SECRETS_DIR": "/secrets",
        "PORTAL_GATEWAY_URL": f"http://gateway:{PORTS['gateway']}",
        "PORTAL_HOST": "0.0.0.0",  # noqa: S104 - of its container
        "PORTAL_PORT": str(PORTS["portal"]),
    }
    needs = {"secrets": {"condition": "service_completed_successfully"}}
    return _process(
        *("portal", "serve"),
        holder="portal",
        port=PORTS["portal"],
        path="/en",
        environment=environment,
        depends_on=needs,
    )


def _gateway() -> Any:
    upstreams = {name: f"http://{name}-api:{PORTS[name]}" for name in SERVICES}
    environment = {
        "GATEWAY_ENVIRONMENT": "development",
        "GATEWAY_PUBLIC_URL": PUBLIC_URL,
        "GATEWAY_HOST": "0.0.0.0",  # noqa: S104 - of its container
        "GATEWAY_PORT": str(PORTS["gateway"]),
        "GATEWAY_METRICS_PORT": str(FIGURES),
        "GATEWAY_UPSTREAMS": json.dumps(upstreams | {"portal": f"http://portal:{PORTS['portal']}"}),
    }
    return _process(
        *("gateway", "serve"),
        port=FIGURES,
        path="/health/live",
        environment=environment,
        ports=[f"127.0.0.1:${{PORT:-8080}}:{PORTS['gateway']}"],
        networks=["inside", "outside"],
    )


def written() -> str:
    """The file: block style with short lists in one line, and what every process of ours has said once."""
    table = stack()
    table["services"] = {name: _shortened(service) for name, service in table["services"].items()}
    lines = ["x-process: &process", *_lines(OURS, "  "), *_lines(table, "")]
    return HEAD + "\n".join(lines) + "\n"


def _shortened(service: dict[str, Any]) -> dict[str, Any]:
    if any(service.get(key) != value for key, value in OURS.items()):
        return service
    return {"<<": "*process"} | {key: value for key, value in service.items() if key not in OURS}


def _lines(table: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{key}:"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{key}: {value if key == '<<' else _inline(value)}"


def _inline(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    """Write compose.yaml, or say whether it is what the table makes."""
    parser = argparse.ArgumentParser(prog="python -m deploy.stack", description=__doc__)
    parser.add_argument("command", choices=["write", "check"])
    if parser.parse_args().command == "write":
        FILE.write_text(written(), "utf-8")
    elif FILE.read_text("utf-8") != written():
        raise SystemExit("compose.yaml is not what deploy/stack.py makes: python -m deploy.stack write")


if __name__ == "__main__":
    main()
