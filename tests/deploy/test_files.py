"""compose.yaml, the Dockerfile, the systemd units and nginx.conf name what the code knows, and nothing else."""

import ast
import os
import re
import shlex
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from tests.deploy.place import certificate, installed, write_nginx
from tests.processes import ROOT
from tests.test_docs import page, rows_under

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = {name: service for name, service in SERVICES.items() if str(service.get("image", "")).startswith("desk:")}
PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
WORDS = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}  # Python's own and the shell's


def settings_of_the_readme() -> set[str]:
    return {name for cell, *_ in rows_under("Settings", "README.md") for name in re.findall(r"`(\w+)`", cell)}


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def test_each_line_of_the_procfile_is_a_service() -> None:
    assert set(OWN) == set(PROCFILE)
    for name, service in OWN.items():
        assert shlex.split(service["command"])[0] == name
    assert {unit.name.removeprefix("desk-").split(".")[0].rstrip("@") for unit in UNITS} == set(PROCFILE)


def test_what_is_asked_of_the_environment_is_a_setting() -> None:
    for name in COMPOSE["x-desk"]["environment"]:
        assert name.removesuffix("_FILE") in settings_of_the_readme(), name
    dockerfile = (ROOT / "Dockerfile").read_text()
    named = re.findall(r"^(?:ENV| +)? *((?:[A-Z_]+=\S+ ?)+)", dockerfile, re.MULTILINE)
    names = {pair.split("=")[0] for line in named for pair in line.split()}
    assert names - WORDS <= settings_of_the_readme()
    assert "VAR_DIR" in names
    for unit in UNITS:
        pairs = [pair for line in read(unit)["Service"].get("Environment", "").splitlines() for pair in line.split()]
        assert {pair.split("=")[0] for pair in pairs} - WORDS <= settings_of_the_readme()


def read(unit: Path) -> ConfigParser:
    """Of the names that a unit may say twice, all values, each on its line."""
    found: dict[str, dict[str, str]] = {}
    section = ""
    for line in unit.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            found[section] = {}
        elif "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            found[section][name] = "\n".join(filter(None, [found[section].get(name), value]))
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_dict(found)
    return parser


def test_every_service_can_be_there_more_than_once() -> None:
    for name, service in SERVICES.items():
        assert "container_name" not in service
        assert ("ports" in service) == (name == "nginx"), name


def test_what_a_service_names_is_declared() -> None:
    for name, service in SERVICES.items():
        secrets = {each if isinstance(each, str) else each["source"] for each in service.get("secrets", [])}
        assert secrets <= set(COMPOSE["secrets"]), name
        volumes = {each.split(":")[0] for each in service.get("volumes", []) if not each.startswith(".")}
        assert volumes <= set(COMPOSE["volumes"]), name
        for other, wanted in service.get("depends_on", {}).items():
            condition = wanted["condition"]
            assert condition in ("service_healthy", "service_completed_successfully")
            assert (condition == "service_completed_successfully") == (SERVICES[other].get("restart") == "no")
            if condition == "service_healthy":
                assert other == "web" or "test" in SERVICES[other]["healthcheck"]


def test_each_secret_is_made_by_the_script_but_the_certificate(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    script = tmp_path / "deploy/secrets"
    script.write_text((ROOT / "deploy/secrets").read_text())
    for broker in ("", "rabbitmq"):
        subprocess.run(["sh", str(script), broker], check=True, capture_output=True)
        made = {path.name: path.read_text() for path in (tmp_path / "var/secrets").iterdir()}
        assert {*made, "tls.crt", "tls.key"} == set(COMPOSE["secrets"])
        assert made["database_password"].strip() in made["database_url"]
    assert re.search("default_pass = (.*)", made["rabbitmq.conf"])[1] in made["broker_url"]
    assert len(made["secret_key"]) > 50
    assert (tmp_path / "var/secrets").stat().st_mode & 0o777 == 0o700


def test_the_workers_grace_is_above_its_own() -> None:
    own = settings.JOBS_STOP_SECONDS
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > own + 5
    web = 30  # celerytask/gunicorn.py
    assert "else 30" in (ROOT / "celerytask/gunicorn.py").read_text()
    assert seconds(SERVICES["web"]["stop_grace_period"]) > web
    for unit in UNITS:
        service = read(unit)["Service"]
        if "worker" in unit.name or "web" in unit.name:
            assert float(service["TimeoutStopSec"]) > (web if "web" in unit.name else own + 5)
            assert service["KillMode"] == "mixed"  # TERM to the main process alone, which tells the others


def test_the_image_has_what_runs_and_no_more() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert all((ROOT / name).exists() for name in kept)
    rooms = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()} - {"tests", "benchmarks"}
    assert kept == rooms | {"Procfile", "bin/process", "manage.py", "requirements.txt", "static", "templates"}
    last = (ROOT / "Dockerfile").read_text().split("\nFROM ")[-1]
    assert "USER 10001" in last
    assert "/healthz" in last
    assert "gcc" not in last
    bases = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert all(re.search(r":\d+\.\d+\.\d+", base) for base in bases)
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    assert all(re.search(r":\d+\.\d+(\.\d+)?$", image) for image in images)


def test_a_process_takes_the_place_of_the_shell_and_more_arguments(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin/process"
    script.write_text((ROOT / "bin/process").read_text())
    (tmp_path / "Procfile").write_text(
        "web: python3 -c 'import os, sys; print(os.getpid(), sys.argv[1:])' ${A:-b}\nr: true && echo x\n"
    )
    started = subprocess.Popen(["sh", str(script), "web", "-E", "two words"], stdout=subprocess.PIPE, text=True)
    assert started.communicate()[0] == f"{started.pid} ['b', '-E', 'two words']\n"
    assert subprocess.run(["sh", str(script), "r"], capture_output=True, text=True).stdout == "x\n"
    refused = subprocess.run(["sh", str(script), "other"], capture_output=True, text=True)
    assert (refused.returncode, refused.stderr) == (1, "The Procfile has no process other.\n")


def test_nginx_takes_what_the_desk_takes() -> None:
    text = (ROOT / "deploy/nginx.conf").read_text()
    most = re.search(r"client_max_body_size (\d+)m;", text)
    assert most is not None
    assert int(most[1]) * 1024 * 1024 > settings.LARGEST_REQUEST
    named = set(re.findall(r"\$\{(\w+)\}", text))
    assert named == set(SERVICES["nginx"]["environment"])


def test_nginx_accepts_its_file(tmp_path: Path) -> None:
    certificate(tmp_path)
    command = write_nginx(tmp_path, "127.0.0.1:9", "127.0.0.1:8080", "127.0.0.1:8443")
    done = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


@pytest.mark.parametrize("more", [{}, {"COMPOSE_PROFILES": "rabbitmq,flower", "WORKER_OPTIONS": "-E"}])
def test_docker_compose_accepts_its_file(more: dict[str, str]) -> None:
    environment = {"PATH": os.environ["PATH"], "DESK_HOST": "desk.example.org", **more}
    command = [installed("docker-compose"), "--file", str(ROOT / "compose.yaml"), "config"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert services["web"]["environment"]["SITE_URL"] == "https://desk.example.org"
    assert "-E" in services["worker"]["command"] or not more


# docs/deploy.md

DEPLOY = page("docs/deploy.md")
TYPED = "\n".join(re.findall(r"```\n(.*?)```", DEPLOY, re.DOTALL))


@pytest.mark.parametrize(("dies", "happens", "test"), rows_under("What each death does", "docs/deploy.md"))
def test_each_death_has_its_test(dies: str, happens: str, test: str) -> None:
    path, _, name = test.strip("`").partition("::")
    assert name in {node.name for node in ast.walk(ast.parse(page(path))) if isinstance(node, ast.FunctionDef)}, dies


def test_what_is_typed_names_files_units_and_settings_that_are_there() -> None:
    for path in re.findall(r"(?<![\w/.-])(?:deploy|bin)/[\w./-]+", DEPLOY):
        assert (ROOT / path).exists(), path
    kinds = {re.sub(r"@?\.service$", "", unit.name) for unit in UNITS}
    assert {*re.findall(r"\bdesk-(?:web|worker|beat|release)\b(?!\.conf)", TYPED)} == kinds
    written = set(re.findall(r"^([A-Z_]+)=", TYPED, re.MULTILINE))
    assert "SECRET_KEY" in written
    assert written <= settings_of_the_readme()
    exported = set(re.findall(r"\b(DESK_[A-Z]+)=", TYPED))
    assert exported == set(SERVICES["nginx"]["environment"])
    for variable in re.findall(r"`([A-Z_]+)=[^`]*` in `.env`", DEPLOY):
        assert variable in {"COMPOSE_PROFILES", "WORKER_OPTIONS"}
    made = set(re.findall(r"var/secrets/([\w.]+)", DEPLOY))
    assert made <= set(COMPOSE["secrets"])
