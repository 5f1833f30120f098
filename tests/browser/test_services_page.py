"""Services over the network as a person meets them: a local wire server stands in for the vendor, and must never look like it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bench.wire.plan import Fault, Plan
from bench.wire.vendor_process import WireServer, running_wire_server
from tests.browser.open_page import Opened, opened
from tests.running import Workbench

COLUMN = ".fw-bench[data-tab=chat] .fw-column[data-column=A]"


@pytest.fixture(scope="module")
def wire() -> Iterator[WireServer]:
    with running_wire_server("openai", Plan(text="Good morning.", tokens_in=1200, tokens_cached=900), spin=False) as server:
        yield server


@asynccontextmanager
async def on_openai(workbench: Workbench, base_url: str, **context: Any) -> AsyncIterator[Opened]:
    """One column whose model is OpenAI at this address."""
    async with opened(workbench.url, path="/?tab=chat&compare=chat:scripted", **context) as at:
        configuration = await at.store("s.tabs.chat.workspace.columns[0].configuration")
        configuration["thinking"]["chat"] = {"provider": "openai", "options": {"base_url": base_url}}
        configuration["speaking"]["aloud"] = False
        await at.send("column_configure", tab="chat", column="A", configuration=configuration)
        await at.until("s.tabs.chat.workspace.columns[0].configuration.thinking.chat.provider === 'openai'")
        await at.ready("chat")
        yield at


async def say(at: Opened) -> dict[str, Any]:
    before = await at.store("s.tabs.chat.columns.get('A').turns.size")
    await at.send("say", tab="chat", text="hello", sent_at_ms=await at.page.evaluate("window.firstword.link.now()"))
    await at.until(f"s.tabs.chat.columns.get('A').turns.size > {before}")
    await at.until("[...s.tabs.chat.columns.get('A').turns.values()].at(-1).view?.outcome", 40)
    return await at.store("[...s.tabs.chat.columns.get('A').turns.values()].at(-1).view")


async def test_a_wire_server_is_labelled_wherever_its_turn_is_seen(workbench: Workbench, wire: WireServer) -> None:
    async with on_openai(workbench, wire.base_url()) as at:
        view = await say(at)
        assert view["outcome"] == "answered", view
        assert "simulated" in view["strata"]
        label = "wire server — not OpenAI"
        badges = at.page.locator(f"{COLUMN} .fw-badges")
        assert label in await badges.inner_text()
        assert f"→ {wire.host}:{wire.port}" in await badges.inner_text()
        assert label in await at.page.locator(f"{COLUMN} .fw-turn").last.inner_text()
        await at.page.locator(".fw-bench[data-tab=chat] .fw-waterfall summary").click()
        panel = at.page.locator(".fw-bench[data-tab=chat] .fw-waterfall")
        assert label in await panel.locator(".fw-stand-in-note").inner_text()
        assert label in await panel.locator("td[data-total]").locator("xpath=..").inner_text()
        assert label in await panel.locator(".fw-consumed").inner_text()
        assert "wire server" in await at.page.locator(".fw-bench[data-tab=chat] .fw-ledger").inner_text()
        used = await at.page.locator(f"{COLUMN} .fw-usage").last.inner_text()
        assert "1,200 tokens in (900 cached)" in used
        assert "$" not in used
        await at.page.get_by_role("button", name="Переключить на русский").click()
        assert "имитатор — не OpenAI" in await badges.inner_text()
        await at.page.reload()
        await at.until("s.tabs.chat.columns.get('A')?.turns.size")
        assert "не OpenAI" in await badges.inner_text()
        assert at.errors == []
        assert at.outside == []


async def test_a_refusal_counts_down_in_both_languages(workbench: Workbench, wire: WireServer) -> None:
    plan = Plan(fault=Fault(kind="status", status=429, retry_after_s=4))
    async with on_openai(workbench, wire.base_url(plan)) as at:
        view = await say(at)
        assert (view["outcome"], view["reason"], view["facts"]["retry_after"]) == ("failed", "rate_limited", "4")
        problem = at.page.locator(f"{COLUMN} > .fw-problem")
        await at.page.wait_for_function(
            "document.querySelector('.fw-bench[data-tab=chat] .fw-column[data-column=A] > .fw-problem').textContent.includes('in 2 seconds')"
        )
        await at.page.get_by_role("button", name="Переключить на русский").click()
        assert "OpenAI просит не торопиться" in await problem.inner_text()
        await at.page.wait_for_function(
            "document.querySelector('.fw-bench[data-tab=chat] .fw-column[data-column=A] > .fw-problem').textContent.includes('Теперь можно')"
        )
        assert "не OpenAI" in await at.page.locator(f"{COLUMN} .fw-turn").last.inner_text()


async def test_warming_up_says_what_is_connected_and_what_is_not(workbench: Workbench, wire: WireServer) -> None:
    async with on_openai(workbench, wire.base_url()) as at:
        button = at.page.get_by_role("button", name="A: Warm up")
        await button.focus()
        await at.page.keyboard.press("Enter")
        await at.until("s.tabs.chat.workspace.columns[0].warm_up?.running === false")
        panel = at.page.locator(f"{COLUMN} .fw-warm")
        text = await panel.inner_text()
        assert "Language model · OpenAI" in text
        assert "connected, " in text
        assert await button.is_enabled()
        await at.page.keyboard.press("Escape")
        assert await panel.is_hidden()
        configuration = await at.store("s.tabs.chat.workspace.columns[0].configuration")
        configuration["thinking"]["chat"]["options"]["base_url"] = "http://127.0.0.1:9/v1"
        await at.send("column_configure", tab="chat", column="A", configuration=configuration)
        await at.until("s.tabs.chat.workspace.columns[0].configuration.thinking.chat.options.base_url.includes(':9/')")
        await at.ready("chat")
        await button.click()
        await at.until("s.tabs.chat.workspace.columns[0].warm_up?.running === false", 30)
        assert "Nothing answers at the address of OpenAI" in await panel.inner_text()


async def test_missing_keys_are_told_with_what_to_do(workbench: Workbench) -> None:
    async with opened(workbench.url, path="/?tab=chat&compare=chat:scripted") as at:
        await at.ready("chat")
        await at.page.get_by_role("button", name="Keys", exact=True).click()
        row = at.page.locator("dialog .fw-key[data-variable=OPENAI_API_KEY]")
        assert "missing" in await row.inner_text()
        assert "Set OPENAI_API_KEY in .env and restart." in await row.inner_text()
        await at.page.keyboard.press("Escape")
        await at.page.get_by_role("button", name="A: Settings").last.click()
        picker = at.page.locator(f"{COLUMN} select[aria-label='Language model']")
        group = picker.locator("optgroup")
        assert await group.get_attribute("label") == "not available here without a key"
        assert "OpenAI — set OPENAI_API_KEY" in await group.inner_text()
        await picker.select_option("openai")
        await at.page.locator(f"{COLUMN} .fw-key-note").wait_for()
        assert "Set OPENAI_API_KEY" in await at.page.locator(f"{COLUMN} .fw-key-note").inner_text()
        await at.until("s.tabs.chat.workspace.columns[0].problem?.code === 'key_missing'")
        assert at.outside == []


async def test_a_models_end_is_told_and_an_empty_number_is_the_vendors_own(workbench: Workbench, wire: WireServer) -> None:
    async with on_openai(workbench, wire.base_url()) as at:
        # Dates move on: the suggestions are replaced by ones that lie where the test needs them.
        await at.page.evaluate(
            """() => {
              const day = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 10);
              const info = window.firstword.store.providers.chat.find((each) => each.name === 'openai');
              info.schema.properties.model.suggestions = [
                { value: 'long-lived', note: 'Stays.', note_ru: 'Остаётся.' }, { value: 'later', until: day(200), replacement: 'long-lived' },
                { value: 'soon', until: day(30), replacement: 'long-lived' }, { value: 'over', until: day(-3) } ];
            }"""
        )
        await at.page.get_by_role("button", name="A: Settings").last.click()
        field = at.page.locator(f"{COLUMN} [data-path='thinking.chat.options.model']")
        box, line = field.get_by_role("combobox"), field.locator(".fw-remark")
        await box.focus()
        for _ in range(4):  # the first opens the list
            await box.press("ArrowDown")
        await box.press("Enter")
        assert await box.input_value() == "soon"
        assert "shuts down on " in await line.inner_text()
        assert "replacement: long-lived" in await line.inner_text()
        assert await line.evaluate("e => e.classList.contains('fw-warned')")
        await at.until("s.tabs.chat.workspace.columns[0].configuration.thinking.chat.options.model === 'soon'")
        for value, words, warned in (
            ("later", "shuts down on", False),
            ("over", "was shut down on", True),
            ("long-lived", "Stays.", False),
        ):
            await box.fill(value)
            await box.press("Enter")
            assert words in await line.inner_text()
            assert await line.evaluate("e => e.classList.contains('fw-warned')") is warned
        await box.fill("something of my own")
        await box.press("Enter")
        assert await line.is_hidden()

        number = at.page.locator(f"{COLUMN} [data-path='thinking.chat.options.temperature'] input")
        assert await number.get_attribute("placeholder") == "the vendor's default"
        await number.fill("0.5")
        await at.until("s.tabs.chat.workspace.columns[0].configuration.thinking.chat.options.temperature === 0.5")
        await number.fill("")
        await at.until("s.tabs.chat.workspace.columns[0].configuration.thinking.chat.options.temperature === null")
        address = at.page.locator(f"{COLUMN} [data-path='thinking.chat.options.base_url']")
        await address.locator("input").fill("ftp://somewhere")
        await address.locator("input").press("Enter")
        await address.get_by_role("alert").wait_for()
        assert "http:// or https://" in await address.get_by_role("alert").inner_text()
        assert "ftp" not in await address.get_by_role("alert").inner_text()
        assert at.errors == []


async def test_what_a_turn_cost_is_shown_with_the_date_of_its_price(workbench: Workbench, wire: WireServer) -> None:
    async with on_openai(workbench, wire.base_url()) as at:
        view = await say(at)
        # A vendor's own answer, as the page would get it: no vendor is asked in tests.
        for service in view["services"].values():
            service["simulated"] = ""
        view["usage"]["llm"] |= {"tokens_reasoning": 64, "cost_usd": 0.00123, "priced_on": "2026-11-21"}
        view["cost"] = {"usd": 0.00123, "why": "", "stage": "", "priced_on": "2026-11-21", "at_least": False}
        await at.page.evaluate(
            "view => { const s = window.firstword.store; const m = {type: 'outcome', tab: 'chat', column: 'A', turn: view.turn, view}; s.take_outcome(m); s.emit(m); }",
            view,
        )
        used = at.page.locator(f"{COLUMN} .fw-usage").last
        assert "(64 reasoning)" in await used.inner_text()
        assert "cost $0.00123" in await used.inner_text()
        assert "21 Nov 2026" in (await used.get_attribute("title") or "")
        await at.page.locator(".fw-bench[data-tab=chat] .fw-waterfall summary").click()
        table = await at.page.locator(".fw-bench[data-tab=chat] .fw-consumed").inner_text()
        assert "$0.00123" in table
        assert "21 Nov 2026" in table
        assert "not OpenAI" not in table
