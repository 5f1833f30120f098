"""Common words, to tell a sentence from a recogniser's garbage: a real sentence always has some of them."""

from providers.rules.talk.dialogue import Heard
from providers.rules.talk.text import word_set

_ENGLISH = word_set(
    """
    a about above after again against ago all almost alone already also always am an and another any anyone anything
    anyway are around as ask asked at away back bad be because become bed been before began begin being believe best
    better between big bit both boss boy break bring but buy by call came can car care change child children city class
    clear client close come could cry customer data day days deal did die difficult do does doing done door down during
    each early eat eight eighteen either else end enough even evening ever every everyone everything eyes face fact
    family far father feel feeling felt few fifteen fifty finally find fine finish first five for forget forty found
    four friday friend friends from full gave get getting girl give go goes going gone good got great group grow had
    half hand happen happened happy hard has have having he head hear heard help her here herself high him himself his
    hold home hope hour hours house how however hundred hurt husband i idea if important in inside instead into is issue
    it its itself job just keep kept kind knew know known large last late later lately learn least leave left less let
    life like little live lived long look looking lose lost lot love made make making man many may maybe me mean meet
    meeting might mind minute moment monday money month months more morning most mother move much must my myself name
    need never new next nice night nine no nobody none nor not nothing now number of off often old on once one only open
    or other our out over own parents part past pay people perhaps phone place plan play please possible problem project
    pull push put question quite rather read ready real really reason remember right room run said same saturday saw say
    school second see seem seen send set seven seventy several she should show sick side since sister sit six sixteen
    sixty sleep small so some somebody someone something sometimes son soon sorry start started stay still stop story
    stuff such sunday sure take talk team tell ten than that the their them then there these they thing things think
    thirty this those though thought thousand three through thursday time times tired to today together told tomorrow
    tonight too took toward tried trouble true try trying tuesday turn twelve twenty two under understand until up upon
    us use used usually very wait walk want wanted was watch way we wednesday week weeks well went were what when where
    whether which while who whole why wife will with within without woman wonder word work worked working world worry
    worse would write wrong year years yes yesterday yet you young your yourself
    """
)
_RUSSIAN = word_set(
    """
    а без более больше будет буду будто бы был была были было быть в вам вас ваш ваша ваше вдруг ведь весь вечер во
    вообще вот всегда все всего всем всех всю всё вчера вы где год года да даже два день для до дома дорого думаю его ее
    ей ему если есть еще же за завтра зачем здесь и из или им иногда их к каждый каждую как какая какие какой когда кого
    конечно которая которые который кто куда ли лишь лучше люди между меня мне много могу может можно мой моя мое мои
    моего моей моим моих мочь мы на над надо нам нас наш не него нее ней некоторые нельзя немного нет неделю недели
    нечего ни нибудь никак никогда никого никто ничего но нужен нужна нужно нужны о об один одна одно около он она они
    оно опять от очень перед по под пока после потом потому почему почти при про просто пусть раз разве с сам сама самый
    свое своего своей свои свой свою себе себя сегодня сейчас сколько снова со совсем так такая также такие такой там
    твой тебе тебя тем теперь то тобой тогда того тоже той только том тот три тут ты у уже хорошо хотел хотела хотелось
    хочу хочется через чего чем что чтобы чуть эта эти это этого этой этом этот эту я
    """
)
_STEMS = word_set(
    """
    жизн работ челов люб дума сказ говор зна дела врем мест дом друг подруг сем мам пап мать отец муж жен сын доч дет
    ребен чувств боя бои страх тревог груст устал зли сон спа сплю ноч утр дня вече недел месяц год дене рук голов глаз
    сердц душ пробл задач проект клиент начальн коллег команд встреч план нач конч поним помн забы вид смотр слыш слуш
    жда нужн стара пыта реш отве вопро помо прос бол мал больш хорош плох тяж трудн легк нов стар важн перв втор последн
    бетон плит колонн стриж бород запис мастер телефон номер звон метр сантим толщ высот ширин длин пятниц суббот
    воскрес понедельн вторник сред четверг учи учеб школ экзам
    """
)


def known_share(heard: Heard) -> float:
    """Which part of the words is common: 0 … 1; 1 for a message without letters."""
    words = [token for token in heard.words[:60] if token.text[0].isalpha() or token.value is not None]
    if not words:
        return 1.0
    known = sum(token.value is not None or _known(token.text) for token in words)
    return known / len(words)


def sounds_garbled(heard: Heard) -> bool:
    """Nothing in it that a sentence would have: fewer than one common word in four."""
    return known_share(heard) < 0.25


def _known(word: str) -> bool:
    if word in _ENGLISH or word in _RUSSIAN:
        return True
    return len(word) >= 4 and (word[:6] in _STEMS or word[:5] in _STEMS or word[:4] in _STEMS or word[:3] in _STEMS)
