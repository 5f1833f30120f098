"""200 trials at once on the scripted model: nothing is lost. (What it costs: `python -m tests.conversations.trial_load`.)"""

from pathlib import Path

from tests.conversations.trial_load import TASKS, load


async def test_two_hundred_trials_at_once_lose_nothing(tmp_path: Path) -> None:
    came = await load(200, tmp_path)
    assert came.answers == 200 * TASKS
    assert came.lost == 0
    assert came.unfinished == 0
    # Of each trial: a question and feedback for each task, and a judgement that is asked for twice and is none.
    assert came.outcomes == {"answered": 200 * (2 * TASKS + 2)}
