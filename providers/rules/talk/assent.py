"""Yes, no, and not knowing: the answers that only make sense next to the question."""

import re

_YES = re.compile(
    r"^(um |uh |well |oh |and |so )*(yes|yeah|yep|yup|sure|of course|ok|okay|right|correct|exactly|absolutely|definitely"
    r"|certainly|indeed|fine|perfect|great|sounds good|that is (right|correct|fine|good|it)|that works|works for me|i do|i am"
    r"|i would|please do|go ahead|all right|alright|good|deal|confirm(ed)?|it (is|does)|very much|i (think|guess"
    r"|suppose) so)\b|^(ну |э |вот )*(да|ага|угу|конечно|верно|правильно|точно|хорошо|ладно|согласен|согласна|подходит"
    r"|подойдет|удобно|пойдет|именно|давайте|давай|так и есть|все так|все верно|все правильно|подтверждаю|годится|отлично"
    r"|можно|пожалуй|договорились|наверное да|идет|устраивает)\b"
)
_NO = re.compile(
    r"^(um |uh |well |oh |and |so |actually )*(no|nope|nah|not (really|quite|right|at all|exactly|that|yet|now)|wrong"
    r"|incorrect|never|i do not(?! know)|that is (wrong|not right|not correct|incorrect)|it is not|i would rather not"
    r"|neither)\b|^(ну |э |вот )*(нет|не а|неа|неверно|неправильно|не верно|не правильно|не так|не совсем|не подходит|не надо"
    r"|не нужно|ни разу|никогда|не согласен|не согласна|не устраивает)\b"
)
_UNSURE = re.compile(
    r"\b(i (do not|really do not|honestly do not) know|no idea|not sure|hard to say|difficult to say|i can not (say|tell)"
    r"|who knows|beats me|dunno)\b|\b(не знаю|без понятия|понятия не имею|трудно сказать|сложно сказать|затрудняюсь"
    r"|кто его знает|не уверена?|не могу сказать)\b"
)
_ANY = re.compile(
    r"\b(any( ?(one|body|time|day|thing))?|whatever|whenever|whoever|no preference|does not matter|do not (care|mind)"
    r"|up to you|you (choose|decide|pick)|as soon as possible|earliest|first available|(i am )?flexible|either)\b|\b(люб(ой"
    r"|ая|ое|ому|ую|ого)|все равно|без разницы|не важно|неважно|на ваш выбор|когда угодно|как можно (скорее|раньше)"
    r"|ближайш\w+|кто угодно|кто свободен|выбирайте сами|решайте сами)\b"
)


def says_yes(plain_text: str) -> bool:
    """The message begins with a yes of some kind."""
    return _YES.search(plain_text) is not None and not _NO.search(plain_text)


def says_no(plain_text: str) -> bool:
    """The message begins with a no of some kind."""
    return _NO.search(plain_text) is not None


def is_unsure(plain_text: str) -> bool:
    """'I don't know' in its many forms."""
    return _UNSURE.search(plain_text) is not None


def says_any(plain_text: str) -> bool:
    """'Whatever suits you'."""
    return _ANY.search(plain_text) is not None
