"""The page as a person uses it, in a real browser, on the embedded engines."""

import asyncio
import json
from pathlib import Path

import numpy as np
import soundfile

from tests.browser.open_page import new_page, opened
from tests.running import ROOT, Workbench

ANSWERED = "Object.values({a: [...s.tabs.TAB.columns.values()].every(c => [...c.turns.values()].some(t => t.view?.outcome === 'answered'))})[0]"
MARKS = ("turn_released", "stt_final", "llm_first_text", "playback_started")


def answered(tab: str) -> str:
    return ANSWERED.replace("TAB", tab)


async def test_the_sample_through_both_columns_gives_bars_that_add_up(workbench: Workbench) -> None:
    async with opened(workbench.url) as at:
        await at.page.get_by_text("Play the sample through all").first.click()
        await at.until(answered("voice"), 60)
        views = await at.store("[...s.tabs.voice.columns.values()].map(c => [...c.turns.values()].at(-1).view)")
        for view in views:
            fall = view["waterfall"]
            assert fall["complete"]
            assert abs(sum(part["ms"] for part in fall["parts"]) - fall["total_ms"]) < 1e-6
            assert view["figures"]["voice_to_voice"]["ms"] == fall["total_ms"]
            assert {part["owner"] for part in fall["parts"]} >= {"setting", "stt", "tts"}
        a, b = (view["figures"]["voice_to_voice"]["ms"] for view in views)
        assert b - a > 200  # the pause is 300 ms in A and 700 ms in B
        await at.page.locator(".fw-waterfall summary").click()
        sum_of = "[...document.querySelectorAll('.fw-waterfall td[data-{0}]')].reduce((sum, cell) => sum + Number(cell.dataset.{0}), 0)"
        totals = sum(view["waterfall"]["total_ms"] for view in views)
        for name in ("ms", "total"):  # the table says what the bars show, and adds up
            await at.until(f"Math.abs({sum_of.format(name)} - {totals}) < 1e-6")
        assert at.errors == []
        assert at.outside == []


async def test_a_typed_message_is_answered_in_text_and_aloud_in_every_column(workbench: Workbench) -> None:
    async with opened(workbench.url, path="/?tab=chat") as at:
        await at.page.locator(".fw-bench[data-tab=chat] textarea").fill("I feel anxious before every meeting")
        await at.page.keyboard.press("Control+Enter")
        await at.until(answered("chat"), 60)
        views = await at.store("[...s.tabs.chat.columns.values()].map(c => [...c.turns.values()].at(-1).view)")
        for view in views:
            assert view["reply"]
            assert view["figures"]["chat_response"]["ms"] > 0
            assert view["figures"]["message_to_voice"]["ms"] > view["figures"]["ttft"]["ms"]
            assert view["figures"]["vad_pause"]["reason"] == "typed"
        assert at.errors == []


async def test_stop_in_mid_reply_then_reload_finds_everything(workbench: Workbench) -> None:
    async with opened(workbench.url, path="/?tab=chat") as at:
        await at.ready("chat")
        box = at.page.locator(".fw-bench[data-tab=chat] textarea")
        await box.fill("Hello, I have not been sleeping well")
        await box.press("Enter")
        await at.until(
            "[...s.tabs.chat.columns.values()].some(c => [...c.turns.values()].some(t => t.view?.figures.message_to_voice.ms))"
        )
        await box.blur()
        await at.page.keyboard.press("Escape")
        await at.until("[...s.tabs.chat.columns.values()].every(c => [...c.turns.values()].every(t => t.view?.outcome))")
        before = await at.store(
            "[...s.tabs.chat.columns.values()].map(c => [...c.turns.values()].map(t => [t.turn, t.reply, t.view.outcome]))"
        )
        assert {turn[2] for column in before for turn in column} <= {"cancelled", "answered"}
        await at.page.reload()
        await at.until("s.tabs.chat.columns.size === 2")
        after = await at.store(
            "[...s.tabs.chat.columns.values()].map(c => [...c.turns.values()].map(t => [t.turn, t.reply, t.view.outcome]))"
        )
        assert after == before
        assert await at.page.locator(".fw-bench[data-tab=chat] .fw-you").first.inner_text()


async def test_reload_in_mid_turn_cancels_it_and_says_so(workbench: Workbench) -> None:
    async with opened(workbench.url, path="/?tab=chat") as at:
        await at.ready("chat")
        await at.send(
            "say",
            tab="chat",
            text="Tell me a long story about a dog",
            sent_at_ms=await at.page.evaluate("window.firstword.link.now()"),
        )
        await at.until("[...s.tabs.chat.columns.values()].every(c => c.turns.size === 1)")
        await at.page.reload()
        await at.until("[...s.tabs.chat.columns.values()].some(c => [...c.turns.values()].some(t => t.view?.outcome))")
        reasons = await at.store(
            "[...s.tabs.chat.columns.values()].flatMap(c => [...c.turns.values()].map(t => t.view.reason))"
        )
        assert set(reasons) <= {"page_reloaded", ""}
        assert "page_reloaded" in reasons


async def test_the_microphone_is_heard_and_answered(workbench: Workbench, tmp_path: Path) -> None:
    pcm, rate = soundfile.read(ROOT / "samples/en-haircut-slt.flac", dtype="float32")
    silence = np.zeros(rate * 4, np.float32)
    clip = tmp_path / "speech.wav"
    soundfile.write(clip, np.concatenate([np.zeros(rate, np.float32), pcm, silence]), rate)
    async with opened(workbench.url, microphone=clip) as at:
        await at.ready()
        await at.page.keyboard.press("Space")
        await at.until(answered("voice"), 60)
        view = (await at.store("[...s.tabs.voice.columns.values()].map(c => [...c.turns.values()].at(-1).view)"))[0]
        assert "friday" in view["transcript"]
        assert view["input"] == "microphone"
        assert view["figures"]["voice_to_voice"]["estimated"]
        assert view["figures"]["voice_to_voice"]["error_ms"] >= 50  # the detector's own measured bias
        await at.page.keyboard.press("Space")
        await at.until("!s.microphone.on")
        assert at.errors == []


async def test_a_denied_microphone_says_what_to_do(workbench: Workbench) -> None:
    async with opened(workbench.url, denied=True) as at:
        await at.page.keyboard.press("Space")
        alert = at.page.locator(".fw-bench[data-tab=voice] .fw-problems [role=alert]")
        await alert.wait_for()
        text = await alert.inner_text()
        assert "microphone" in text.lower()
        assert "sample" in text


async def test_two_tabs_of_one_browser_do_not_disturb_each_other(workbench: Workbench) -> None:
    async with opened(workbench.url, path="/?tab=chat") as one, new_page(one.context, workbench.url + "/?tab=chat") as two:
        assert await one.page.evaluate("sessionStorage['firstword.page']") != await two.page.evaluate(
            "sessionStorage['firstword.page']"
        )
        await two.send("column_preset", tab="chat", column="A", preset="scripted")
        await two.until("s.tabs.chat.workspace.columns[0].preset === 'scripted'")
        assert await one.store("s.tabs.chat.workspace.columns[0].preset") != "scripted"
        for at, text in ((one, "first"), (two, "second")):
            await at.send("say", tab="chat", text=text, sent_at_ms=await at.page.evaluate("window.firstword.link.now()"))
        for at, text in ((one, "first"), (two, "second")):
            await at.until(answered("chat"), 60)
            assert await at.store("[...s.tabs.chat.columns.get('A').turns.values()].map(t => t.text)") == [text]


async def test_a_changed_knob_is_marked_can_be_undone_and_saved(workbench: Workbench) -> None:
    async with opened(workbench.url) as at:
        await at.ready()
        column = at.page.locator(".fw-column[data-column=A]")
        await column.get_by_role("button", name="A: Settings").click()
        field = column.locator("[data-path='listening.pause_ms'] input[type=number]")
        await field.fill("450")
        await at.until("s.tabs.voice.workspace.columns[0].configuration.listening.pause_ms === 450")
        await column.locator(".fw-modified").wait_for()
        assert await column.locator("[data-path='listening.pause_ms']").evaluate("row => row.classList.contains('fw-changed')")
        await field.fill("9")
        await column.locator("[data-path='listening.pause_ms'] [role=alert]").wait_for()
        assert "50" in await column.locator("[data-path='listening.pause_ms'] [role=alert]").inner_text()
        await field.fill("450")
        await column.get_by_role("button", name="Undo").click()
        await at.until("s.tabs.voice.workspace.columns[0].configuration.listening.pause_ms === 300")
        await field.fill("460")
        await at.until("s.tabs.voice.workspace.columns[0].modified.length === 1")
        at.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept("My <b>pause</b>")))
        await column.get_by_role("button", name="Save as…").click()
        await at.until("s.presets.some(p => p.own && p.title.en === 'My <b>pause</b>')")
        await at.until("s.tabs.voice.workspace.columns[0].modified.length === 0")
        await at.send("preset_delete", preset=await at.store("s.presets.find(p => p.own).id"))
        await at.until("!s.presets.some(p => p.own)")


async def test_what_is_typed_and_answered_is_never_markup(workbench: Workbench) -> None:
    hostile = "<img src=x onerror=\"window.hacked=1\"> ${window.hacked=1} {{constructor.constructor('window.hacked=1')()}}"
    async with opened(workbench.url, path="/?tab=chat&compare=chat:scripted") as at:
        await at.send("say", tab="chat", text=hostile, sent_at_ms=await at.page.evaluate("window.firstword.link.now()"))
        await at.until("[...s.tabs.chat.columns.get('A').turns.values()].some(t => t.reply.includes('onerror'))", 60)
        assert await at.page.evaluate("window.hacked") is None
        assert await at.page.locator(".fw-bench img").count() == 0
        assert at.outside == []


async def test_a_link_opens_the_same_comparison(workbench: Workbench) -> None:
    async with opened(workbench.url, path="/?compare=embedded-light-vad,embedded,scripted") as at:
        assert await at.store("s.tabs.voice.workspace.columns.map(c => c.preset)") == [
            "embedded-light-vad",
            "embedded",
            "scripted",
        ]
        link = await at.store("s.tabs.voice.workspace.link")
        assert link == "embedded-light-vad,embedded,scripted"
        assert "compare" not in at.page.url


async def test_run_states_the_difference_with_its_interval(workbench: Workbench) -> None:
    async with opened(workbench.url, path="/?tab=chat&compare=chat:scripted,scripted") as at:
        for letter, first_text_ms in (("A", 20), ("B", 120)):
            configuration = await at.store(f"s.tabs.chat.workspace.columns.find(c => c.column === '{letter}').configuration")
            configuration["thinking"]["chat"]["options"] = {
                "first_text_ms": first_text_ms,
                "tokens_per_s": 1000,
                "text": "Yes.",
            }
            configuration["speaking"]["tts"]["options"] = {"first_byte_ms": 10, "lead_silence_ms": 0}
            await at.send("column_configure", tab="chat", column=letter, configuration=configuration)
        await at.until("s.tabs.chat.workspace.columns.every(c => c.modified.length && c.ready)")
        await at.send("run", tab="chat", repeat=7, text="hello")
        await at.until("s.tabs.chat.run")
        await at.until("s.tabs.chat.verdict", 120)
        verdict = await at.store("s.tabs.chat.verdict")
        assert verdict["decided"], json.dumps(verdict)
        assert verdict["first"] == "A"
        assert verdict["n"] == 7
        assert verdict["low_ms"] <= verdict["difference_ms"] <= verdict["high_ms"]
        assert 60 <= verdict["difference_ms"] <= 140
        assert verdict["sentence"]["en"] in await at.page.locator(".fw-bench[data-tab=chat] .fw-sentence").inner_text()
        assert "A" in verdict["sentence"]["ru"]


async def test_russian_dark_and_phone_wide(workbench: Workbench) -> None:
    async with opened(workbench.url, width=390, height=844, locale="ru-RU", color_scheme="dark", has_touch=True) as at:
        await at.ready()
        assert await at.page.locator(".fw-name").inner_text() == "Firstword"
        assert "куда уходит" in await at.page.locator(".fw-tagline").text_content()
        assert await at.page.get_by_role("tab", name="Живой разговор").count() == 1
        wide = await at.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        await at.page.get_by_role("button", name="Switch to English").click()
        assert await at.page.get_by_role("tab", name="Live voice").count() == 1


async def test_every_control_has_a_name_and_the_keyboard_reaches_it(workbench: Workbench) -> None:
    async with opened(workbench.url) as at:
        await at.ready()
        nameless = await at.page.evaluate(
            """[...document.querySelectorAll('.fw-bench button, .fw-header button, .fw-bench select, .fw-bench textarea')]
            .filter(e => e.offsetParent && !(e.getAttribute('aria-label') || e.textContent.trim() || e.title)).map(e => e.className)"""
        )
        assert nameless == []
        await at.page.keyboard.press("?")
        await at.page.locator("dialog.fw-help[open]").wait_for()
        assert await at.page.locator("dialog.fw-help dt").count() > 15
        await at.page.keyboard.press("Escape")
        await at.page.get_by_role("tab", name="Live voice").focus()
        await at.page.keyboard.press("ArrowRight")
        await at.page.locator(".fw-bench[data-tab=chat] .fw-column").first.wait_for()


async def test_the_eighth_tab_works_like_the_first(workbench: Workbench) -> None:
    async with opened(workbench.url, path="/?tab=chat") as first:
        pages = [first]
        for _ in range(7):
            page = await first.context.new_page()
            await page.goto(workbench.url + "/?tab=chat", timeout=20_000)
            await page.wait_for_function("window.firstword?.store.ready", timeout=20_000)
            pages.append(page)
        assert len(pages) == 8


async def test_a_dropped_socket_comes_back_and_the_turn_goes_on(workbench: Workbench) -> None:
    async with opened(workbench.url, path="/?tab=chat&compare=chat:scripted") as at:
        await at.ready("chat")
        await at.send("say", tab="chat", text="hello", sent_at_ms=await at.page.evaluate("window.firstword.link.now()"))
        await at.until("[...s.tabs.chat.columns.get('A').turns.values()].some(t => t.reply)")
        # A second socket of the same page takes the first one's place, which drops it.
        await at.page.evaluate(
            """async () => {
              const { ticket } = await (await fetch('/wb/ticket', { method: 'POST' })).json();
              const other = new WebSocket(`ws://${location.host}/wb/socket?ticket=${ticket}`);
              await new Promise((done) => (other.onopen = done));
              other.send(JSON.stringify({ type: 'hello', page: sessionStorage['firstword.page'], from: null, language: 'en', fresh: false }));
              await new Promise((done) => (other.onmessage = done));
              other.close();
            }"""
        )
        await at.until("s.connection.state === 'open'")
        await at.until("[...s.tabs.chat.columns.get('A').turns.values()].at(-1).view?.outcome", 40)
        outcome = await at.store("[...s.tabs.chat.columns.get('A').turns.values()].at(-1).view")
        assert outcome["outcome"] == "answered", outcome


async def test_a_recording_of_ones_own_is_played_and_what_is_none_is_refused_in_words(
    workbench: Workbench, tmp_path: Path
) -> None:
    pcm, rate = soundfile.read(ROOT / "samples/en-time-slt.flac", dtype="float32")
    stereo = tmp_path / "my question.wav"
    soundfile.write(stereo, np.column_stack([pcm, pcm]), rate, subtype="FLOAT")
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"")
    async with opened(workbench.url, path="/?compare=embedded-pause-300") as at:
        await at.ready()
        chooser = at.page.locator(".fw-bench[data-tab=voice] input[type=file]")
        await chooser.set_input_files(empty)
        await at.page.locator(".fw-bench[data-tab=voice] .fw-problems [role=alert]").wait_for()
        await chooser.set_input_files(stereo)
        await at.until("s.inputs.some(i => i.own && i.title.includes('my question'))")
        await at.page.get_by_role("button", name="Play it to all columns").first.click()
        await at.until(answered("voice"), 60)
        view = await at.store("[...s.tabs.voice.columns.get('A').turns.values()].at(-1).view")
        assert view["transcript"] == "what time is it"
        assert view["figures"]["voice_to_voice"]["estimated"]  # nobody labelled it
