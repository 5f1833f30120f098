"""The same in Russian, only in constructions whose grammar is sure: «я боюсь встреч» → «вы боитесь встреч».

What is not sure (other persons, past tense with an unspoken subject, long sentences) is not turned: it is quoted.
"""

import re

from providers.rules.psychology.verbs_ru import PLURAL_PAST, POLITE_PRESENT, POLITE_SHORT
from providers.rules.talk.text import word_set

MOST_WORDS, MOST_QUOTED = 11, 10

_LEADING = re.compile(
    r"^(ну|вот|да|нет(?=,| я | мне | у меня )|просто|и|а|но|потому что|в общем|вообще|знаете|значит|так|наверное|здравствуйте"
    r"|привет|честно говоря|дело в том что|как бы|короче|э+|если честно|понимаете|наверно|видимо|добрый (день|вечер))\b[\s,]*"
)
_QUESTION = re.compile(
    r"^(что|как|почему|зачем|кто|где|когда|куда|сколько|какой|какая|какие|можно|можете|можешь|скажите|расскажите|помогите"
    r"|подскажите|посоветуйте|дайте|хватит|перестаньте|ли)\b|\?"
)
_CLAUSE_END = re.compile(r"[.;:!?…]+")
_JOINTS = word_set(
    "и но а или потому когда если что чтобы как хотя пока где который которая которое которые с_тех_пор так_как поэтому раз "
    "будто"
)
_ADVERBS = word_set(
    """
    очень так всегда никогда часто иногда сейчас уже опять снова всё все ещё еще сегодня вчера давно просто постоянно
    совсем вообще теперь тоже больше почти каждый_день редко действительно сильно ужасно плохо хорошо ничего никого
    никак нигде много мало
    """
)
_SWAP = {
    "мне": "вам",
    "меня": "вас",
    "мной": "вами",
    "мною": "вами",
    "мой": "ваш",
    "моя": "ваша",
    "мое": "ваше",
    "мои": "ваши",
    "моего": "вашего",
    "моей": "вашей",
    "моему": "вашему",
    "моим": "вашим",
    "моих": "ваших",
    "мою": "вашу",
    "моими": "вашими",
    "моем": "вашем",
    "нам": "вам",
    "нас": "вас",
    "нами": "вами",
    "наш": "ваш",
    "наша": "ваша",
    "наше": "ваше",
    "наши": "ваши",
    "нашего": "вашего",
    "нашей": "вашей",
    "нашему": "вашему",
    "наших": "ваших",
    "нашу": "вашу",
}
_FORBIDDEN = word_set("я мы ты вы вас вам вами тебя тебе тобой твой ваш ваша ваши ваше один одна сам сама")
_PAST = re.compile(r"(л|ла|ло|лся|лась|лось)$")
_NOT_PAST = word_set(
    """
    дела дело зла зол сила сил тела тело мала был была мысл стол угол пол числа слова школа бабла
    """
)
_INCOMPLETE = word_set(
    "хочу могу пытаюсь стараюсь собираюсь начинаю надеюсь верю помню вижу слышу говорю думаю знаю понимаю считаю должен должна"
)
"""Verbs that say nothing without what follows."""
_WAS = word_set("был была было были")
_OPINION = word_set("думаю знаю понимаю считаю кажется уверен уверена")


def reflect(light_text: str) -> str | None:
    """The first statement turned towards the speaker, without capital and full stop; None when the grammar is not sure."""
    for clause in _CLAUSE_END.split(light_text):
        turned = _turn(_strip(clause))
        if turned is not None:
            return turned
    return None


def quote(light_text: str) -> str | None:
    """A short piece of what was said, word for word; None when there is nothing to quote."""
    for clause in _CLAUSE_END.split(light_text):
        words = _strip(clause).split()
        if len(words) > MOST_QUOTED:
            joints = [at for at in range(3, MOST_QUOTED) if _key(words[at]) in _JOINTS or words[at - 1].endswith(",")]
            words = words[: joints[-1]] if joints else []
        if len(words) >= 2 and not _QUESTION.search(clause):
            return " ".join(words).strip(" ,«»\"'")
    return None


def _strip(clause: str) -> str:
    clause = clause.strip(" ,-—")
    while True:
        shorter = _LEADING.sub("", clause)
        if shorter == clause:
            return clause
        clause = shorter


def _key(word: str) -> str:
    return word.strip(",").replace("ё", "е")


def _first_clause(clause: str) -> tuple[list[str], str]:
    """Words up to the first joint or comma, and the joint."""
    words: list[str] = []
    parts = clause.replace("с тех пор", "с_тех_пор").replace("так как", "так_как").split()
    for at, word in enumerate(parts):
        if words and _key(word) in _JOINTS and not (word == "и" and _pairs(parts[at + 1 :])):
            return words, _key(word)
        words.append(word.strip(","))
        if word.endswith(",") and len(words) > 1:
            return words, ","
    return words, ""


def _pairs(rest: list[str]) -> bool:
    """What follows «и» only doubles the word before: «одиноко и грустно»."""
    return 1 <= len(rest) <= 2 and not any(
        _key(word) in _FORBIDDEN | POLITE_PRESENT.keys() | _JOINTS | {"не", "мне", "меня"} for word in rest
    )


def _turn(clause: str) -> str | None:
    if not clause or _QUESTION.search(clause):
        return None
    words, joint = _first_clause(clause)
    if not 2 <= len(words) <= MOST_WORDS:
        return None
    keys = [_key(word) for word in words]
    if joint in {"что", ",", "как"} and _OPINION & set(keys):
        return None
    if keys[0] == "я":
        return _first_person(words[1:], keys[1:])
    if keys[0] in POLITE_PRESENT or (keys[0] == "не" and keys[1] in POLITE_PRESENT):
        return _first_person(words, keys)
    if keys[:2] == ["меня", "зовут"]:
        return None
    if keys[0] in {"мне", "меня"} or keys[:2] == ["у", "меня"] or keys[0] in {"мой", "моя", "мое", "мои"}:
        return _rest(words, keys, past_allowed=True)
    return None


def _first_person(words: list[str], keys: list[str]) -> str | None:
    """'очень боюсь встреч' → 'вы очень боитесь встреч'."""
    at = 0
    while at < len(keys) and (keys[at] in _ADVERBS or keys[at] == "не"):
        at += 1
    if at == len(keys):
        return None
    verb = POLITE_PRESENT.get(keys[at]) or POLITE_SHORT.get(keys[at]) or _plural_past(keys[at])
    rest = _rest(words[at + 1 :], keys[at + 1 :], past_allowed=False)
    if verb is None or rest is None or (not rest and keys[at] in _INCOMPLETE):
        return None
    return " ".join(part for part in ("вы", *words[:at], verb, rest) if part)


def _plural_past(key: str) -> str | None:
    if key in PLURAL_PAST:
        return PLURAL_PAST[key]
    if key.endswith("шел"):
        return key[:-3] + "шли"
    if len(key) < 4 or key in _NOT_PAST:
        return None
    for ending, plural in (("лся", "лись"), ("лась", "лись"), ("ла", "ли"), ("л", "ли")):
        if key.endswith(ending):
            return key.removesuffix(ending) + plural
    return None


def _rest(words: list[str], keys: list[str], *, past_allowed: bool) -> str | None:
    for key in keys:
        if key in _FORBIDDEN or key in POLITE_PRESENT:
            return None
        if not past_allowed and key in _WAS:
            return None
        if not past_allowed and len(key) > 3 and _PAST.search(key) and key not in _NOT_PAST:
            return None
    return " ".join(_SWAP.get(key, word) for word, key in zip(words, keys, strict=True))
