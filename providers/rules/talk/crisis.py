"""Words for someone who may be in danger: calm, towards people who can help, without a diagnosis. For every persona."""

import re

from providers.rules.talk.dialogue import Dialogue
from providers.rules.talk.persona import Persona

FOLLOWED_TURNS = 3
"""For so many messages we keep asking whether the person is safe."""

_DANGER = re.compile(
    r"\b(kill(ing)? myself|suicid\w*|end(ing)? (my|this) (own )?life|end it all|ending it all|tak(e|ing) my (own )?life|(want"
    r"|wanted|wish|ready|rather) (to )?(die|be dead)\b|wish i (was|were) dead|better off (dead|without me)|(do not|not"
    r"|no longer) (want|wish|like) to (live|be alive|exist)\b|never wake up|no (reason|point) (to live|in living|living"
    r"|to go on living)|(nothing|no reason) to live for|life is not worth living|(want|going|need|urge|might|will|could"
    r"|would) (to )?(hurt|cut|harm) myself|(hurting|cutting|harming) myself|self harm\w*|cut my (wrists?|arms?|veins?)"
    r"|overdose|(hang|shoot|drown) myself|jump off (a|the) (bridge|roof))|\b(покончи\w+ с собой|суицид\w*|самоуби\w+|уби(ть"
    r"|ю) себя|не хо(чу|чется) (больше |дальше )?жить|хо(чу|чется) (умереть|сдохнуть|исчезнуть навсегда)"
    r"|лучше (бы )?(мне )?(умереть|сдохнуть|не жить)|лучше бы меня не было|нет смысла жить|незачем жить|жить не (хочу"
    r"|хочется)|(заснуть|уснуть) и не проснуться|(порезать|порежу|режу|изрезать) (себя|вены|себе)|(причин\w+|навред\w+) себе"
    r"|наложить на себя руки|наложу на себя руки|св(ести|еду) счеты с жизнью|повешусь|повеситься|выпил(юсь|иться)"
    r"|наглотаться таблеток|наглотаюсь таблеток|(прыгн\w+|спрыгн\w+) с (крыши|моста))"
)
_DENIED = re.compile(
    r"\bi (am not|would never|will never|will not|would not|do not|never|have no|have never) (be |feel |feeling |felt "
    r"|going to |want to |wanted to |think of |thinking of |thinking about |thoughts of |about )*(suicid\w*|kill(ing)? myself"
    r"|hurt(ing)? myself|harm(ing)? myself|die\b|end(ing)? my life|self harm)|\b(я )?не (собираюсь|хочу|буду|думаю"
    r"|планирую) (о |про )?(убивать себя|убить себя|кончать с собой|покончить с собой|суицид\w*|самоубийств\w*|умирать"
    r"|умереть|причинять себе\w*)|\b(нет|никаких) мысл(ей|и) о (суицид\w*|самоубийств\w*)"
)
_OTHERS = re.compile(
    r"\b(want to|going to|will|could) (kill|murder|stab|shoot) (him|her|them|my (boss|wife|husband|neighbou?r|father|mother)"
    r"|someone|everyone)\b|\b(хочу|собираюсь|готов\w?) (убить|зарезать|застрелить) (его|ее|их|жену|мужа|начальника|соседа"
    r"|кого то|всех)\b|\b(убью|зарежу) (его|ее|их|всех)\b"
)
_SAFE = re.compile(
    r"\b(i am safe|i am okay|i am ok|i am fine|called|talked to|with me|not alone|feel(ing)? better|i will call|i promise)\b"
    r"|\b(в безопасности|позвонил\w?|позвоню|рядом со мной|не один|не одна|мне (уже )?лучше|обещаю|все нормально|все хорошо"
    r"|со мной)\b"
)

_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "danger": (
            "I am very glad you told me, and I am taking it seriously. Please call your local emergency number or a crisis "
            "line "
            "right now: 112 in Europe, 988 in the United States. Is there someone who can be with you this minute?",
            "What you say sounds like a great deal of pain, and you should not be alone with it. I am only a program: please "
            "call "
            "emergency services or a helpline now, 112 in Europe or 988 in the United States. Are you somewhere safe at the "
            "moment?",
            "Thank you for saying it out loud. Your safety comes first: please reach your local emergency services or a "
            "helpline, "
            "and put anything you could hurt yourself with out of reach. Who could you phone right away?",
            "I hear how bad it is. Please let a person help you now: a helpline, an emergency doctor, or someone you trust who "
            "can come over. Can you make that call while we are talking?",
            "You matter, and this moment can pass with help beside you. Please dial your local emergency number or go to the "
            "nearest emergency room. Will you do that now?",
        ),
        "others": (
            "That sounds like very strong anger, and someone could get hurt. Please step away from the situation and call your "
            "local emergency number if anyone is in danger. Can you get some distance right now?",
            "Before anything else, everybody has to stay safe. Please leave the room, and call emergency services if you "
            "feel you "
            "might act on it. Who could help you calm down?",
        ),
        "denied": (
            "I am relieved that this is not what you have in mind. If it ever changes, please call a helpline or your local "
            "emergency number at once.",
            "Good that you say it so clearly. Should such thoughts come, a helpline or emergency services are there day and "
            "night.",
        ),
        "after": (
            "I am glad. Please stay close to people, and keep the helpline number within reach. What would make the next "
            "hour a "
            "little easier?",
            "Thank you for telling me. Let us take it one small piece at a time. Who will be with you this evening?",
            "That is a good step. If it gets heavier again, call for help straight away. What do you need most right now?",
        ),
        "still": (
            "I keep thinking of what you said about hurting yourself. Are you safe right now?",
            "First I want to ask again: are you safe, and have you been able to reach a helpline or someone you trust?",
            "We can talk about that. Before we do, is there a person with you, or one you can call?",
        ),
    },
    "ru": {
        "danger": (
            "Очень важно, что вы об этом сказали, и это серьёзно. Пожалуйста, прямо сейчас позвоните в экстренную службу по "
            "номеру "
            "112 или на телефон доверия. Есть кто-то, кто может побыть с вами в эту минуту?",
            "В этом слышно очень много боли, и оставаться с ней одному человеку нельзя. Это всего лишь программа: пожалуйста, "
            "позвоните по номеру 112 или на линию психологической помощи. Вы сейчас в безопасном месте?",
            "Спасибо, что говорите об этом вслух. Ваша безопасность сейчас важнее всего: обратитесь в экстренную службу и "
            "уберите "
            "подальше всё, чем можно себе навредить. Кому вы можете позвонить сразу?",
            "Слышно, насколько вам плохо. Пусть рядом будет живой человек: телефон доверия, скорая помощь или тот, кому вы "
            "доверяете. Можете набрать номер прямо во время нашего разговора?",
            "Вы важны, и с помощью рядом этот момент можно пережить. Пожалуйста, наберите 112 или поезжайте в ближайшую "
            "больницу. "
            "Сделаете это сейчас?",
        ),
        "others": (
            "В этом слышна очень сильная злость, и кто-то может пострадать. Отойдите, пожалуйста, в сторону и звоните 112, "
            "если "
            "кому-то грозит опасность. Можете сейчас выйти оттуда?",
            "Прежде всего все должны остаться целы. Выйдите из комнаты и позвоните 112, если чувствуете, что можете не "
            "сдержаться. "
            "Кто поможет вам успокоиться?",
        ),
        "denied": (
            "Хорошо, что вы не думаете об этом. Если что-то изменится, сразу звоните на телефон доверия или по номеру 112.",
            "Спасибо, что сказали так ясно. Если такие мысли придут, телефон доверия и служба 112 работают днём и ночью.",
        ),
        "after": (
            "Хорошо. Пожалуйста, оставайтесь рядом с людьми и держите номер помощи под рукой. Что сделает ближайший час чуть "
            "легче?",
            "Спасибо, что сказали. Давайте понемногу, шаг за шагом. Кто будет с вами сегодня вечером?",
            "Это хороший шаг. Если снова станет тяжелее, сразу звоните за помощью. Что вам нужнее всего прямо сейчас?",
        ),
        "still": (
            "Из головы не выходят ваши слова о том, чтобы навредить себе. Вы сейчас в безопасности?",
            "Сначала важно спросить ещё раз: вы в безопасности, удалось ли дозвониться до помощи или до близкого человека?",
            "Об этом можно поговорить. Но прежде скажите: рядом с вами кто-то есть, или есть кому позвонить?",
        ),
    },
}


def answer(talk: Dialogue, persona: Persona) -> str | None:
    """What to say when this message, or the one before it, speaks of harm; None otherwise."""
    words = _WORDS[talk.language]
    said = talk.now.heard.plain
    if in_danger(said):
        return talk.voice.pick(words["danger"])
    if _DENIED.search(said):
        return f"{talk.voice.pick(words['denied'])} {persona.question(talk)}".strip()
    if _OTHERS.search(said):
        return talk.voice.pick(words["others"])
    if _open_danger(talk):
        return talk.voice.pick(words["after"] if _SAFE.search(said) else words["still"])
    return None


def _open_danger(talk: Dialogue) -> bool:
    """Harm was spoken of in one of the last messages, and nothing since has told of safety or help."""
    for turn in reversed(talk.turns[-1 - FOLLOWED_TURNS : -1]):
        if _SAFE.search(turn.heard.plain) or _DENIED.search(turn.heard.plain):
            return False
        if in_danger(turn.heard.plain):
            return True
    return False


def in_danger(plain_text: str) -> bool:
    """The message speaks of hurting oneself, beyond what it denies."""
    return _DANGER.search(_DENIED.sub(" ", plain_text)) is not None
