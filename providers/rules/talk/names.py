"""A person's name in free text: 'my name is john smith', «меня зовут иван петров», or a bare answer to the question."""

import re

from providers.rules.talk.dialogue import Heard
from providers.rules.talk.text import word_set

_INTRODUCED = re.compile(
    r"(?:\bmy (?:full |first |last )?name is|(?:^|\band |\bthe )name is|\bcall me|\bunder the name(?: of)?|\bname will be"
    r"|\b(?:hello|hi|hey)[ ,]+this is|\b(?:put|book) (?:it|me) (?:down )?(?:under|for)|\bменя зовут|\bзовите меня|\bмое имя"
    r"|^имя и фамилия|^имя|^фамилия|\bна имя|\bна фамилию|\bмоя фамилия) (?P<name>[^\W\d_]+(?:[ ,]+[^\W\d_]+){0,2})"
)
_I_AM = re.compile(r"(?:\bi am|\bit is|\bthis is|^это|^я|^зовут)\s+(?P<name>[^\W\d_]+(?: [^\W\d_]+){0,2})")
_BARE = re.compile(
    r"^(?:um |uh |er |well |yes |sure |ok |okay |hi |hello |so |да |ну |э+ |хорошо |конечно |это "
    r"|я )*(?P<name>[^\W\d_]+(?: [^\W\d_]+){0,2})\b"
)
_NOT_A_NAME = word_set(
    """
    and my the a an is phone number telephone mobile please here speaking you your thanks thank i am it was for at on in
    to of with not no yes book booking haircut beard appointment cut styling trim want would like need looking calling
    morning afternoon evening today tomorrow monday tuesday wednesday thursday friday saturday sunday what when how why
    where who which can could do does will shall may maybe sorry okay ok sure fine good great well just back later soon
    right wrong correct hard call let give tell think guess mean so very really also that this there then but or if
    because cancel change move stop wait repeat hello hi hey bye whatever any anyone nothing something name none never
    time day one two three four five six seven eight nine zero ten и а но мой моя мое телефон номер это да нет
    пожалуйста спасибо запишите записать записаться стрижка стрижку стричься борода бороду хочу хотел хотела можно надо
    нужно нужен завтра сегодня утром днем вечером понедельник вторник среду среда четверг пятницу пятница субботу
    суббота воскресенье когда как что где кто почему сколько какой какая какие не ну вот так хорошо ладно отмените
    перенесите стоп подождите повторите здравствуйте привет алло меня мне зовут имя фамилия на в к у с по из за для или
    если ничего никак никто любой время день один два три четыре пять шесть семь восемь девять ноль десять я вы ты он
    она укладка укладку мужская детская цена стоит зачем
    """
)
_MOST_LETTERS = 24


def introduced(heard: Heard, *, asked: bool = False) -> str | None:
    """The name with capitals, or None. With `asked`, a message of one to three plain words counts as one."""
    text = heard.plain
    match = _INTRODUCED.search(text)
    if match and (name := _cleaned(match["name"], heard)):
        return name
    if not asked:
        return None
    match = _I_AM.search(text) or _BARE.search(text)
    return _cleaned(match["name"], heard) if match else None


def _cleaned(candidate: str, heard: Heard) -> str | None:
    """The leading words that can be a name, at most three, spelled as they came (with `ё`)."""
    spelled = {word.replace("ё", "е"): word for word in heard.light.replace(",", " ").replace(".", " ").split() if "ё" in word}
    kept: list[str] = []
    for word in candidate.replace(",", " ").split():
        if word in _NOT_A_NAME or len(word) > _MOST_LETTERS or (len(word) < 2 and not kept):
            break
        kept.append(spelled.get(word, word))
    return " ".join(word[:1].upper() + word[1:] for word in kept) or None
