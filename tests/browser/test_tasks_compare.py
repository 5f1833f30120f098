"""The same task side by side, as a person compares: in a real browser, with the embedded and the scripted model."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.open_page import Opened, opened
from tests.running import Workbench
from tests.web.tasks_client import add_preset

PATH = "/?tab=tasks"
FIGURES = ("ttft_ms", "first_shown_ms", "total_ms")


@pytest.fixture(scope="module")
def presets(workbench: Workbench) -> dict[str, str]:
    """Scripted models, brought in as a user's own presets: a quick one, one that fails twice, a slow one."""
    words = " ".join(["word"] * 11)
    return {
        "quick": add_preset(workbench.data, "quick-words", first_text_ms=20, tokens_per_s=100, text=words),
        "fails": add_preset(workbench.data, "fails", fault={"kind": "error", "after": 1, "only_turns": [2, 4]}),
        "slow": add_preset(workbench.data, "slow", first_text_ms=200),
    }


class Panel:
    """The comparison, by what a person sees of it."""

    def __init__(self, at: Opened) -> None:
        self.at, self.page = at, at.page
        self.root = at.page.locator(".fw-compare")
        self.sentence = self.root.locator(".fw-sentence")
        self.stop = self.root.locator(".fw-compare-stop")
        self.go = self.root.locator(".fw-compare-go")

    async def open(self, *models: str, repeats: int = 3) -> None:
        """Open it, with these models in the lanes."""
        await self.page.locator(".fw-tasks-actions [aria-controls=fw-compare]").click()
        await self.root.wait_for()
        for letter, model in zip("ABCD", models, strict=False):
            await self.lane(letter).locator("select").select_option(model)
        await self.root.locator("#fw-compare-repeats").fill(str(repeats))

    def lane(self, letter: str) -> Locator:
        return self.root.locator(f".fw-lane[data-lane={letter}]")

    async def way(self, letter: str, words: str) -> None:
        await self.lane(letter).get_by_text(words, exact=True).click()

    async def finished(self) -> None:
        await expect(self.go).to_be_visible(timeout=30_000)

    async def ms(self, letter: str, figure: str) -> float:
        return float(await self.lane(letter).locator(f"[data-figure={figure}]").get_attribute("data-ms") or 0)

    async def file(self) -> list[dict[str, str]]:
        async with self.page.expect_download() as download:
            await self.root.locator(".fw-compare-save").click()
        file = await download.value
        assert file.suggested_filename.endswith(".csv")
        text = Path(await file.path()).read_text("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))


async def told(page: Page) -> Any:
    """What the workbench said in the end."""
    return await page.evaluate("document.querySelector('.fw-tasks').view.compare.run.verdict")


async def test_streamed_and_at_once_with_the_embedded_model(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        panel = Panel(at)
        await panel.open()
        await expect(panel.root.locator("#fw-compare-repeats")).to_have_value("3")
        for letter, words in (("A", "streamed"), ("B", "all at once")):
            await expect(panel.lane(letter).locator(".fw-option:has(:checked)")).to_have_text(words)
            await expect(panel.lane(letter).locator("select")).to_have_value("embedded")
            assert await panel.lane(letter).locator(".fw-label").all_inner_texts() == ["embedded", "rule-based"]
        await panel.go.click()
        await panel.finished()
        for letter in "AB":
            await expect(panel.lane(letter).locator(".fw-lane-counted")).to_have_text("3 of 3 answered")
            for figure in FIGURES:
                assert await panel.ms(letter, figure) > 0
                chart = panel.root.locator(f"[data-chart={figure}] [data-lane={letter}]")
                assert await chart.locator(".fw-dots-dot").count() == 3
                assert await chart.locator(".fw-dots-median").count() == 1
                assert "n 3" in str(await chart.get_attribute("aria-label"))
                assert await panel.lane(letter).locator(f"[data-figure={figure}]").get_attribute("title")
        said = await told(at.page)
        assert await panel.sentence.inner_text() == said["sentences"][0]["en"]
        # The medians of the page are those of the workbench.
        await panel.root.locator(".fw-dots-twin summary").click()
        rows = panel.root.locator("tbody[data-part=medians] tr")
        for n, lane in enumerate(said["lanes"]):
            cells = await rows.nth(n).locator("td").all_inner_texts()
            assert cells[2:] == [f"{lane[f'median_{figure}']:.1f}" for figure in FIGURES]
        assert await panel.root.locator("tbody[data-part=calls] tr:has(td)").count() == 8  # warm-ups, too
        assert at.errors == []
        assert at.outside == []


async def test_what_a_person_waits_for_differs_and_the_verdict_says_so(workbench: Workbench, presets: dict[str, str]) -> None:
    async with opened(workbench.url, path=PATH) as at:
        panel = Panel(at)
        await panel.open(presets["quick"], repeats=6)
        # The second lane keeps to the first one's model until it has its own.
        await expect(panel.lane("B").locator("select")).to_have_value(presets["quick"])
        await expect(panel.lane("A").locator(".fw-label")).to_have_text("scripted")
        await panel.go.click()
        await panel.finished()
        await expect(panel.sentence).to_contain_text("A answers")
        await expect(panel.root.locator(".fw-compare-verdict")).to_have_class("fw-verdict fw-compare-verdict fw-decided")
        assert await panel.ms("B", "first_shown_ms") > await panel.ms("A", "first_shown_ms") + 50
        lines = await panel.file()
        assert [line["phase"] for line in lines] == ["warm-up"] * 2 + ["measured"] * 12
        assert {line["preset"] for line in lines} == {presets["quick"]}
        assert {(line["lane"], line["streamed"]) for line in lines} == {("A", "true"), ("B", "false")}
        assert all(float(line["total_ms"]) > 100 for line in lines)


async def test_the_file_has_nothing_that_a_spreadsheet_runs(workbench: Workbench) -> None:
    cells = ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\tx", 'a "b", c', -1.5, None, False]
    async with opened(workbench.url, path=PATH) as at:
        written = await at.page.evaluate(
            "async (cells) => cells.map((await import('/wb/static/tasks/compare_csv.js')).cell)", cells
        )
    assert written == ["'=1+1", "'+cmd", "'-cmd", "'@SUM(A1)", "'\tx", '"a ""b"", c"', "-1.5", "", "false"]


async def test_failures_of_a_lane_are_told_and_counted_and_the_others_go_on(
    workbench: Workbench, presets: dict[str, str]
) -> None:
    async with opened(workbench.url, path=PATH) as at:
        panel = Panel(at)
        await panel.open(presets["quick"], presets["fails"], repeats=5)
        await panel.way("B", "streamed")
        await panel.go.click()
        await panel.finished()
        await expect(panel.lane("A").locator(".fw-lane-counted")).to_have_text("5 of 5 answered")
        await expect(panel.lane("A").locator(".fw-lane-trouble")).to_be_hidden()
        await expect(panel.lane("B").locator(".fw-lane-counted")).to_have_text("3 of 5 answered · 2 failed")
        await expect(panel.lane("B").locator(".fw-lane-trouble")).to_contain_text("last failed: ")
        await expect(panel.root.locator("[data-chart=ttft_ms] [data-lane=B] .fw-dots-dot")).to_have_count(3)
        failed = [line for line in await panel.file() if line["outcome"] == "failed"]
        assert [(line["lane"], line["code"]) for line in failed] == [("B", "service_failed")] * 2


async def test_a_lane_without_its_key_is_left_out_and_the_others_run(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        panel = Panel(at)
        await panel.open("openai", "embedded", repeats=2)
        await panel.root.get_by_role("button", name="Add a lane").click()
        await panel.lane("C").locator("select").select_option("embedded")
        await panel.way("C", "all at once")
        await expect(panel.lane("A").locator(".fw-lane-trouble")).to_contain_text("OPENAI_API_KEY")
        await panel.go.click()
        await panel.finished()
        # Letters go to those that ran, so that the verdict's letters are the lanes'.
        await expect(panel.lane("C").locator("select")).to_have_value("openai")
        await expect(panel.lane("C").locator(".fw-lane-state")).to_have_text("cannot run: it is left out")
        for letter, words in (("A", "all at once"), ("B", "all at once")):
            await expect(panel.lane(letter).locator(".fw-lane-counted")).to_have_text("2 of 2 answered")
            await expect(panel.lane(letter).locator(".fw-option:has(:checked)")).to_have_text(words)
        await expect(panel.sentence).to_contain_text("Cannot tell yet")
        await panel.lane("C").get_by_role("button", name="Remove lane C").click()
        await expect(panel.root.locator(".fw-lane")).to_have_count(2)
        await expect(panel.sentence).to_be_hidden()  # the lanes are others now


async def test_escape_stops_and_keeps_what_was_measured(workbench: Workbench, presets: dict[str, str]) -> None:
    async with opened(workbench.url, path=PATH) as at:
        panel = Panel(at)
        await panel.open(presets["slow"], repeats=50)
        await panel.go.click()
        await expect(panel.stop).to_be_focused()
        await expect(panel.root.locator(".fw-compare-progress")).to_contain_text("of 102 calls · about")
        await expect(panel.lane("B").locator(".fw-lane-counted")).to_contain_text("of")
        await at.page.keyboard.press("Escape")
        await expect(panel.sentence).to_contain_text("Stopped after")
        await expect(panel.go).to_be_focused()
        assert await panel.ms("B", "total_ms") > 200
        assert await told(at.page) is None
        # The workbench has let go of it: another run is taken, with another number of rounds.
        await panel.root.locator("#fw-compare-repeats").fill("1")
        for _ in range(40):
            await panel.go.click()
            await panel.finished()
            if await told(at.page):
                break
        await expect(panel.lane("A").locator(".fw-lane-counted")).to_have_text("1 of 1 answered")
        await expect(panel.sentence).to_contain_text("Cannot tell yet")


async def test_a_trial_that_begins_ends_it(workbench: Workbench, presets: dict[str, str]) -> None:
    async with opened(workbench.url, path=PATH) as at:
        panel = Panel(at)
        await panel.open(presets["slow"], repeats=50)
        await panel.go.click()
        await expect(panel.lane("B").locator(".fw-lane-counted")).to_contain_text("of")
        await at.page.locator(".fw-card[data-profession=data-analyst] .fw-primary").click()
        await at.page.wait_for_function("() => document.querySelector('.fw-tasks').view.compare.run.state === 'stopped'")
        await at.page.get_by_role("button", name="All professions").click()
        await expect(panel.sentence).to_contain_text("Stopped after")


async def test_a_second_run_at_the_same_time_is_refused_in_words(workbench: Workbench, presets: dict[str, str]) -> None:
    body = json.dumps({"profession": 1, "task_id": 101, "lanes": [{"preset": presets["slow"]}], "repeats": 50})
    async with opened(workbench.url, path=PATH) as at:
        await at.page.evaluate(
            """async (body) => {
              const headers = {'content-type': 'application/json'};
              window.other = await fetch('/api/tasks/compare', {method: 'POST', headers, body});
            }""",
            body,
        )
        panel = Panel(at)
        await panel.open()
        await panel.go.click()
        await expect(panel.root.get_by_role("alert")).to_have_text("A run is under way: stop it first.")
        await expect(panel.go).to_be_focused()
        await at.page.evaluate("window.other.body.cancel()")


async def test_it_says_why_it_cannot_be_run(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        panel = Panel(at)
        await panel.open(repeats=51)
        await expect(panel.go).to_be_disabled()
        await expect(panel.root.get_by_text("Choose 1 to 50 rounds.")).to_be_visible()
        await panel.root.locator("#fw-compare-repeats").fill("50")
        await expect(panel.go).to_be_enabled()
        await panel.lane("A").locator("select").select_option("groq")
        await expect(panel.go).to_be_disabled()  # the second lane went with the first


async def test_by_keyboard_in_russian(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH, locale="ru-RU") as at:
        panel = Panel(at)
        opener = at.page.locator(".fw-tasks-actions [aria-controls=fw-compare]")
        await expect(opener).to_have_text("Сравнить")
        await opener.focus()
        await at.page.keyboard.press("Enter")
        await expect(panel.root.locator("h2")).to_be_focused()
        for _ in range(3):
            await at.page.keyboard.press("Tab")
        await at.page.keyboard.type("2")
        await expect(panel.root.locator("#fw-compare-repeats")).to_have_value("2")
        for _ in range(2):
            await at.page.keyboard.press("Tab")
        await expect(panel.go).to_be_focused()
        await at.page.keyboard.press("Enter")
        await panel.finished()
        await expect(panel.go).to_be_focused()
        await expect(panel.lane("B").locator(".fw-lane-counted")).to_have_text("отвечено 2 из 2")
        said = await told(at.page)
        assert await panel.sentence.inner_text() == said["sentences"][0]["ru"]
        # In the page's other language all of it is said again, and nothing of it is lost.
        await at.page.get_by_role("button", name="Switch to English").click()
        await expect(panel.lane("B").locator(".fw-lane-counted")).to_have_text("2 of 2 answered")
        assert await panel.sentence.inner_text() == said["sentences"][0]["en"]
        assert at.errors == []


async def test_on_a_phone_nothing_stands_outside_of_the_screen(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH, width=390, height=844) as at:
        panel = Panel(at)
        await panel.open(repeats=1)
        await panel.go.click()
        await panel.finished()
        await panel.root.locator(".fw-dots-twin summary").click()
        outside = "e => [...e.querySelectorAll('*')].filter(c => !c.closest('.fw-table-place') && c.getBoundingClientRect().right > innerWidth).length"
        assert await panel.root.evaluate(outside) == 0
