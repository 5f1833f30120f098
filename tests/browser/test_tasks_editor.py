"""Professions made and changed by somebody who does not program: in a real browser, saved by a real workbench."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Dialog, Locator, Page, expect

from tests.browser.open_page import new_page, opened
from tests.browser.test_tasks import profession
from tests.running import Workbench

PATH = "/?tab=tasks"


class Desk:
    """The editor, by what a person sees of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".fw-ed")
        self.status = page.locator(".fw-ed-bar .fw-saved")
        self.tasks = page.locator(".fw-ed-task")

    def card(self, name: str) -> Locator:
        return self.page.locator(f".fw-card[data-profession={name}]")

    async def edit(self, name: str) -> None:
        await self.card(name).locator("[data-does=edit]").click()
        await self.root.wait_for()

    def task(self, number: int) -> Locator:
        return self.page.locator(f".fw-ed-task[data-task='{number}']")

    async def unfold(self, number: int) -> Locator:
        toggle = self.task(number).locator(".fw-ed-toggle")
        if await toggle.get_attribute("aria-expanded") == "false":
            await toggle.click()
        return self.task(number)

    async def save(self) -> None:
        await self.page.get_by_role("button", name="Save", exact=True).click()

    async def saved(self) -> None:
        await self.save()
        await expect(self.status).to_have_attribute("data-state", "saved")

    async def leave(self) -> None:
        await self.page.locator("#fw-ed-close").click()
        await expect(self.root).to_have_count(0)

    async def names(self) -> list[str]:
        return await self.page.locator(".fw-ed-name").all_inner_texts()

    async def stored(self, number: int) -> dict[str, Any]:
        """As the workbench has it."""
        return (await self.page.evaluate("async (id) => (await fetch(`/api/professions/${id}`)).json()", number))["profession"]

    async def listed(self) -> list[dict[str, Any]]:
        return await self.page.evaluate("async () => (await fetch('/api/professions')).json()")


def bring_in(workbench: Workbench, data: dict[str, Any]) -> int:
    """As a user brings a file. Returns its number, which is a new one if it was taken."""
    with workbench.signed_in() as client:
        taken = client.post(
            "/api/professions/import",
            content=json.dumps(data),
            headers={"origin": workbench.url, "content-type": "application/yaml"},
        )
        assert taken.status_code == httpx.codes.CREATED, taken.text
        return int(taken.json()["profession"]["id"])


@pytest.fixture(scope="module", autouse=True)
def professions(workbench: Workbench) -> None:
    for number, name in enumerate(("edited", "doubtful", "shared", "passing"), 9101):
        bring_in(workbench, profession(number, name, 10))


def field(part: Locator, name: str) -> Locator:
    return part.locator(
        f":scope > .fw-ed-body > [data-field={name}], :scope > [data-field={name}], :scope > .fw-ed-pair > [data-field={name}]"
    )


def box(part: Locator, name: str) -> Locator:
    return field(part, name).locator("input, textarea").first


async def test_a_copy_of_a_shipped_one_is_changed_saved_and_played(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk, before = Desk(at.page), len(await Desk(at.page).listed())
        await desk.edit("project-manager")
        assert len(await desk.listed()) == before  # nothing is kept before it is saved
        await expect(desk.root.locator(".fw-ed-title")).to_have_text("Project manager (copy)")
        await at.page.get_by_label("Title of the profession").fill("Keeper of lockers")
        first, second = (await desk.names())[:2]
        await desk.task(1).get_by_role("button", name="Move down").click()
        assert (await desk.names())[:2] == [second, first]
        await expect(desk.task(2).locator("[data-does=down]").first).to_be_focused()
        await at.page.keyboard.press("Alt+ArrowUp")
        assert (await desk.names())[:2] == [first, second]
        await at.page.keyboard.press("Alt+ArrowDown")
        await desk.task(1).get_by_role("button", name="Duplicate the task").click()
        assert (await desk.names())[:3] == [second, second, first]
        await box(desk.task(2), "title").fill("The same once more")
        many = await desk.tasks.count()
        await desk.task(3).get_by_role("button", name="Remove the task").click()
        await expect(desk.tasks).to_have_count(many - 1)
        await at.page.locator(".fw-ed-undone button").click()
        await expect(desk.tasks).to_have_count(many)
        assert (await desk.names())[:3] == [second, "The same once more", first]  # what was typed stays
        task = await desk.unfold(1)
        await box(task, "time_limit_minutes").fill("7,5")
        await task.get_by_role("button", name="Add a criterion").click()
        added = task.locator(".fw-ed-criterion").last
        await expect(box(added, "title")).to_be_focused()
        for code in ("English", "Русский"):
            await at.page.locator(".fw-ed .fw-option", has_text=code).click()
            await box(added, "title").fill(f"Added {code}")
            await box(added, "looks_for").fill("A word.")
            await box(added, "signs").fill("locker*\n\nboard|sponsor" if code == "English" else "постамат*")
        await box(desk.task(2), "title").fill("То же ещё раз")
        await desk.saved()
        line = (await desk.listed())[-1]
        stored = await desk.stored(line["id"])
        assert (stored["name"], stored["title"]["en"]) == ("keeper-of-lockers", "Keeper of lockers")
        assert stored["title"]["ru"] == "Руководитель проекта (копия)"
        assert stored["tasks"][0]["time_limit_minutes"] == 7.5
        assert stored["tasks"][0]["criteria"][-1]["signs"] == {"en": ["locker*", "board|sponsor"], "ru": ["постамат*"]}
        assert len({task["id"] for task in stored["tasks"]}) == many
        await desk.leave()
        await desk.card("keeper-of-lockers").get_by_role("button", name="Start").click()
        await expect(at.page.locator(".fw-task-title")).to_have_text(second)
        await at.page.wait_for_function("() => document.querySelector('textarea.fw-answer')?.readOnly === false")
        assert at.errors == []
        assert at.outside == []


async def test_bad_input_is_said_at_its_field(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at.page)
        await desk.edit("doubtful")
        task = await desk.unfold(2)
        await box(task, "time_limit_minutes").fill("-5")
        await box(task.locator(".fw-ed-criterion"), "signs").fill("a*b")
        await desk.save()
        limit = box(task, "time_limit_minutes")
        await expect(field(task, "time_limit_minutes").locator(".fw-ed-wrong")).to_have_text(
            "-5 does not go here. Possible: more than 0, at most 180 minutes."
        )
        await expect(limit).to_have_attribute("aria-invalid", "true")
        await expect(limit).to_be_focused()
        assert await limit.get_attribute("aria-describedby")
        listed = at.page.locator(".fw-ed-summary li")
        await expect(listed).to_have_count(2)
        await listed.nth(1).get_by_role("button").click()
        await expect(box(task.locator(".fw-ed-criterion"), "signs")).to_be_focused()
        await box(task.locator(".fw-ed-criterion"), "signs").fill("launch")
        await expect(listed).to_have_count(1)
        await limit.fill("5")
        await expect(at.page.locator(".fw-ed-summary")).to_have_count(0)
        await task.get_by_role("button", name="Remove the criterion").click()
        await desk.save()
        await expect(task.locator(".fw-ed-criteria > .fw-ed-wrong")).to_have_text("There are no criteria: add at least one.")
        await expect(task.get_by_role("button", name="Add a criterion")).to_be_focused()
        await at.page.keyboard.press("Control+z")
        await expect(task.locator(".fw-ed-criterion")).to_have_count(1)
        await box(desk.task(2), "title").fill("")
        await desk.save()
        await expect(field(desk.task(2), "title").locator(".fw-ed-wrong")).to_contain_text("a text in it is wanted here too")
        await box(desk.task(2), "title").fill("Again")
        await desk.saved()
        assert [each for each in at.errors if "422" not in each] == []


async def test_a_missing_language_is_said_and_allowed(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at.page)
        await at.page.get_by_role("button", name="New profession").click()
        await expect(at.page.get_by_label("Title of the profession")).to_be_focused()
        await at.page.get_by_label("Title of the profession").fill("Baker")
        await at.page.get_by_label("Summary").fill("Bread.")
        task = desk.task(1)
        await box(task, "title").fill("Dough")
        await box(task, "description").fill("Say why it does not rise.")
        await expect(at.page.locator(".fw-ed .fw-tasks-bar > .fw-tasks-note")).to_contain_text("Russian: nothing yet.")
        await expect(at.page.locator(".fw-ed .fw-tasks-bar > .fw-tasks-note")).to_contain_text("English: 3 texts are missing.")
        criterion = task.locator(".fw-ed-criterion")
        for name, text in (("title", "Yeast"), ("looks_for", "Old yeast."), ("signs", "yeast")):
            await box(criterion, name).fill(text)
        await at.page.locator(".fw-ed .fw-option", has_text="Русский").click()
        await box(criterion, "title").fill("Дрожжи")
        await desk.save()
        await expect(at.page.locator(".fw-ed-summary li")).to_have_count(1)
        await expect(at.page.get_by_label("Title of the profession")).to_be_focused()
        await expect(desk.root.locator(".fw-ed-card > [data-field=title] .fw-ed-wrong")).to_contain_text("no title in it")
        await box(criterion, "title").fill("")
        await desk.saved()
        assert (await desk.listed())[-1]["languages"] == ["en"]


async def test_two_windows_lose_nothing(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as one:
        here = Desk(one.page)
        await here.edit("shared")
        async with new_page(one.context, workbench.url + PATH) as two:
            there = Desk(two.page)
            await there.edit("shared")
            await two.page.get_by_label("Summary").fill("From the second window.")
            await there.saved()
            await one.page.get_by_label("Summary").fill("From the first window.")
            await here.save()
            await expect(one.page.get_by_role("alertdialog")).to_contain_text("Another window has saved this profession")
            await expect(one.page.get_by_label("Summary")).to_have_value("From the first window.")
            await one.page.get_by_role("button", name="Load what was saved").click()
            await expect(one.page.get_by_label("Summary")).to_have_value("From the second window.")
            await one.page.get_by_role("button", name="Back to mine").click()
            await expect(one.page.get_by_label("Summary")).to_have_value("From the first window.")
            await here.save()
            await one.page.get_by_role("button", name="Save mine as a copy").click()
            await expect(here.status).to_have_attribute("data-state", "saved")
            await expect(here.root.locator(".fw-ed-title")).to_have_text("Test shared (copy)")
            assert (await here.stored(9103))["summary"]["en"] == "From the second window."
            assert (await here.listed())[-1]["summary"]["en"] == "From the first window."
            # Deleted elsewhere: what is written here can still be saved.
            await one.page.evaluate("async () => fetch('/api/professions/9103', {method: 'DELETE'})")
            await two.page.get_by_label("Summary").fill("Still there.")
            await there.save()
            await expect(two.page.get_by_role("alertdialog")).to_contain_text("was deleted")
            await two.page.get_by_role("button", name="Save mine as a copy").click()
            await expect(there.status).to_have_attribute("data-state", "saved")
            assert (await there.listed())[-1]["summary"]["en"] == "Still there."


async def test_what_is_not_saved_survives_a_reload_and_leaving_asks(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk, asked = Desk(at.page), []

        async def answer(dialog: Dialog) -> None:
            asked.append(dialog.type)
            await dialog.accept()

        at.page.on("dialog", answer)
        await desk.edit("edited")
        await at.page.get_by_label("Summary").fill("Not saved yet.")
        await (await desk.unfold(1)).get_by_role("button", name="Remove the task").click()
        await at.page.reload()
        await desk.root.wait_for()
        assert asked == ["beforeunload"]
        await expect(at.page.get_by_label("Summary")).to_have_value("Not saved yet.")
        await expect(desk.tasks).to_have_count(1)
        await expect(at.page.get_by_text("Here are your unsaved changes")).to_be_visible()
        await at.page.locator("#fw-ed-close").click()
        await expect(at.page.get_by_role("alertdialog")).to_be_visible()
        await at.page.keyboard.press("Escape")
        await expect(at.page.get_by_role("alertdialog")).to_have_count(0)
        await desk.page.keyboard.press("Control+s")
        await expect(desk.status).to_have_attribute("data-state", "saved")
        await at.page.reload()
        await desk.root.wait_for()
        assert asked == ["beforeunload"]  # nothing would have been lost
        await at.page.get_by_label("Summary").fill("Thrown away.")
        await at.page.locator("#fw-ed-close").click()
        await at.page.get_by_role("button", name="Discard them").click()
        await expect(desk.root).to_have_count(0)
        assert (await desk.stored(9101))["summary"]["en"] == "Not saved yet."
        await at.page.reload()
        await desk.card("edited").wait_for()
        await expect(desk.root).to_have_count(0)


async def test_the_question_is_previewed_in_place(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at.page)
        await desk.edit("data-analyst")
        task = await desk.unfold(1)
        await box(task, "material").fill(
            "| Day | Lockers |\n|---|---:|\n| Thursday | 41 |\n\n<img src=x onerror='window.hacked=1'>"
        )
        await task.get_by_role("button", name="Preview", exact=True).click()
        shown = task.locator(".fw-ed-preview")
        await expect(shown).to_have_attribute("data-done", "true")
        await expect(shown.locator("td").nth(1)).to_have_text("41")
        await expect(shown.locator("[data-figure=ttft]")).to_be_visible()
        assert await at.page.locator(".fw-tasks img").count() == 0
        await box(task, "time_limit_minutes").fill("0")
        await task.get_by_role("button", name="Preview", exact=True).click()
        await expect(box(task, "time_limit_minutes")).to_be_focused()
        await expect(shown.locator(".fw-problem")).to_contain_text("There is a mistake in the fields above")
        assert await at.page.evaluate("window.hacked") is None


async def test_files_go_out_and_come_in_again_the_same(workbench: Workbench, tmp_path: Path) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at.page)
        before = await desk.stored(9104)
        async with at.page.expect_download() as download:
            await desk.card("passing").locator("[data-does=export]").click()
        file = tmp_path / (await download.value).suggested_filename
        await (await download.value).save_as(file)
        await desk.card("passing").locator("[data-does=delete]").click()
        await expect(desk.card("passing")).to_have_count(0)
        await at.page.locator("[data-does=undelete]").click()
        await desk.card("passing").wait_for()
        assert await desk.stored(9104) == before
        await desk.card("passing").locator("[data-does=delete]").click()
        await expect(desk.card("passing")).to_have_count(0)
        await at.page.locator(".fw-tasks-actions input[type=file]").set_input_files(file)
        await expect(desk.card("passing").locator("[data-does=edit]")).to_be_focused()
        assert await desk.stored(9104) == before
        # Dropped onto the page: the number is taken now, so it gets another one.
        await at.page.evaluate(
            """(text) => {
                const carried = new DataTransfer();
                carried.items.add(new File([text], "passing.yaml"));
                const target = document.querySelector(".fw-cards");
                for (const type of ["dragover", "drop"]) target.dispatchEvent(new DragEvent(type, {dataTransfer: carried, bubbles: true, cancelable: true}));
            }""",
            file.read_text(encoding="utf-8"),
        )
        await expect(at.page.locator(".fw-ed-notices")).to_contain_text("got new ones")
        await desk.card("passing-2").wait_for()


async def test_a_file_with_mistakes_says_where_they_are(workbench: Workbench, tmp_path: Path) -> None:
    twice = profession(9105, "twice", 10)
    twice["tasks"][1]["id"] = twice["tasks"][0]["id"]
    file = tmp_path / "twice.yaml"
    file.write_text(json.dumps(twice, indent=1))
    async with opened(workbench.url, path=PATH) as at:
        await at.page.locator(".fw-tasks-actions input[type=file]").set_input_files(file)
        found = at.page.locator(".fw-ed-notices li")
        await expect(found).to_have_count(1)
        line = 1 + [n for n, text in enumerate(file.read_text().splitlines()) if '"id": 91051' in text][1]
        await expect(found).to_have_text(
            f"line {line} · Task 2 · number: It has the same number 91051 as task 1. Possible: another number for each task."
        )
        await expect(found).to_have_attribute("data-path", "tasks.1.id")
        await expect(at.page.locator(".fw-card[data-profession=twice]")).to_have_count(0)


async def test_on_a_phone_in_russian_each_field_has_its_label(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH, width=390, height=844, locale="ru-RU") as at:
        desk = Desk(at.page)
        await desk.edit("support-engineer")
        for number in range(1, await desk.tasks.count() + 1):
            await desk.unfold(number)
        unnamed = await at.page.evaluate(
            """() => [...document.querySelectorAll('.fw-ed :is(input, textarea, button)')]
                .filter((each) => !(each.labels?.length || each.ariaLabel || each.textContent.trim())).length"""
        )
        assert unnamed == 0
        assert await at.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert "_" not in "".join(await at.page.locator(".fw-ed :is(label, button, .fw-tasks-note)").all_inner_texts())
