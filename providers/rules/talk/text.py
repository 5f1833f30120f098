"""One message as words: clipped, lower case, contractions written out, tokens and clauses.

Speech recognisers write no punctuation and no capitals; typed text has both. Everything downstream reads the plain form.
"""

import re
import unicodedata

HEAD_CHARS, TAIL_CHARS = 1200, 400
"""Of a very long message only its beginning and its end are read, so that 100 kB cost no more than 1.6 kB, which is
about two minutes of speech."""

_JUNK = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_LETTERS = re.compile(r"[^\W\d_]")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[+×°%]|[.,;:!?…]")
_WORD = re.compile(r"[^\W_]")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_NOT_ALNUM = re.compile(r"[\W_]+")

_CONTRACTIONS = re.compile(
    r"(?P<whole>\bcan't\b|\bcannot\b|\bwon't\b|\bshan't\b|\blet's\b)|\b(?P<subject>it|he|she|that|what|there|here|name|who"
    r"|where|how)'s\b|(?P<tail>n't|'m|'re|'ve|'ll|'d)\b|\b(?P<bare>im|ive|dont|cant|wont|didnt|doesnt|isnt|wasnt|couldnt"
    r"|wouldnt|thats|whats|youre)\b"
)
_WRITTEN_OUT = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "let's": "let us",
    "n't": " not",
    "'m": " am",
    "'re": " are",
    "'ve": " have",
    "'ll": " will",
    "'d": " would",
    "im": "i am",
    "ive": "i have",
    "dont": "do not",
    "cant": "can not",
    "wont": "will not",
    "didnt": "did not",
    "doesnt": "does not",
    "isnt": "is not",
    "wasnt": "was not",
    "couldnt": "could not",
    "wouldnt": "would not",
    "thats": "that is",
    "whats": "what is",
    "youre": "you are",
}
_SHORTENED = frozenset(word for word in _WRITTEN_OUT if word.isalpha())
"""Contractions as recognisers write them, without apostrophe; any other has one."""
_ISO_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_HYPHENS = str.maketrans({"-": " ", "–": " ", "—": " ", "ё": "е"})


def clip(text: str, head_chars: int = HEAD_CHARS, tail_chars: int = TAIL_CHARS) -> str:
    """The beginning and the end of a long text; a short one as it is."""
    if len(text) <= head_chars + tail_chars:
        return text
    return text[:head_chars] + " " + text[-tail_chars:]


def light(text: str) -> str:
    """Lower case, one space between words, straight apostrophes; hyphens and `ё` stay, so that it can be said back."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    if not text.isprintable():
        text = _JUNK.sub(" ", text)
    return " ".join(text.lower().replace("`", "'").split())


def plain(light_text: str) -> str:
    """A light text without hyphens, `ё` as `е`, English contractions written out, ISO dates as day.month.year."""
    text = light_text
    if "-" in text:
        text = _ISO_DATE.sub(r"\3.\2.\1", text)
    if "-" in text or not text.isascii():
        text = text.translate(_HYPHENS)
    words = text.split()
    if "'" in text or not _SHORTENED.isdisjoint(words):
        words = _CONTRACTIONS.sub(_write_out, text).split()
    return " ".join(words)


def _write_out(found: re.Match[str]) -> str:
    subject = found["subject"]
    return f"{subject} is" if subject else _WRITTEN_OUT[found.group()]


def tokens(plain_text: str) -> tuple[str, ...]:
    """Words, numerals and punctuation marks of a plain text, in order."""
    return tuple(_TOKEN.findall(plain_text))


def is_word(token: str) -> bool:
    """Letters or digits, not punctuation."""
    return _WORD.match(token) is not None


def sentences(text: str) -> list[str]:
    """The sentences of a written text; [] for a blank one."""
    return [part for part in _SENTENCE_END.split(text.strip()) if part]


def bare(text: str) -> str:
    """Only letters and digits, lower case, single spaces: for telling whether two sentences are the same."""
    return _NOT_ALNUM.sub(" ", text.lower().replace("ё", "е")).strip()


def script(text: str) -> str | None:
    """'ru' or 'en' when at least four letters and three quarters of all are Cyrillic or Latin, else None."""
    text = clip(text)
    letters = len(_LETTERS.findall(text))
    cyrillic, latin = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    if cyrillic >= 4 and cyrillic >= 0.75 * letters:
        return "ru"
    if latin >= 4 and latin >= 0.75 * letters:
        return "en"
    return None


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for tables that would be unreadable with quotes and commas."""
    return frozenset(text.split())


def capital(text: str) -> str:
    """The text with its first letter capital."""
    return text[:1].upper() + text[1:]


def listed(items: list[str], language: str) -> str:
    """'a, b and c'."""
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + (" и " if language == "ru" else " and ") + items[-1]


def plural_ru(number: int, one: str, few: str, many: str) -> str:
    """The Russian noun form after a whole number: 1 час, 2 часа, 5 часов."""
    if number % 100 in range(11, 15):
        return many
    return {1: one, 2: few, 3: few, 4: few}.get(number % 10, many)


def figure(value: float, language: str) -> str:
    """About three significant digits, with a decimal comma in Russian."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 3
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",") if language == "ru" else text


def counted(value: float, language: str, en: tuple[str, str], ru: tuple[str, str, str]) -> str:
    """A figure with its noun: '4.8 metres', «4,8 метра», «5 метров». `en`: (one, many); `ru`: (1, 2 or a fraction, 5)."""
    shown = figure(value, language)
    if language != "ru":
        return f"{shown} {en[0] if shown == '1' else en[1]}"
    return f"{shown} {ru[1] if ',' in shown else plural_ru(int(shown), *ru)}"
