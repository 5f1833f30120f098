"""Feelings that people name, and the words to name them back."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feeling:
    """A feeling as it is heard and said."""

    key: str
    heard: re.Pattern[str]
    """Words that show it, both languages."""
    en: str
    """Noun phrase: 'anxiety'."""
    ru: str
    """Nominative: «тревога»."""
    pleasant: bool = False


def _feeling(key: str, heard: str, en: str, ru: str, pleasant: bool = False) -> Feeling:
    return Feeling(key, re.compile(rf"\b({heard})"), en, ru, pleasant)


FEELINGS: tuple[Feeling, ...] = (
    _feeling(
        "anxiety",
        r"anxi\w+|nervous|worr(y|ied|ies|ying)|uneasy|on edge|panick?\w*|тревог\w*|тревожн\w*|тревожу\w*|волну(юсь|ет)"
        r"|переживаю|беспоко\w+|нервнича\w+|паник\w*",
        "anxiety",
        "тревога",
    ),
    _feeling(
        "fear",
        r"afraid|scared|fear\w*|frighten\w*|terrif\w+|dread\w*|боюсь|страх\w*|страшно|пуга\w+|напуган\w*|жутко",
        "fear",
        "страх",
    ),
    _feeling(
        "sadness",
        r"sad(ness|der)?\b|unhappy|depress\w+|down lately|miserable|cry(ing)?\b|tears|hopeless\w*|heartbroken|empty\b|грус\w+"
        r"|печал\w*|тоск\w+|плачу|слез\w*|депресс\w+|безнадежн\w*|подавлен\w*|пусто\b|пустот\w+",
        "sadness",
        "грусть",
    ),
    _feeling(
        "anger",
        r"ang(ry|er)|mad at|furious|annoy\w+|irritat\w+|frustrat\w+|rage\b|hate\b|resent\w*|злюсь|злость|злит|злост\w+|зол\b"
        r"|зла\b|бесит|бесят|раздража\w+|ненавижу|ярост\w+|гнев\w*",
        "anger",
        "злость",
    ),
    _feeling(
        "tiredness",
        r"tired\w*|exhaust\w+|burn(t|ed)? ?out|no energy|worn out|fatigue\w*|drained|weary|устал\w*|устаю|усталост\w*"
        r"|вымот\w+|выгор\w+|нет сил|без сил|обессил\w+",
        "tiredness",
        "усталость",
    ),
    _feeling(
        "pressure",
        r"stress\w*|overwhelm\w*|under pressure|too much for me|can not cope|стресс\w*|на пределе|не справля\w+|давит"
        r"|навалил\w+|перегруж\w+|слишком много",
        "pressure",
        "напряжение",
    ),
    _feeling(
        "loneliness",
        r"lonel\w+|alone\b|isolated|nobody (to talk|understands|cares)|no friends|одинок\w*|одиночеств\w*|никто меня не"
        r"|никому не нуж\w+|не с кем",
        "loneliness",
        "одиночество",
    ),
    _feeling(
        "guilt",
        r"guilt\w*|my (own )?fault|blame myself|regret\w*|вин(а|у|ой|овата?|ю себя)\b|виноват\w*|сожале\w+|жалею",
        "guilt",
        "вина",
    ),
    _feeling(
        "shame",
        r"asham\w+|embarrass\w*|humiliat\w+|shame\w*|стыд\w*|стыжусь|стесня\w+|унижен\w*|опозор\w+|неловко",
        "shame",
        "стыд",
    ),
    _feeling(
        "worthlessness",
        r"worthless|a failure|not good enough|useless\b|stupid\b|a loser|i am nobody|ничтожеств\w*|неудачник\w*|неудачниц\w*"
        r"|недостаточно хорош\w*|бесполезн\w*|никчемн\w*|тупая?\b|ничего не стою",
        "doubt in yourself",
        "сомнение в себе",
    ),
    _feeling(
        "hurt",
        r"hurt(s|ful)?\b|betray\w+|offend\w*|rejected|ignored|обид\w+|обижа\w+|предал\w*|предательств\w*|отверг\w*"
        r"|игнориру\w+|больно",
        "hurt",
        "обида",
    ),
    _feeling(
        "confusion",
        r"confus\w+|lost\b|torn\b|can not decide|do not know what to do|stuck\b|растерян\w*|запутал\w*|не знаю что делать"
        r"|не могу решить|в тупике|застрял\w*",
        "confusion",
        "растерянность",
    ),
    _feeling(
        "joy",
        r"happy\b|glad\b|excited|proud\b|relieved|better today|feel(ing)? (much )?better|good news|grateful|радост\w*"
        r"|счастлив\w*|рада?\b|горжусь|легче|облегчени\w*|хорошие новости|благодарн\w*",
        "something good",
        "радость",
        pleasant=True,
    ),
)

_NEGATION = re.compile(r"\b(not|never|no|nobody|without|wish|should|не|нет|никогда|никто|без|бы)\b")
"""Anywhere in a message, these take the joy out of 'proud' and 'happy'."""
_DENIED_BEFORE = re.compile(r"\b(not|never|no longer|не) (?:\w+ )?$")


def feelings_in(plain_text: str) -> list[Feeling]:
    """The feelings that a text names without denying them ('not anxious')."""
    found: list[Feeling] = []
    for feeling in FEELINGS:
        match = feeling.heard.search(plain_text)
        if feeling.pleasant and _NEGATION.search(plain_text):
            continue
        if match and not _DENIED_BEFORE.search(plain_text[max(0, match.start() - 24) : match.start()]):
            found.append(feeling)
    return found
