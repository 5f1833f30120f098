"""Short advice on a few topics, in line with common European practice (EN 1992-1-1, EN 13670); always to be checked locally."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """A topic and what to say about it."""

    key: str
    heard: re.Pattern[str]
    en: tuple[str, ...]
    ru: tuple[str, ...]


def _advice(key: str, heard: str, en: tuple[str, ...], ru: tuple[str, ...]) -> Advice:
    return Advice(key, re.compile(rf"\b({heard})"), en, ru)


TOPICS: tuple[Advice, ...] = (
    _advice(
        "cold",
        r"cold\b|winter|frost|freez\w+|below zero|minus \w+ degrees|холод\w*|зим(а|ой|у|ний|нее)|мороз\w*|замерз\w*|ниже нуля"
        r"|минусов\w+",
        (
            (
                "In cold weather keep the fresh concrete above five degrees, cover it with insulating mats, and do not let "
                "it freeze before it has reached about five megapascals."
            ),
            "Frost means warm water in the mix, no ice on formwork and bars, and mats or heating for at least three days.",
        ),
        (
            (
                "В холод держите свежий бетон теплее пяти градусов, укрывайте матами и не давайте замёрзнуть, пока он не "
                "наберёт около пяти мегапаскалей."
            ),
            (
                "В мороз берите тёплую воду, очищайте опалубку и арматуру ото льда и грейте или укрывайте бетон не меньше "
                "трёх суток."
            ),
        ),
    ),
    _advice(
        "hot",
        r"hot (weather|day)|heat\b|summer|sun\b|жар(а|у|е|ко)|зно[йе]|лет(о|ом|ний)|на солнце",
        (
            (
                "In the heat pour in the evening, keep the mix below thirty degrees, shade it and start wetting as soon as "
                "the surface is firm."
            ),
            (
                "Hot sun dries concrete before it hardens, so wet the base first, cover the surface at once and keep it damp "
                "for a week."
            ),
        ),
        (
            (
                "В жару бетонируйте вечером, держите смесь ниже тридцати градусов, затеняйте и увлажняйте, как только "
                "поверхность схватится."
            ),
            "Солнце сушит бетон раньше, чем он твердеет: смочите основание, сразу укройте и неделю держите влажным.",
        ),
    ),
    _advice(
        "cover",
        r"(concrete )?cover\b|cover to|защитн\w+ сло\w+|сло[йя] защит\w*",
        (
            (
                "As a rule of thumb the cover is about twenty five millimetres inside, forty outside, and fifty to seventy "
                "five against soil."
            ),
            "Use spacers for the cover: dry rooms around 25 millimetres, weather 40, cast directly on the ground 75.",
        ),
        (
            "Защитный слой примерно такой: внутри 25 миллиметров, снаружи 40, у грунта от 50 до 75.",
            "Ставьте фиксаторы: сухое помещение около 25 миллиметров, улица 40, прямо по грунту 75.",
        ),
    ),
    _advice(
        "spacing",
        r"spacing|distance between (the )?(bars|rebars?|links|stirrups)|how far apart|pitch of|шаг\w*|расстояни\w+ между"
        r"|как часто",
        (
            (
                "For column links a common limit is the smallest of twenty bar diameters, the thinner side of the column and "
                "four hundred millimetres, and sixty percent of that near floors and laps."
            ),
            (
                "In slabs the main bars usually lie not further apart than two to three slab thicknesses and never above "
                "four hundred millimetres; between bars leave at least twenty millimetres or one bar diameter."
            ),
        ),
        (
            (
                "Для хомутов колонны обычный предел: наименьшее из двадцати диаметров стержня, меньшей стороны колонны и 400 "
                "миллиметров, а у перекрытий и стыков шестьдесят процентов от этого."
            ),
            (
                "В плитах шаг основной арматуры обычно не больше двух-трёх толщин и не больше 400 миллиметров, а в свету "
                "между стержнями не меньше 20 миллиметров и диаметра стержня."
            ),
        ),
    ),
    _advice(
        "lap",
        r"laps?\b|lapping|overlap\w*|splice\w*|нахлест\w*|стык\w*|перехлест\w*",
        (
            "Laps are usually forty to sixty bar diameters long, staggered, and not where the moment is largest.",
            "For a lap count about fifty diameters in tension and never lap all bars in one section.",
        ),
        (
            "Нахлёст обычно от сорока до шестидесяти диаметров, вразбежку и не там, где момент наибольший.",
            "Для стыка внахлёст считайте около пятидесяти диаметров и не стыкуйте все стержни в одном сечении.",
        ),
    ),
    _advice(
        "curing",
        r"cur(e|ing)\b|keep (it )?wet|drying|harden\w*|how long (does|until)|уход\w* за бетон\w*|твердени\w*|сохн\w*"
        r"|полива\w*|набор\w* прочност\w*|застыва\w*",
        (
            (
                "Keep concrete damp for at least seven days, with sheets, wet mats or a curing compound, and count on 28 "
                "days for the full strength."
            ),
            (
                "Curing starts as soon as the surface is firm: cover it, keep it wet for a week, and keep loads off for the "
                "first days."
            ),
        ),
        (
            (
                "Держите бетон влажным не меньше семи суток под плёнкой или мокрыми матами, полную прочность считайте через "
                "28 суток."
            ),
            "Уход начинается, как только поверхность схватилась: укройте, неделю поливайте и первые дни не нагружайте.",
        ),
    ),
    _advice(
        "formwork",
        r"formwork|shutter\w*|strip(ping)? the|props?\b|striking|опалубк\w*|распалуб\w*|стойк\w*",
        (
            (
                "Side forms may come off after one or two days in mild weather, but props under slabs stay until about "
                "seventy percent of the strength is reached."
            ),
            (
                "Before you strip soffits wait for seventy percent of the strength, often one to two weeks, and longer in "
                "the cold."
            ),
        ),
        (
            (
                "Боковую опалубку в тёплую погоду снимают через сутки-двое, а стойки под плитой стоят, пока бетон не наберёт "
                "около семидесяти процентов прочности."
            ),
            "Низ плиты распалубливают при семидесяти процентах прочности, обычно через одну-две недели, в холод позже.",
        ),
    ),
    _advice(
        "joints",
        r"joints?\b|crack\w*|saw cut\w*|шв(ы|ов|а|ами)\b|шов\b|трещин\w*",
        (
            (
                "Cut joints in a slab about every twenty five to thirty thicknesses, a quarter of the thickness deep, within "
                "the first day."
            ),
            "Most early cracks come from fast drying and joints cut too late, so cut within a day and keep the surface wet.",
        ),
        (
            "Швы в плите режут через двадцать пять-тридцать толщин, на четверть толщины, в первые сутки.",
            (
                "Ранние трещины чаще всего от быстрого высыхания и поздних швов: режьте в первые сутки и держите поверхность "
                "влажной."
            ),
        ),
    ),
    _advice(
        "slump",
        r"slump|workab\w*|too (stiff|wet|dry)|add(ing)? water|pump\w*|осадк\w* конуса|подвижност\w*|(добав|долить"
        r"|подлить)\w* вод\w*|жидк\w*|густ\w*",
        (
            (
                "For a pump a slump of about ten to fifteen centimetres is usual; never add water on site, ask for a "
                "plasticiser instead."
            ),
            "Extra water costs strength: ten litres per cubic metre can take several megapascals, so use a plasticiser.",
        ),
        (
            (
                "Для насоса обычна осадка конуса от десяти до пятнадцати сантиметров; воду на площадке не доливайте, просите "
                "пластификатор."
            ),
            "Лишняя вода отнимает прочность: десять литров на кубометр стоят нескольких мегапаскалей, берите пластификатор.",
        ),
    ),
    _advice(
        "compaction",
        r"vibrat\w*|poker|compact\w*|honeycomb\w*|вибр\w*|уплотн\w*|раковин\w*",
        (
            (
                "Put the poker in every thirty to fifty centimetres for ten to twenty seconds, until no more bubbles rise, "
                "and draw it out slowly."
            ),
            "Work in layers of at most fifty centimetres and let the poker reach ten centimetres into the layer below.",
        ),
        (
            (
                "Вибратор погружайте через каждые 30-50 сантиметров на 10-20 секунд, пока не перестанут идти пузыри, и "
                "вынимайте медленно."
            ),
            "Укладывайте слоями не толще 50 сантиметров и заводите вибратор на 10 сантиметров в нижний слой.",
        ),
    ),
    _advice(
        "trench",
        r"trench\w*|excavat\w*|dig(ging)? (deep|down)|shoring|котлован\w*|транше\w*|откос\w*|копа(ть|ем)",
        (
            (
                "Nobody goes into a trench deeper than about one metre twenty without shoring or sloped sides, and spoil "
                "stays a metre from the edge."
            ),
            "Shore or slope the sides before anyone climbs down, and keep machines away from the edge.",
        ),
        (
            "В траншею глубже примерно метра двадцати без крепления или откосов не спускаются, а грунт держат в метре от края.",
            "Сначала крепление или откосы, потом люди, и техника подальше от края.",
        ),
    ),
)


def advice_on(plain_text: str) -> Advice | None:
    """The first topic that a text asks about."""
    return next((topic for topic in TOPICS if topic.heard.search(plain_text)), None)
