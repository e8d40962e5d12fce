"""A menu entry or a panel that could not be shown is told at the start, by its key."""

import pytest
from django.apps import apps

from task.face import checks
from task.face.menu import MenuEntry
from task.face.palette import PaletteEntry, PaletteSearch
from task.face.panels import Panel

ENTRY = MenuEntry("workbench", "Workbench", "jobs_list", "more")
SEARCH = "task.books.palette.books"
PANEL = Panel("workbench.hours", "task.jobs.pages.home.hours", place="corner")


@pytest.fixture
def told(monkeypatch):
    """What the checks say of these, as an app's only ones."""

    def of(*declared):
        app = apps.get_app_config("workbench")
        monkeypatch.setattr(app, "menu", [each for each in declared if isinstance(each, MenuEntry)], raising=False)
        monkeypatch.setattr(app, "panels", [each for each in declared if isinstance(each, Panel)], raising=False)
        return [(problem.id, problem.msg) for problem in [*checks.check_menu(), *checks.check_panels()]]

    return of


def test_good_ones_are_fine(told):
    assert told(ENTRY, PANEL, Panel("workbench.beside", PANEL.function, on="job")) == []


def test_a_place_that_no_menu_has(told):
    said = "The menu entry “workbench” has the place “form”."
    assert told(MenuEntry("workbench", "Workbench", "jobs_list", "form")) == [("face.E001", said)]


@pytest.mark.parametrize(
    "entry",
    [
        MenuEntry("workbench", "Workbench", "workbench_lsit"),
        MenuEntry("workbench", "Workbench", "job_detail"),  # it needs an argument
        MenuEntry("workbench", "Workbench", "jobs_list", also=("workbench_lsit",)),
    ],
)
def test_an_entry_whose_page_is_not_there(told, entry):
    name = (entry.url_name, *entry.also)[-1]
    said = f"The menu entry “workbench” leads to “{name}”, and no page without arguments has that name."
    assert told(entry) == [("face.E014", said)]


@pytest.mark.parametrize(
    "entry",
    [PaletteEntry("workbench", "Workbench", "nowhere"), PaletteSearch("workbench", "Things", SEARCH, page="nowhere")],
)
def test_an_entry_of_the_palette_whose_page_is_not_there(monkeypatch, entry):
    monkeypatch.setattr(apps.get_app_config("workbench"), "palette", [entry], raising=False)
    said = "“workbench” of the palette leads to “nowhere”, and no page without arguments has that name."
    assert [(problem.id, problem.msg) for problem in checks.check_palette()] == [("face.E015", said)]


def test_two_entries_of_one_key(told):
    assert told(ENTRY, ENTRY) == [("face.E002", "Two menu entries have the key “workbench”.")]


def test_counts_that_can_not_be_imported(told):
    ((number, said),) = told(MenuEntry("workbench", "Workbench", "jobs_list", counts="task.nowhere.counts"))
    assert number == "face.E006"
    assert said.startswith("The counts of the menu entry “workbench” can't be imported: ")


@pytest.mark.parametrize("place", ["middle", ""])
def test_a_place_that_the_home_page_does_not_have(told, place):
    said = f"The panel “workbench.hours” has the place “{place}”."
    assert told(Panel("workbench.hours", PANEL.function, place=place)) == [("face.E003", said)]


@pytest.mark.parametrize("function", ["task.jobs.pages.home.hour", "task.nowhere.hours", "hours"])
def test_a_panel_that_can_not_be_imported(told, function):
    ((number, said),) = told(Panel("workbench.hours", function, place="corner"))
    assert number == "face.E004"
    assert said.startswith("The panel “workbench.hours” can't be imported: ")


def test_two_panels_of_one_key(told):
    assert told(PANEL, PANEL) == [("face.E005", "Two panels have the key “workbench.hours”.")]
