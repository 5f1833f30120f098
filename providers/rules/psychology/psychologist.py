"""The psychologist: what to say to what was said, with everything that was said before in mind."""

import re
from dataclasses import dataclass, field

from providers.rules.psychology import words_en, words_ru
from providers.rules.psychology.feelings import Feeling, feelings_in
from providers.rules.psychology.reflection_en import reflect as reflect_en
from providers.rules.psychology.reflection_ru import quote
from providers.rules.psychology.reflection_ru import reflect as reflect_ru
from providers.rules.psychology.topics import Topic, topics_in
from providers.rules.talk import assent, names
from providers.rules.talk.dialogue import Dialogue
from providers.rules.talk.lexicon import sounds_garbled
from providers.rules.talk.persona import Persona
from providers.rules.talk.small_talk import unclear
from providers.rules.talk.text import listed

SUMMARY_EVERY = 5
"""Turns after which what was said is summed up."""

_WORDS = {"en": words_en.ENGLISH, "ru": words_ru.RUSSIAN}
_LADDER = {"en": words_en.LADDER, "ru": words_ru.LADDER}

_NOTICED = re.compile(r"substitute for professional|не заменяет помощь")
_MEDICAL = re.compile(
    r"\b(diagnos\w*|medicat\w*|medicine\w*|pills?|antidepress\w*|prescri\w+|bipolar|schizo\w*|am i (crazy|insane|ill|sick"
    r"|depressed)|диагноз\w*|таблет\w*|лекарств\w*|антидепрессант\w*|рецепт\w*|шизо\w*|биполяр\w*|я (псих|сумасшедш\w+"
    r"|больн\w+)$)"
)
_ADVICE = re.compile(
    r"\b(what (should|can|could|do|shall) i do|how (can|do|could|should) i|any (advice|tips?|ideas?)|give me (some "
    r"|an? )?(advice|tips?|exercise)|help me|can you help|what helps|what would you (do|advise|suggest)|breathing exercise"
    r"|something to try|что (мне )?(же )?делать|как (мне )?(быть|справ\w+|успоко\w+|перестать|уснуть|заснуть|избав\w+)"
    r"|посоветуй\w*|дайте совет|помогите|что (поможет|помогает|посоветуете)|упражнени\w+)\b"
)
_TO_US = re.compile(
    r"^(do|does|are|can|could|would|will|is|am|what|why|how|should) .*\b(you|your|i|it|this|that)\b|\?$|^(а )?(вы|ты) .*(ли"
    r"|думаете|считаете)\b|^(почему|зачем|как вы|что вы)\b|\bкак (вы )?(думаете|считаете)\b"
)
_SCALE = re.compile(r"zero to ten|нуля до десяти")
_STEP = re.compile(r"\bsmall step|маленький шаг")
_TRY = re.compile(r"\b(try that|that be (for you|a beginning)|попробовать сегодня|как вам такое|стать началом)\b")
_SUMMED = re.compile(r"\b(did i get that right|is something missing|всё верно|все верно|чего то не хватает)\b")
_ELSEWHERE = re.compile(
    r"\b(haircut|book (a|an|me)|concrete|slab|rebar|cement|стрижк\w*|бетон\w*|плит[уаы]|арматур\w*|цемент\w*)\b"
)
_TIPS = {
    "anxiety": "anxiety",
    "fear": "anxiety",
    "pressure": "tiredness",
    "sadness": "sadness",
    "loneliness": "sadness",
    "anger": "anger",
    "tiredness": "tiredness",
    "sleep": "sleep",
    "work": "work",
    "meetings": "anxiety",
}


@dataclass(slots=True)
class Facts:
    """What the person has told so far, in the order of telling."""

    feelings: list[Feeling] = field(default_factory=list[Feeling])
    topics: list[Topic] = field(default_factory=list[Topic])
    new_feelings: list[Feeling] = field(default_factory=list[Feeling])
    """Named for the first time in the message to be answered."""
    new_topics: list[Topic] = field(default_factory=list[Topic])


def reply(talk: Dialogue) -> str:
    """One to three sentences that take up what was said and ask one open question."""
    answer = _answer(talk)
    if not any(_NOTICED.search(said) for said in talk.replies) and not _NOTICED.search(answer):
        lead, _, rest = _split_question(answer)
        answer = " ".join(part for part in (lead, talk.voice.pick(_WORDS[talk.language]["notice"]), rest) if part)
    return answer


def welcome(talk: Dialogue) -> str:
    """The first words."""
    return talk.voice.pick(_WORDS[talk.language]["welcome"])


def question(talk: Dialogue) -> str:
    """The next open question, without a lead."""
    return _next_question(talk, _facts(talk))


def _answer(talk: Dialogue) -> str:
    words, pick, heard = _WORDS[talk.language], talk.voice.pick, talk.now.heard
    facts = _facts(talk)
    if _MEDICAL.search(heard.plain):
        return pick(words["medical"])
    if _ADVICE.search(heard.plain):
        return f"{_tip(talk, facts)} {pick(words['try'])}"
    if (short := _short_answer(talk, facts)) is not None:
        return short
    if sounds_garbled(heard) and not facts.new_feelings and not facts.new_topics:
        return unclear(talk)
    if _ELSEWHERE.search(heard.plain) and not facts.new_feelings:
        return pick(words["elsewhere"])
    if _TO_US.search(heard.plain) and not facts.new_feelings and not facts.new_topics:
        return pick(words["asked"])
    if len(talk.turns) % SUMMARY_EVERY == 0 and (summary := _summary(talk, facts)):
        return pick(words["summary"], s=summary)
    return f"{_lead(talk, facts)} {_next_question(talk, facts)}"


def _facts(talk: Dialogue) -> Facts:
    facts = Facts()
    for turn in talk.turns:
        felt, touched = feelings_in(turn.heard.plain), topics_in(turn.heard.plain)
        facts.new_feelings = [feeling for feeling in felt if feeling not in facts.feelings]
        facts.new_topics = [topic for topic in touched if topic not in facts.topics]
        facts.feelings += facts.new_feelings
        facts.topics += facts.new_topics
    return facts


def _short_answer(talk: Dialogue, facts: Facts) -> str | None:
    """Answers to our own questions: a number, yes, no, 'I don't know', a name, a step."""
    words, pick = _WORDS[talk.language], talk.voice.pick
    heard, before = talk.now.heard, talk.now.before
    numbers = [token.value for token in heard.words if token.value is not None and 0 <= token.value <= 10]
    if numbers and _SCALE.search(before.plain):
        level = numbers[-1]
        return f"{pick(words['scale_high' if level >= 5 else 'scale_low'], n=f'{level:g}')} {pick(words['scale_next'])}"
    name = names.introduced(heard)
    if name and len(heard.words) <= 7:
        return f"{pick(words['met'], n=name)} {_next_question(talk, facts)}"
    count = len(heard.words)
    if (
        _TRY.search(before.plain)
        and not _TO_US.search(heard.plain)
        and (assent.says_yes(heard.plain) or count >= 3)
        and not assent.says_no(heard.plain)
    ):
        return f"{pick(words['step_praise' if count >= 3 else 'yes'])} {pick(words['step_when'])}"
    if assent.is_unsure(heard.plain) and count <= 7:
        return f"{pick(words['unsure'])} {pick(words['guess'])}"
    if count <= 4 and not facts.new_feelings and not facts.new_topics:
        if assent.says_no(heard.plain):
            return f"{pick(words['no'])} {_next_question(talk, facts)}"
        if assent.says_yes(heard.plain):
            following = pick(_LADDER[talk.language]["step"]) if _SUMMED.search(before.plain) else _next_question(talk, facts)
            return f"{pick(words['yes'])} {following}"
        if count <= 2 and not sounds_garbled(heard):
            return f"{pick(words['go_on'])} {pick(words['short'])}"
    if _STEP.search(before.plain) and not _TO_US.search(heard.plain) and count >= 3 and not sounds_garbled(heard):
        return f"{pick(words['step_praise'])} {pick(words['step_when'])}"
    return None


def _lead(talk: Dialogue, facts: Facts) -> str:
    """Shows that it was heard: gives the statement back, names the feeling, or remembers what belongs to it."""
    words, pick, heard = _WORDS[talk.language], talk.voice.pick, talk.now.heard
    if facts.new_feelings and facts.new_feelings[0].pleasant:
        return pick(words["pleasant"])
    turned = reflect_ru(heard.light) if talk.ru else reflect_en(heard.plain)
    if facts.new_feelings and len(talk.turns) > 1 and (turned is None or talk.voice.chance(2)):
        feeling = facts.new_feelings[0]
        return pick(words["name_feeling"], f=feeling.ru if talk.ru else feeling.en)
    if turned is not None:
        return pick(words["reflect"], r=turned)
    if (
        (older := _older_topic(facts))
        and not facts.new_topics
        and talk.voice.fresh(words["recall_topic"], t=_about(talk, older))
    ):
        return pick(words["recall_topic"], t=_about(talk, older))
    if talk.ru and (quoted := quote(heard.light)):
        return pick(words["quote"], r=quoted)
    return pick(words["go_on"])


def _next_question(talk: Dialogue, facts: Facts) -> str:
    """About a new topic first, then up the ladder: situation, thought, body … small step."""
    words = _WORDS[talk.language]
    if facts.new_feelings and facts.new_feelings[0].pleasant:
        return talk.voice.pick(words["good_question"])
    for topic in facts.new_topics:
        if talk.voice.fresh(topic.questions(talk.language)):
            return talk.voice.pick(topic.questions(talk.language))
    if len(talk.turns) > 2 and (older := _older_topic(facts)) and talk.voice.chance(4):
        questions = older.questions(talk.language)
        if talk.voice.fresh(questions):
            return talk.voice.pick(questions)
    ladder = _LADDER[talk.language]
    used = {key: talk.voice.used(variants) for key, variants in ladder.items()}
    fewest = min(used.values())
    key = next(key for key in ladder if used[key] == fewest)
    return talk.voice.pick(ladder[key])


def _older_topic(facts: Facts) -> Topic | None:
    """The latest topic that was not just mentioned for the first time."""
    older = [topic for topic in facts.topics if topic not in facts.new_topics]
    return older[-1] if older else None


def _about(talk: Dialogue, topic: Topic) -> str:
    return topic.ru_about if talk.ru else topic.en


def _summary(talk: Dialogue, facts: Facts) -> str:
    """'there is anxiety and tiredness, and it has to do with your job'; '' when there is too little to sum up."""
    feelings = [feeling for feeling in facts.feelings if not feeling.pleasant][-3:]
    topics = facts.topics[-3:]
    if len(feelings) + len(topics) < 2:
        return ""
    if talk.ru:
        parts = [f"есть {listed([feeling.ru for feeling in feelings], 'ru')}"] if feelings else []
        parts += [f"речь идёт {listed([topic.ru_about for topic in topics], 'ru')}"] if topics else []
        return ", и ".join(parts)
    parts = [f"there is {listed([feeling.en for feeling in feelings], 'en')}"] if feelings else []
    parts += [f"it has to do with {listed([topic.en for topic in topics], 'en')}"] if topics else []
    return ", and ".join(parts)


def _tip(talk: Dialogue, facts: Facts) -> str:
    """A small thing to try that fits the latest topic or feeling."""
    keys = [topic.key for topic in reversed(facts.topics)] + [feeling.key for feeling in reversed(facts.feelings)]
    words = _WORDS[talk.language]
    for key in keys:
        if key in _TIPS and talk.voice.fresh(words[f"tip_{_TIPS[key]}"]):
            return talk.voice.pick(words[f"tip_{_TIPS[key]}"])
    return talk.voice.pick(words["tip_any"])


def _split_question(text: str) -> tuple[str, str, str]:
    """What comes before the last sentence, and the last sentence."""
    lead, dot, last = text.rpartition(". ")
    return (f"{lead}." if dot else "", dot, last)


PSYCHOLOGIST = Persona(
    name="psychologist",
    role={"en": "a listener in the manner of a psychologist", "ru": "слушатель в духе психолога"},
    welcome=welcome,
    farewell={"en": words_en.ENGLISH["farewell"], "ru": words_ru.RUSSIAN["farewell"]},
    reply=reply,
    question=question,
)
