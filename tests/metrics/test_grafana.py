"""The board of Grafana asks for metrics that exist, by labels that they have."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from task.jobs.models import Job, RateLimit
from task.metrics import families, views
from task.metrics.models import Counted
from tests.processes import ROOT

BOARD = json.loads((ROOT / "deploy/grafana/desk.json").read_text())
EXPRESSIONS = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]
FIGURES = {"ended": {"failed": 1}, "notified_again": 0}


@pytest.fixture
def samples(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """The labels of each metric, on a desk on which everything has happened once."""
    settings.METRICS_TOKEN = "sixteen-letters-"
    monkeypatch.setattr(views, "of_rows", families.OfRows())
    Job.objects.create(kind="workbench.empty", title="x")
    Counted.objects.create(pk=1, kinds={"workbench.empty": FIGURES})
    RateLimit.objects.create(source="GitHub", next_at="2026-01-01T00:00Z")
    client = Client()
    client.get("/healthz")
    page = client.get("/metrics", headers={"Authorization": "Bearer sixteen-letters-"}).content.decode()
    found = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    assert found
    return {sample.name: set(sample.labels) for sample in found}


def metrics_of(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each metric, and the labels that select of it."""
    for name, selector in re.findall(r"\b(desk_\w+)\{([^}]*)\}", expression):
        yield name, set(re.findall(r"(\w+)=", selector))


def test_each_expression_is_of_metrics_that_there_are(samples: dict[str, set[str]]) -> None:
    assert len(EXPRESSIONS) > 15
    for expression in EXPRESSIONS:
        found = list(metrics_of(expression))
        assert len(found) == len(re.findall(r"\bdesk_", expression)) > 0, expression
        for name, labels in found:
            assert name in samples, expression
            assert labels - {"job"} <= samples[name], expression
        labels = {label for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(", ")}
        assert labels <= set().union(*(samples[name] for name, _ in found)), expression


def test_each_metric_is_on_the_board(samples: dict[str, set[str]]) -> None:
    shown = {name for expression in EXPRESSIONS for name, _ in metrics_of(expression)}
    stems = {re.sub(r"_(bucket|count|sum|total|created)$", "", name) for name in samples}
    assert stems == {re.sub(r"_(bucket|count|sum|total)$", "", name) for name in shown}


def test_legends_and_variables_are_known(samples: dict[str, set[str]]) -> None:
    variables = {each["name"] for each in BOARD["templating"]["list"]}
    for panel in BOARD["panels"]:
        for target in panel["targets"]:
            assert set(re.findall(r"\$\{?(\w+)", json.dumps(target))) <= variables
            by = set().union(*(samples[name] for name, _ in metrics_of(target["expr"])))
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= by
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
