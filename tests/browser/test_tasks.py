"""The task simulation as a person uses it, in a real browser, with the embedded model."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, Request, Response, Route, expect

from tests.browser.open_page import Opened, new_page, opened
from tests.running import Workbench

PATH = "/?tab=tasks"
ANSWER = "I would move the launch to Friday because the lockers arrive on Thursday, and tell the sponsor about it today."
BOX = "textarea.fw-answer"
HOSTILE = "<img src=x onerror='window.hacked=1'> <script>window.hacked=1</script> [a](javascript:window.hacked=1)"


def profession(number: int, name: str, minutes: float, tasks: int = 2, material: str = "") -> dict[str, Any]:
    """A small one of our own, in both languages."""
    return {
        "id": number, "name": name, "title": {"en": f"Test {name}", "ru": f"Проба {name}"},
        "summary": {"en": "A short one.", "ru": "Короткая."}, "prompt": {"en": "You are an examiner.", "ru": "Вы экзаменатор."},
        "tasks": [
            {
                "id": number * 10 + order, "title": {"en": f"Task {order}", "ru": f"Задание {order}"},
                "description": {"en": "Decide about the launch and say why.", "ru": "Решите, когда запуск, и объясните почему."},
                "material": {"en": material, "ru": material} if material else {},
                "time_limit_minutes": minutes,
                "criteria": [
                    {
                        "id": "decision", "title": {"en": "A decision", "ru": "Решение"}, "weight": 2,
                        "looks_for": {"en": "A date and a reason.", "ru": "Дата и причина."},
                        "signs": {"en": ["launch", "friday", "because"], "ru": ["запуск*", "пятниц*", "потому что"]},
                    }
                ],
            }
            for order in range(1, tasks + 1)
        ],
    }  # fmt: skip


TABLE = "**Plan**\n\n| Day | Lockers |\n|---|---:|\n| Thursday | 40 |\n\n- one\n- two `code`\n\n> A letter.\n\n```\nx = 1\n```"
PROFESSIONS = (
    profession(9001, "long-ones", 30, material=TABLE),
    profession(9002, "hurried", 0.05, tasks=1),
    profession(9003, "hostile", 30, tasks=1, material=HOSTILE),
)


@pytest.fixture(scope="module", autouse=True)
def professions(workbench: Workbench) -> None:
    """Brought in as a user brings a file."""
    with workbench.signed_in() as client:
        for each in PROFESSIONS:
            taken = client.post(
                "/api/professions/import",
                content=json.dumps(each),  # JSON is YAML
                headers={"origin": workbench.url, "content-type": "application/yaml"},
            )
            assert taken.status_code == httpx.codes.CREATED, taken.text


class Desk:
    """The tab, by what a person sees of it."""

    def __init__(self, at: Opened) -> None:
        self.at, self.page = at, at.page
        self.box = at.page.locator(BOX)
        self.next = at.page.locator(".fw-next")
        self.feedback = at.page.locator(".fw-feedback .fw-written")
        self.question = at.page.locator(".fw-question .fw-written")

    async def begin(self, name: str = "long-ones") -> None:
        await self.page.locator(f".fw-card[data-profession={name}] .fw-primary").click()

    async def open(self) -> None:
        """The box is open: the question is complete and the time runs."""
        await self.until("((box) => box?.offsetParent && !box.readOnly)(document.querySelector('textarea.fw-answer'))")

    async def saved(self) -> None:
        await expect(self.page.locator(".fw-saved")).to_have_attribute("data-state", "saved")

    async def until(self, expression: str) -> None:
        await self.page.wait_for_function(f"() => {expression}", polling=50)

    async def trial(self, expression: str = "t.state") -> Any:
        return await self.page.evaluate(
            f"(() => {{ const t = document.querySelector('.fw-tasks').view.trial; return {expression}; }})()"
        )

    async def stored(self) -> dict[str, Any]:
        """As the workbench has it."""
        return await self.page.evaluate(
            "async () => (await fetch('/api/trials/' + document.querySelector('.fw-tasks').view.trial.id)).json()"
        )

    async def left_s(self) -> float:
        return float(await self.trial("t.countdown.left_s"))


async def test_from_the_first_click_to_the_report(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk, painted = Desk(at), []

        async def heard(response: Response) -> None:
            if response.url.endswith("/painted"):
                painted.append(await response.json())

        at.page.on("response", heard)
        await desk.begin()
        await desk.open()
        await expect(desk.question.locator("table td").nth(1)).to_have_text("40")
        await expect(desk.question.locator("li code")).to_have_text("code")
        await expect(desk.question.locator("pre")).to_have_text("x = 1")
        await expect(desk.box).to_be_focused()
        for name in ("ttft", "total", "shown"):
            assert float(await at.page.locator(f".fw-question [data-figure={name}]").get_attribute("data-ms") or 0) > 0
            assert await at.page.locator(f".fw-question [data-figure={name}]").get_attribute("title")
        await desk.box.fill(ANSWER)
        await desk.saved()
        await at.page.keyboard.press("Control+Enter")
        await expect(desk.next).to_be_focused()
        assert await desk.feedback.inner_text()
        assert (await desk.stored())["tasks"][1]["question"] is None  # nothing of the next task before the user goes on
        await at.page.keyboard.press("Enter")
        await desk.open()
        await expect(desk.box).to_have_value("")
        await expect(at.page.locator(".fw-task-title")).to_have_text("Task 2")
        await desk.box.fill("I do not know.")
        await at.page.get_by_role("button", name="Submit").click()
        await expect(desk.next).to_have_text("See the report")
        await desk.next.click()
        await expect(at.page.locator(".fw-total-figure")).to_contain_text("of 100")
        await expect(at.page.locator(".fw-scored-by")).to_have_text("Scored by stated rules")
        assert await at.page.locator(".fw-criterion").count() == 2
        assert await at.page.locator(".fw-criterion blockquote").first.inner_text() in ANSWER
        for words, ending in (("Download HTML", ".html"), ("Download Markdown", ".md")):
            async with at.page.expect_download() as download:
                await at.page.get_by_role("link", name=words).click()
            assert (await download.value).suggested_filename.endswith(ending)
        assert {each["known"] for each in painted} == {True}
        assert len(painted) == 4  # two questions and two feedbacks were painted
        assert at.errors == []
        assert at.outside == []


async def test_past_trials_are_opened_and_deleted_after_a_question(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at)
        await desk.begin()
        await desk.open()
        await at.page.get_by_role("button", name="All professions").click()
        card = at.page.locator(".fw-card[data-profession=long-ones]")
        await expect(card.locator(".fw-primary")).to_have_text("Go on: task 1 of 2")
        await card.get_by_role("button", name="Start anew").click()
        await desk.open()
        await at.page.go_back()
        await expect(at.page.locator(".fw-past")).to_have_count(2)
        gone = at.page.locator(".fw-past[data-ended=abandoned]")
        await expect(gone.locator(".fw-past-state")).to_have_text("given up after 0 of 2 answers")
        await gone.get_by_role("button", name="Delete").click()
        await at.page.keyboard.press("Escape")
        await expect(at.page.locator(".fw-past")).to_have_count(2)
        await gone.get_by_role("button", name="Delete").click()
        await at.page.keyboard.press("Enter")
        await expect(at.page.locator(".fw-past")).to_have_count(1)


async def test_when_the_time_is_over_the_answer_so_far_is_submitted(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at)
        await desk.begin("hurried")
        await desk.open()
        await desk.box.fill(ANSWER)
        await desk.next.wait_for()
        await expect(at.page.get_by_text("Time was up: what you had written by then was submitted.")).to_be_visible()
        answer = (await desk.stored())["tasks"][0]["answer"]
        assert (answer["text"], answer["reason"]) == (ANSWER, "expired")
        assert answer["late_s"] < 2
        assert at.errors == []


async def test_a_reload_at_each_step_brings_everything_back(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at)
        await desk.begin()
        await desk.open()
        question, left_s = await desk.question.inner_text(), await desk.left_s()

        async def reload() -> None:
            await at.page.reload()
            await desk.until("document.querySelector('.fw-tasks')?.view?.trial?.state")

        # The clocks of this computer are set forward; the countdown does not care.
        await at.page.add_init_script("{ const now = Date.now; Date.now = () => now() + 86400000; }")
        await reload()
        await desk.open()
        assert await desk.question.inner_text() == question
        assert left_s - 30 < await desk.left_s() <= left_s
        # Not saved yet: it is kept in the window, and on its way.
        await at.page.route("**/draft?*", lambda route: route.abort())
        await desk.box.fill(ANSWER)
        await reload()
        await desk.open()
        await expect(desk.box).to_have_value(ANSWER)
        await at.page.unroute("**/draft?*")
        await desk.saved()
        await reload()
        await desk.open()
        await expect(desk.box).to_have_value(ANSWER)
        await at.page.keyboard.press("Control+Enter")
        await desk.next.wait_for()
        feedback = await desk.feedback.inner_text()
        await reload()
        await desk.next.wait_for()
        assert await desk.feedback.inner_text() == feedback
        await desk.next.click()
        await desk.open()
        await reload()
        await desk.open()
        await expect(at.page.locator(".fw-task-title")).to_have_text("Task 2")
        await desk.box.fill(ANSWER)
        await at.page.keyboard.press("Control+Enter")
        await desk.next.click()
        total = await at.page.locator(".fw-total-figure").inner_text()
        await reload()
        await expect(at.page.locator(".fw-total-figure")).to_have_text(total)


async def test_a_reload_while_the_question_is_written_takes_it_up(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at)
        await at.page.locator("#fw-tasks-model").select_option("embedded-paced")  # 30 tokens a second: it takes a while
        await desk.begin()
        await desk.until("document.querySelector('.fw-question .fw-written').textContent.length > 5")
        assert await desk.trial("t.step") == "question"
        await at.page.reload()
        await desk.open()
        await expect(desk.question.locator("pre")).to_have_text("x = 1")


async def test_submitting_twice_counts_once(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk, sent = Desk(at), []
        at.page.on("request", lambda request: sent.append(request) if "/submit" in request.url else None)
        await desk.begin()
        await desk.open()
        await desk.box.fill(ANSWER)
        await at.page.locator(".fw-answer-place .fw-primary").dblclick()
        await desk.next.wait_for()
        assert len(sent) == 1
        # The same request again, as an impatient network sends it.
        request: Request = sent[0]
        await at.page.evaluate(
            "async ([url, body]) => (await fetch(url, {method: 'POST', headers: {'content-type': 'application/json'}, body})).text()",
            [request.url, request.post_data],
        )
        stored = await desk.stored()
        assert stored["tasks"][0]["answer"]["text"] == ANSWER
        assert stored["tasks"][0]["overwritten"] == []
        assert stored["tasks"][1]["answer"] is None


async def test_an_empty_answer_asks_first(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at)
        await desk.begin()
        await desk.open()
        await at.page.keyboard.press("Control+Enter")
        await at.page.get_by_role("alertdialog").wait_for()
        await at.page.keyboard.press("Escape")
        await expect(desk.box).to_be_focused()
        assert (await desk.stored())["tasks"][0]["answer"] is None
        await at.page.keyboard.press("Control+Enter")
        await at.page.get_by_role("button", name="Submit it empty").click()
        await desk.next.wait_for()
        assert (await desk.stored())["tasks"][0]["answer"]["text"] == ""


async def test_two_windows_follow_each_other_and_lose_nothing(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as one:
        here = Desk(one)
        await here.begin()
        await here.open()
        async with new_page(one.context, one.page.url) as two:
            there = Desk(two)
            await there.open()
            assert await here.trial("t.context.window") != await there.trial("t.context.window")
            await here.box.fill("From the first window.")
            await expect(there.box).to_have_value("From the first window.")
            await there.box.fill("From the first window, and the second.")
            await expect(here.box).to_have_value("From the first window, and the second.")
            # Both write at the same time: neither has seen the other's text.
            await one.page.route("**/draft?*", lambda route: route.abort())
            await here.box.fill("The first window's words.")
            await there.box.fill("The second window's words.")
            await there.saved()
            await one.page.unroute("**/draft?*")
            await expect(one.page.locator(".fw-other-text").first).to_have_text("The second window's words.")
            await expect(here.box).to_have_value("The first window's words.")
            await expect(two.page.locator(".fw-other-text").first).to_have_text("The second window's words.")
            await one.page.get_by_role("button", name="Add it below mine").click()
            await expect(there.box).to_have_value("The first window's words.\n\nThe second window's words.")
            await there.page.keyboard.press("Control+Enter")
            await here.next.wait_for()
            assert await here.feedback.inner_text() == await there.feedback.inner_text()
            await there.next.click()
            await here.open()
            await expect(here.page.locator(".fw-task-title")).to_have_text("Task 2")


async def test_a_stream_that_fails_before_its_first_word_is_replaced_visibly(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at)
        await at.page.route("**/stream?*", lambda route: route.abort())
        await desk.begin()
        await desk.open()
        note = at.page.locator(".fw-question .fw-how")
        await expect(note).to_have_text(
            "Streaming failed before the first word, so the whole text was fetched at once instead."
        )
        await desk.box.fill(ANSWER)
        await at.page.keyboard.press("Control+Enter")
        await desk.next.wait_for()
        await expect(at.page.locator(".fw-feedback .fw-how")).to_contain_text("Streaming failed")
        assert (await desk.stored())["tasks"][0]["answer"]["text"] == ANSWER


async def test_the_whole_text_at_once_says_so(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk, asked = Desk(at), []
        at.page.on("request", lambda request: asked.append(request.url) if "/stream" in request.url else None)
        await at.page.get_by_label("show the whole text at once").check()
        await desk.begin()
        await desk.open()
        await expect(at.page.locator(".fw-question .fw-how")).to_contain_text("without streaming")
        await desk.box.fill(ANSWER)
        await at.page.keyboard.press("Control+Enter")
        await desk.next.wait_for()
        await desk.next.click()
        await desk.open()
        assert asked == []


async def test_a_failure_says_what_to_do_and_can_be_tried_again(workbench: Workbench) -> None:
    failed = {
        "code": "rate_limited",
        "message": "",
        "facts": {"provider": "Embedded", "retry_after": "3"},
        "stage": "llm",
        "retry": True,
    }
    body = f"data: {json.dumps({'type': 'error', 'data': {**failed, 'step': 'feedback', 'task_id': 90011, 'partial_text': ''}})}\n\n"

    async def fail(route: Route) -> None:
        await route.fulfill(status=200, content_type="text/event-stream", body=body)

    async def nothing(route: Route) -> None:
        await route.abort()

    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at)
        await at.page.route("**/current*", nothing)
        await at.page.route("**/current/stream*", nothing)
        await desk.begin()
        trouble = at.page.locator(".fw-trouble")
        await expect(trouble).to_contain_text("The workbench does not answer.")
        await at.page.unroute("**/current*")
        await at.page.unroute("**/current/stream*")
        await trouble.get_by_role("button", name="Try again").click()
        await desk.open()
        await expect(trouble).to_be_hidden()
        await desk.box.fill(ANSWER)
        await at.page.route("**/submit/stream*", fail)
        await at.page.keyboard.press("Control+Enter")
        await expect(trouble).to_contain_text("Embedded")
        assert await trouble.get_by_role("button", name="Go on without feedback").is_visible()


async def test_slow_is_told_from_stuck_by_a_running_clock(workbench: Workbench) -> None:
    released = asyncio.Event()

    async def held(route: Route) -> None:
        await released.wait()
        await route.continue_()

    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at)
        await at.page.route("**/current/stream*", held, times=1)
        await desk.begin()
        waiting = at.page.locator(".fw-question .fw-waiting")
        await expect(waiting).to_contain_text("the question is being written · 0.")
        await expect(waiting).to_contain_text("the question is being written · 1.")
        released.set()
        await desk.open()
        await expect(waiting).to_be_hidden()


async def test_without_its_key_a_model_cannot_be_chosen_and_says_why(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        await at.page.locator("#fw-tasks-model").select_option("groq")
        await expect(at.page.locator(".fw-tasks-home .fw-tasks-note").first).to_contain_text("GROQ_API_KEY")
        await expect(at.page.locator(".fw-card[data-profession=long-ones] .fw-primary")).to_be_disabled()


async def press_until(page: Page, key: str, focused: str) -> None:
    """Go there with one key, as who has no mouse."""
    for _ in range(80):
        if await page.evaluate(f"document.activeElement?.matches({json.dumps(focused)})"):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{focused} is not reached by {key}")


async def test_all_of_it_by_keyboard(workbench: Workbench) -> None:
    async with opened(workbench.url) as at:
        desk = Desk(at)
        await press_until(at.page, "Tab", "#fw-tabs [role=tab]")
        await at.page.keyboard.press("ArrowLeft")  # from the first tab round to the last
        await press_until(at.page, "Tab", ".fw-card[data-profession=hostile] .fw-primary")
        await at.page.keyboard.press("Enter")
        await desk.open()
        await at.page.keyboard.type(ANSWER)
        await at.page.keyboard.press("Control+Enter")
        await expect(desk.next).to_be_focused()
        await at.page.keyboard.press("Enter")
        await at.page.locator(".fw-total-figure").wait_for()
        await at.page.locator("body").press("?")
        await at.page.locator("dialog.fw-help").wait_for()
        await at.page.keyboard.press("Escape")
        await press_until(at.page, "Tab", "a[href$='report.html']")


async def test_in_russian(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH, locale="ru-RU") as at:
        desk = Desk(at)
        await expect(at.page.locator(".fw-card[data-profession=project-manager] h2")).to_have_text("Руководитель проекта")
        await desk.begin("hostile")
        await desk.open()
        assert await desk.trial("t.language") == "ru"
        await desk.box.fill(
            "Запуск будет в пятницу, потому что постаматы привезут в четверг, и об этом нужно сказать заказчику сегодня."
        )
        await at.page.keyboard.press("Control+Enter")
        await expect(desk.next).to_have_text("Посмотреть отчёт")
        await desk.next.click()
        await expect(at.page.locator(".fw-scored-by")).to_have_text("Оценено по объявленным правилам")
        await expect(at.page.locator(".fw-total-figure")).to_contain_text("из 100")


async def test_what_a_model_writes_is_never_markup(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH) as at:
        desk = Desk(at)
        await desk.begin("hostile")
        await desk.open()
        await expect(desk.question).to_contain_text("<img src=x")
        await desk.box.fill(f"{HOSTILE} {ANSWER}")
        await at.page.keyboard.press("Control+Enter")
        await desk.next.click()
        await at.page.locator(".fw-total-figure").wait_for()
        assert await at.page.locator(".fw-tasks :is(img, script, a[href^=javascript])").count() == 0
        assert await at.page.evaluate("window.hacked") is None
        assert at.outside == []


async def test_on_a_phone_the_time_and_the_next_step_are_in_sight(workbench: Workbench) -> None:
    async with opened(workbench.url, path=PATH, width=390, height=844) as at:
        desk = Desk(at)
        await desk.begin("project-manager")
        await desk.open()
        await desk.box.scroll_into_view_if_needed()
        await expect(at.page.locator(".fw-left-small")).to_be_in_viewport()
        await desk.box.fill(ANSWER)
        await at.page.keyboard.press("Control+Enter")
        await desk.next.wait_for()
        await expect(desk.feedback).to_be_in_viewport()
        assert await at.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
