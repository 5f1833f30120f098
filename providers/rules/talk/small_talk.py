"""What comes up in any conversation: hello, thanks, 'repeat that', 'who are you', silence, attempts to reprogram us."""

import re

from providers.rules.talk.dialogue import Dialogue
from providers.rules.talk.persona import Persona
from providers.rules.talk.small_talk_en import ENGLISH
from providers.rules.talk.small_talk_ru import RUSSIAN
from providers.rules.talk.text import sentences

LINES = {"en": ENGLISH, "ru": RUSSIAN}

_SOCIAL: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (intent, re.compile(pattern))
    for intent, pattern in (
        (
            "goodbye",
            r"\b(good ?bye|bye( bye)?|see you( (later|soon|then|tomorrow))?|good night|have a (nice|good|great) (day|evening"
            r"|one)|farewell|до свидания|до встречи|пока пока|^пока|всего (доброго|хорошего)|прощайте|спокойной ночи)\b",
        ),
        (
            "thanks",
            r"\b(thank you( (very|so) much)?|thanks( a lot)?|many thanks|cheers|спасибо( (большое|вам|вам большое))?"
            r"|благодарю( вас)?)\b",
        ),
        (
            "how_are_you",
            r"\b(how are you( (doing|today))?|how is it going|how do you do|как (ваши |твои )?дела|как (вы|ты) поживае(те"
            r"|шь))\b",
        ),
        (
            "greeting",
            r"\b(hello|hi|hey|hiya|good (morning|afternoon|evening|day)|greetings|алло|здравствуй(те)?|привет(ствую)?"
            r"|доброе утро|добрый (день|вечер)|доброго дня)\b",
        ),
    )
)
_MARKS = re.compile(r"[^\w\s'+]")
_FILLER = re.compile(
    r"\b(um+|uh+|er+|oh|ah|so|well|okay|ok|please|there|very|much|again|and|you|then|all|for (that|now|your help)|ну|э+|ага"
    r"|так|вот|и|вам|тебе|же|тогда|ладно|хорошо|пожалуйста|большое|всем)\b|[^\w\s]"
)
_POINTED: tuple[tuple[str, int, re.Pattern[str]], ...] = tuple(
    (intent, most_words, re.compile(pattern))
    for intent, most_words, pattern in (
        (
            "injection",
            10_000,
            r"\b(ignore|disregard|forget) (all |any |the |your |everything )*(of )?(the |your |these |those )?(previous|prior"
            r"|above|earlier|system|instructions?|rules?|prompts?)\b|\b(reveal|print|show|repeat|output) (me )?(your"
            r"|the) (system |hidden |initial )?(prompt|instructions)\b|\byou are now (a|an|in|dan)\b|\bdeveloper mode\b"
            r"|\bjailbreak\b|\b(игнорируй|забудь|проигнорируй)(те)? (все |всё |свои |предыдущие )*(инструкци|указани|правила"
            r"|предыдущ)\w*|\b(покажи|выведи|раскрой)(те)? (свой |ваш |системный )*промпт",
        ),
        (
            "repeat",
            9,
            r"\b(repeat( that| it| please|$)|say (that|it) again|come again|pardon( me)?$|what did you (just )?say"
            r"|did not (hear|catch) (you|that|it)|once more please|повтори(те)?\b(?! запись)|(скажи(те)? )?(еще раз|ещё раз)$"
            r"|не расслышал\w?|что (вы|ты) сказали?|что что)\b|^(what|huh|sorry what|excuse me( what)?|что|чего|а|как)$",
        ),
        (
            "hear_me",
            8,
            r"\b(can you hear me|do you hear me|are you (still )?there|is (this|it) working|testing|вы меня слышите"
            r"|ты меня слышишь|меня слышно|вы (еще )?здесь|ты здесь|проверка связи|раз раз)\b",
        ),
        (
            "who",
            14,
            r"\b(who are you|what are you$|what is your name|are you (a |an )?(real|human|robot|bot|machine|person|computer"
            r"|program|ai|chat ?gpt|gpt|language model)|who am i (talking|speaking) (to|with)|кто (ты|вы)( такой| такая"
            r"| такие)?$|кто (ты|вы) |как (вас|тебя) зовут|(ты|вы) (робот|человек|бот|программа|нейросеть|машина|живой)"
            r"|с кем я (говорю|разговариваю))\b",
        ),
        (
            "ability",
            12,
            r"\b(what can you do|what do you do$|how (can|could) you help|what are you able to|^(please )?help( please)?$"
            r"|что (ты|вы) (умеешь|умеете|можешь|можете)|чем (ты|вы) (можешь|можете) помочь|^помощь$|^справка$)\b",
        ),
        (
            "clock",
            9,
            r"\b(what time is it|what is the time|what (day|date) is (it|today)|what is the date|который (сейчас )?час"
            r"|сколько (сейчас )?времени|какое сегодня число|какой сегодня день)\b",
        ),
        (
            "weather",
            10,
            r"\b(what is the weather|how is the weather|weather (like|today|forecast)|will it rain|какая (сегодня "
            r"|завтра )?погода|погода (сегодня|на)|будет (ли )?дождь)\b",
        ),
        (
            "story",
            14,
            r"\b(tell (me )?(a|an|some) (\w+ )?(story|joke|tale|fairy tale)|sing (me )?(a song|something)"
            r"|расскажи(те)? (мне )?(\w+ )?(сказку|историю|анекдот|шутку)|спой)\b",
        ),
        ("stop", 4, r"^(please )?(stop|enough|be quiet|silence|стоп|хватит|достаточно|замолчи|помолчи|тихо)\b"),
        (
            "wait",
            7,
            r"\b(wait( a (minute|moment|second))?|hold on|(just )?(a|one) (moment|second|minute)|give me a (moment|second"
            r"|minute)|hang on|подожди(те)?|минут(ку|очку)|секунд(у|очку)|одну секунду|погоди(те)?)\b",
        ),
        ("sorry", 6, r"^(i am |so |very )*(sorry|my apologies)|^(извини(те)?|прости(те)?|прошу прощения)\b"),
        (
            "insult",
            12,
            r"\b(you are (so |very |really |just )*(stupid|useless|dumb|an idiot|awful|terrible|annoying|bad at)|shut up"
            r"|fuck (you|off)|(ты|вы) (такой |такая |просто )*(тупой|тупая|тупые|дурак|идиот|бесполезн\w+|глуп\w+)|заткнись"
            r"|отвали|пошел ты)\b",
        ),
        (
            "praise",
            9,
            r"\b(you are (so |very |really )*(good|great|kind|helpful|nice|smart|clever|the best|wonderful)|(ты|вы) (очень "
            r"|такой |такая )*(молодец|молодцы|умн\w+|добр\w+|помогли)|good job|well done)\b",
        ),
        (
            "language",
            9,
            r"\b(speak|talk|switch to|in) (russian|english)\b|\b(говори(те)?|можно|давай(те)?|перейд\w+) (на |по )?(русск"
            r"|английск)\w+",
        ),
    )
)
_SAID_AGAIN = re.compile(
    r"^(i said|once more|again|я говорю|ещё раз|повторяю|once again|here it is again|снова)\s*:\s*", re.IGNORECASE
)
_BACK_TO_WORK = frozenset(
    {
        "greeting",
        "thanks",
        "how_are_you",
        "hear_me",
        "who",
        "clock",
        "weather",
        "story",
        "sorry",
        "insult",
        "praise",
        "injection",
        "ability",
        "language",
    }
)


def intent_of(plain_text: str) -> str | None:
    """The small talk that a message consists of, or None when it says more than that."""
    if not any(character.isalnum() for character in plain_text):
        return "silence"
    plain_text = " ".join(_MARKS.sub(" ", plain_text).split())
    count = plain_text.count(" ") + 1
    for intent, most_words, pattern in _POINTED:
        if count <= most_words and pattern.search(plain_text):
            return intent
    if count > 12:
        return None
    rest, first = plain_text, None
    for intent, pattern in _SOCIAL:
        shorter = pattern.sub(" ", rest)
        if shorter != rest:
            first = first or intent
            rest = shorter
    if first and len(_FILLER.sub(" ", rest).split()) <= 1:
        return first
    return None


def answer(talk: Dialogue, persona: Persona) -> str | None:
    """The answer to small talk; None when the message is about something."""
    intent = intent_of(talk.now.heard.plain)
    if intent is None:
        return None
    if not talk.replies and intent in {"silence", "greeting", "how_are_you", "hear_me"}:
        return persona.welcome(talk)
    if intent == "repeat":
        return _again(talk)
    lines = LINES[talk.language]
    if intent == "goodbye":
        return talk.voice.pick(persona.farewell[talk.language])
    lead = talk.voice.pick(lines[intent], role=persona.role[talk.language])
    question = persona.question(talk) if intent in _BACK_TO_WORK or (intent == "silence" and talk.voice.chance(2)) else ""
    return f"{lead} {question}".strip()


def unclear(talk: Dialogue) -> str:
    """Asks back when nothing was understood, each time in other words."""
    return talk.voice.pick(LINES[talk.language]["unclear"])


def unrepeated(talk: Dialogue, reply: str) -> str:
    """The reply itself, or, when exactly this was said before, the reply with a lead that makes it new."""
    leads = LINES[talk.language]["as_before"]
    if not talk.voice.has_said(reply):
        return reply
    for outer in ("", *leads):
        for lead in leads:
            candidate = " ".join(part for part in (outer, lead, reply) if part)
            if outer != lead and not talk.voice.has_said(candidate):
                return candidate
    return reply


def _again(talk: Dialogue) -> str:
    if not talk.replies:
        return talk.voice.pick(LINES[talk.language]["nothing_said"])
    last = _SAID_AGAIN.sub("", talk.replies[-1])
    said = " ".join(sentences(last)[:3])[:600]
    return (
        f"{talk.voice.pick(LINES[talk.language]['said'])} {said}"
        if said
        else talk.voice.pick(LINES[talk.language]["nothing_said"])
    )
