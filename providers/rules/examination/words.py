"""What the examiner says. `{title}`, `{order}`, `{of}`, `{minutes}`, `{quote}`, `{mark}`."""

from providers.rules.talk.text import plural_ru

LINES: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "first": (
            "Let us begin with **{title}**, task {order} of {of}.",
            "Here is your first task of {of}: **{title}**.",
            "We start with task {order} of {of}, **{title}**.",
        ),
        "only": ("There is one task: **{title}**.", "Here is your task: **{title}**."),
        "next": (
            "Now task {order} of {of}: **{title}**.",
            "On to **{title}**, task {order} of {of}.",
            "The next one is task {order} of {of}, **{title}**.",
        ),
        "last": (
            "One more, then we are done: task {order} of {of}, **{title}**.",
            "The last one, task {order} of {of}: **{title}**.",
        ),
        "after_nothing": (
            "The last task stayed without an answer, so this one is a fresh start.",
            "Nothing came for the task before; leave it behind and take this one from the beginning.",
        ),
        "after_vague": (
            "Your last answer was short; take more room this time.",
            "Last time there was little to hold on to, so be more specific here.",
        ),
        "after_number": (
            "In the last answer you worked with figures; keep that up.",
            "You gave figures last time, and they will help here too.",
        ),
        "after_steps": (
            "Your last answer had a clear order; that will help here too.",
            "You put your steps in order last time; do the same here.",
        ),
        "after_reason": (
            "In the last answer you said why, and not only what; do so again.",
            "You gave reasons last time; they count here as well.",
        ),
        "after_risk": ("Last time you thought of what can go wrong; keep an eye on that here too.",),
        "after_people": ("Last time you kept the people involved in view; they matter here too.",),
        "after_plain": (
            "Thank you for the last answer; this one is of another kind.",
            "With the last answer in mind, here is what comes next.",
        ),
        "material": ("This is what you have to work with:", "Here is the material:", "You have this in front of you:"),
        "time": (
            "You have {minutes}. Write your answer the way you would at work.",
            "You have {minutes}; write as you would at work.",
        ),
        "nothing": (
            "There was no answer to this task, so there is nothing to comment on. The next one is a new chance.",
            "Nothing was written here. That happens; take the next task from the start.",
        ),
        "vague": (
            "This is short: “{quote}”. There is hardly anything in it to hold on to yet.",
            "“{quote}” is a beginning, but too short to judge the thinking behind it.",
        ),
        "good_number": (
            "You work with figures, as in “{quote}”, and that makes it checkable.",
            "The figures in “{quote}” make it concrete.",
        ),
        "good_result": ("“{quote}” names an outcome, so one can tell what it comes to.",),
        "good_reason": (
            "You say why: “{quote}”. That makes the decision easy to follow.",
            "The reason in “{quote}” carries the point.",
        ),
        "good_steps": ("The order is clear, as in “{quote}”.", "“{quote}”: one can follow you step by step."),
        "good_risk": ("You look ahead with “{quote}”.", "“{quote}” shows that you think of what may go wrong."),
        "good_people": ("You keep the people in view: “{quote}”.",),
        "good_own": ("It is clear what you would do yourself: “{quote}”.",),
        "good_plain": ("You take a position: “{quote}”.", "“{quote}” is a point to build on."),
        "lacks_number": (
            "What is missing most are figures: how much, how many, by when.",
            "It would gain from figures and dates.",
        ),
        "lacks_reason": ("What is missing most is the why behind it.", "It would gain from a reason for each choice."),
        "lacks_steps": (
            "What is missing most is an order: what first, what then.",
            "It would gain from a clear sequence of steps.",
        ),
        "lacks_risk": (
            "What is missing most is what you do when it goes wrong.",
            "It would gain from one risk and what you would do then.",
        ),
        "lacks_people": ("What is missing most are the people: who has to know or to agree.",),
        "complete": ("Figures, reasons, order, risks and people are all touched on; the next gain is in detail.",),
        "by_rules": ("(This feedback follows fixed rules: it recognises words, not meaning.)",),
    },
    "ru": {
        "first": (
            "Начнём с задания {order} из {of}: **{title}**.",
            "Вот первое задание из {of}: **{title}**.",
            "Первое задание из {of} — **{title}**.",
        ),
        "only": ("Задание одно: **{title}**.", "Вот ваше задание: **{title}**."),
        "next": (
            "Теперь задание {order} из {of}: **{title}**.",
            "Переходим к заданию {order} из {of}: **{title}**.",
            "Следующее задание, {order} из {of}: **{title}**.",
        ),
        "last": ("И последнее задание, {order} из {of}: **{title}**.", "Осталось одно, {order} из {of}: **{title}**."),
        "after_nothing": (
            "Прошлое задание осталось без ответа, так что начинайте с чистого листа.",
            "На прошлое задание ответа не было; оставьте его позади и возьмитесь за это сначала.",
        ),
        "after_vague": (
            "Прошлый ответ был коротким; на этот раз пишите подробнее.",
            "В прошлый раз зацепиться было почти не за что, поэтому здесь будьте конкретнее.",
        ),
        "after_number": (
            "В прошлом ответе вы опирались на цифры; продолжайте так же.",
            "В прошлый раз вы приводили цифры — они пригодятся и здесь.",
        ),
        "after_steps": (
            "В прошлом ответе был ясный порядок действий; он поможет и здесь.",
            "В прошлый раз вы разложили всё по шагам; сделайте так же.",
        ),
        "after_reason": (
            "В прошлом ответе вы объясняли, почему, а не только что; объясняйте и здесь.",
            "В прошлый раз вы называли причины — здесь они тоже важны.",
        ),
        "after_risk": ("В прошлый раз вы думали о том, что может пойти не так; помните об этом и здесь.",),
        "after_people": ("В прошлый раз вы помнили о людях, которых это касается; здесь они тоже важны.",),
        "after_plain": (
            "Спасибо за прошлый ответ; это задание другого рода.",
            "Прошлый ответ у нас есть — теперь вот что.",
        ),
        "material": ("Вот с чем предстоит работать:", "Материал к заданию:", "Перед вами следующее:"),
        "time": (
            "На ответ — {minutes}. Пишите так, как писали бы на работе.",
            "У вас {minutes}; отвечайте так, как на работе.",
        ),
        "nothing": (
            "Ответа на это задание нет, так что и сказать о нём нечего. Следующее — новая попытка.",
            "Здесь ничего не написано. Бывает; возьмитесь за следующее задание с начала.",
        ),
        "vague": (
            "Коротко: «{quote}». Опереться здесь пока почти не на что.",
            "«{quote}» — это начало, но слишком короткое, чтобы увидеть ход мысли.",
        ),
        "good_number": (
            "Вы опираетесь на цифры: «{quote}» — это можно проверить.",
            "Цифры в словах «{quote}» делают ответ конкретным.",
        ),
        "good_result": ("В словах «{quote}» назван итог: понятно, к чему всё приведёт.",),
        "good_reason": (
            "Вы объясняете, почему: «{quote}». Решение легко понять.",
            "Причина в словах «{quote}» держит всю мысль.",
        ),
        "good_steps": ("Порядок ясен: «{quote}».", "«{quote}» — за вами можно идти шаг за шагом."),
        "good_risk": ("Вы смотрите вперёд: «{quote}».", "«{quote}» — видно, что вы думаете о том, что может сорваться."),
        "good_people": ("Вы помните о людях: «{quote}».",),
        "good_own": ("Ясно, что сделали бы вы сами: «{quote}».",),
        "good_plain": ("Позиция названа: «{quote}».", "«{quote}» — на этом можно строить."),
        "lacks_number": ("Больше всего не хватает цифр: сколько и к какому сроку.", "Ответу прибавили бы веса цифры и сроки."),
        "lacks_reason": ("Больше всего не хватает ответа на вопрос «почему».", "Каждому решению не помешала бы причина."),
        "lacks_steps": (
            "Больше всего не хватает порядка: что сначала, что потом.",
            "Не хватает ясной последовательности шагов.",
        ),
        "lacks_risk": (
            "Не сказано, что вы сделаете, если что-то пойдёт не так.",
            "Не хватает хотя бы одного риска и плана на этот случай.",
        ),
        "lacks_people": ("Не сказано о людях: кто должен знать и кто согласовать.",),
        "complete": ("Цифры, причины, порядок, риски и люди — затронуто всё; дальше прибавят только подробности.",),
        "by_rules": ("(Этот отзыв дан по правилам: они узнают слова, а не смысл.)",),
    },
}


def minutes_shown(minutes: float, language: str) -> str:
    """'15 minutes', «15 минут», '45 seconds'."""
    whole = minutes >= 1
    number = f"{minutes:g}" if whole else f"{minutes * 60:.0f}"
    if language == "ru":
        forms = ("минута", "минуты", "минут") if whole else ("секунда", "секунды", "секунд")
        return f"{number.replace('.', ',')} {forms[1] if '.' in number else plural_ru(int(number), *forms)}"
    unit = "minute" if whole else "second"
    return f"{number} {unit}{'' if number == '1' else 's'}"
