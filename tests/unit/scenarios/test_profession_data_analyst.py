"""The data analyst's tasks tell good answers from middling and poor ones, in both languages."""

import pytest

from tests.unit.scenarios.profession_grading import Answers, assert_told_apart

ANSWERS = (
    Answers(
        301,
        "en",
        good="""Hi Lena,

what I read from the table: visits are the same as the week before (213,900 against 214,300), conversion fell from 4.14 to 3.64 %. So people still come, but fewer of them
buy: 7,790 instead of 8,870 orders, minus 12.2 %. By order I mean paid orders without cancelled ones; tell me if the board counts them differently. And which decision
will the board take on it: stop the app, or the fee? Then I look there first.

Possible explanations, none of them proven: Android app 5.8 of 31 August; the dearer delivery in the south; the end of the holidays, which
a year ago cost 2.1 %, so it cannot be all of it; and the gap in event tracking on 5 September, which touches visits, hardly orders.

How I tell them apart: I split conversion by platform and version; if it is the app, iOS and web stand still. The same by district: the fee would show only in
the south. Then the funnel step by step, cart, checkout, payment, day by day and against the same week last year. Orders come from the database and not from events.

Tomorrow by 9:30 you have one page with two charts and three sentences, and beside each sentence how sure I am. It is a preliminary answer. A dashboard makes sense once we
know what it should watch; I suggest Friday.""",
        middling="""Hi Lena, the conversion dropped from 4.14 % to 3.64 %, visits are stable. It could be the Android release, but also the end of the holidays or the
delivery fee. I will look at the conversion by platform and compare it with the weeks before. You will get a dashboard
tomorrow at 10:00.""",
        poor="""Hi Lena, yes, it's certainly the new app, everybody is complaining about it. I will put all available data into a nice dashboard for your
meeting so that everyone can see it.""",
    ),
    Answers(
        301,
        "ru",
        good="""Лена, привет.

Что видно из таблицы: визитов столько же (213 900 против 214 300), а конверсия упала с 4,14 до 3,64 %. То есть люди приходят, но реже покупают: 7790 заказов
вместо 8870, минус 12,2 %. Заказом считаю оплаченный и не отменённый; скажи, если правление считает иначе. И какое решение оно будет принимать: останавливать приложение или
возвращать цену? Туда посмотрю в первую очередь.

Возможные объяснения, пока ни одно не доказано: приложение для Android 5.8 от 31 августа; подорожавшая доставка в Южном районе; конец каникул — год назад он стоил 2,1 %, так что одним
сезоном всё не объяснить; и дыра в данных 5 сентября, которая портит визиты, но почти не трогает заказы.

Как различу: разложу конверсию по платформам и версиям — если дело в приложении, iOS и веб стоят на месте. То же по районам: доставка была бы видна только
на юге. Потом воронка по шагам, корзина, оформление, оплата, по дням и против той же недели прошлого года. Заказы беру из базы, а не из событий.

Завтра к 9:30 у тебя будет одна страница: два графика и три фразы, у каждой написано, насколько я уверен. Это предварительный ответ. Дашборд имеет смысл, когда поймём, за чем
следить; предлагаю к пятнице.""",
        middling="""Лена, конверсия упала с 4,14 % до 3,64 %, визиты прежние. Это может быть релиз Android, но и конец каникул или цена доставки.
Посмотрю конверсию по платформам и сравню с прошлыми неделями. Дашборд будет завтра к 10:00.""",
        poor="""Лена, да, конечно, это новое приложение, все на него жалуются. Соберу все данные в красивую картинку к твоему выступлению, чтобы всем
было понятно.""",
    ),
    Answers(
        302,
        "en",
        good="""Artyom, the two joins multiply the orders. An order with three items and two payments appears six times in the result, once per pair. Look at order 70113:
three items, one declined and one successful payment, so 6 rows and 252.00 instead of 42.00. COUNT(*) counts those rows, and SUM adds the same total again and again.

We need neither table here, so I would leave both out:

SELECT date_trunc('week', o.created_at AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Belgrade') AS week,
       COUNT(*) AS orders, SUM(o.total_eur) AS revenue
FROM orders o
WHERE o.status = 'paid'
  AND o.created_at >= '2026-08-23 22:00' AND o.created_at < '2026-08-30 22:00'
GROUP BY 1;

If you ever need the payment, use EXISTS or aggregate it before joining. SUM(DISTINCT …) is no way out: two different orders of 42 euros would become one.

What else was in: 310 cancelled and 60 test orders, which finance does not count. And the borders: created_at is UTC, finance closes at midnight in Belgrade, so two hours of
every Sunday night fell into the wrong week.

How we make sure: the result has to be 8,870 and 275,857 as Tamara has it. I count rows before and after each join, and you follow one order, 70113, by hand. If a few euros remain, we look for
them together before anything goes to Lena.""",
        middling="""Artyom, your query counts rows several times because of the joins with payments and items: one order has several items. Use COUNT(DISTINCT
o.order_id) and filter the status, cancelled orders should not be counted. Then compare the result with Tamara's numbers, it should be 8,870.""",
        poor="""Artyom, the numbers from finance are probably outdated, they often use another definition. To be safe just divide the values by four,
then it fits approximately.""",
    ),
    Answers(
        302,
        "ru",
        good="""Артём, два соединения размножают заказы. Заказ с тремя позициями и двумя платежами попадает в результат шесть раз, по разу на каждую пару. Возьми заказ 70113: три
позиции, один платёж отклонён, второй прошёл, получается 6 строк и 252,00 вместо 42,00. COUNT(*) считает эти строки, а SUM складывает одну и ту же сумму снова и снова.

Ни одна из этих таблиц здесь не нужна, поэтому убираем соединения:

SELECT date_trunc('week', o.created_at AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Belgrade') AS week,
       COUNT(*) AS orders, SUM(o.total_eur) AS revenue
FROM orders o
WHERE o.status = 'paid'
  AND o.created_at >= '2026-08-23 22:00' AND o.created_at < '2026-08-30 22:00'
GROUP BY 1;

Если платёж когда-нибудь понадобится, бери EXISTS или сначала агрегируй. SUM(DISTINCT …) не выход: два разных заказа по 42 евро слились бы в один.

Что ещё попало лишнего: 310 отменённых и 60 тестовых заказов, финансы их не считают. И границы: created_at хранится в UTC, финансы закрывают день в полночь по Белграду, так что два
часа каждой ночи на понедельник уходили в чужую неделю.

Как убедимся: должно получиться 8870 и 275 857, как у Тамары. Я сверю число строк до и после каждого соединения, ты проследишь один заказ, 70113, вручную. Если останется
разница в несколько евро, найдём её вместе, прежде чем отдавать Лене.""",
        middling="""Артём, твой запрос считает строки по нескольку раз из-за соединений с платежами и позициями: в одном заказе много позиций. Возьми
COUNT(DISTINCT o.order_id) и отфильтруй статус, отменённые считать не надо. Потом сравни с цифрами Тамары, должно выйти 8870.""",
        poor="""Артём, у финансистов, скорее всего, старые данные, у них часто другие определения. Для надёжности раздели значения на четыре, тогда
примерно сойдётся.""",
    ),
    Answers(
        303,
        "en",
        good="""Artyom, I like that you want to move, but the figures do not carry it yet.

What they say: the difference is not significant. p is 0.109, and the interval runs from −0.11 to +1.11 points. It includes zero, so plain chance would give us such a picture often enough.

Why not stop now: we have six of 14 days and not a single Monday in them, and people buy groceries by weekday. The p = 0.04 of the third day proves nothing: who looks every day and stops
at the first good value nearly always finds something. And the plan asks for 31,800 users per group, we have 10,200. At 1,700 a day that is 19 days, until 3 October, longer than the 14 planned; we should have
noticed that beforehand.

What worries me more is the money. The average order fell from 31.40 to 28.10, so revenue per user is 1.55 against 1.57 euros: more orders, but no gain. And 19 tickets about double charges against 4.

What I recommend: no rollout tomorrow. First find out why people are charged twice, with the test paused for everybody if it takes longer than today. Then keep it running until 3 October without looking, and decide by
revenue per user, with the double charges as a condition. I suggest you tell Lena today that it is still open; I gladly come along.""",
        middling="""Artyom, the p-value is 0.109, so the result isn't significant yet and it could be chance. The test should run for 14 days as planned, we only have six days. The average order is lower too, we
should watch that. Please wait with the rollout until the end of the test.""",
        poor="""Great result, Artyom! Ten percent more conversion is a lot of money for the company. I would start with half of the audience tomorrow and with
all of them next week if nobody complains.""",
    ),
    Answers(
        303,
        "ru",
        good="""Артём, желание двигаться мне нравится, но цифры этого пока не выдерживают.

О чём они говорят: разница статистически незначима. p = 0,109, интервал от −0,11 до +1,11 пункта включает ноль, такая картина нередко получается и просто случайно.

Почему не останавливать: прошло шесть дней из 14, среди них ни одного понедельника, а продукты покупают по дням недели. p = 0,04 на третий день ничего не доказывает: кто смотрит каждый день и
останавливается на первом хорошем значении, почти всегда что-нибудь найдёт. И по плану нужно 31 800 человек в группе, а у нас 10 200. При 1700 в день это 19 дней, до 3 октября, дольше запланированных 14; нам стоило заметить
это заранее.

Больше меня тревожат деньги. Средний чек упал с 31,40 до 28,10, поэтому выручка на пользователя 1,55 против 1,57 евро: заказов больше, а выигрыша нет. И 19 обращений о двойном списании против 4.

Что советую: завтра не выкатывать. Сначала выяснить, почему списывается дважды, а если это не решится сегодня — поставить тест на паузу. Затем продолжать до 3 октября, не подглядывая, и решать по выручке на
пользователя, с двойными списаниями как условием. Лене лучше сегодня же сказать, что вопрос открыт; готов пойти вместе.""",
        middling="""Артём, p = 0,109, то есть результат пока незначим и может быть случайным. Тест должен идти 14 дней, как в плане, а прошло шесть дней. Средний чек тоже ниже, за этим надо
следить. Подожди, пожалуйста, с выкаткой до конца теста.""",
        poor="""Артём, отличный результат! Плюс десять процентов — это большие деньги для компании. Начал бы завтра с половины аудитории, а через неделю, если
никто не пожалуется, дал бы всем.""",
    ),
    Answers(
        304,
        "en",
        good="""Orders fell because payment fails in our Android app since version 5.8. It costs 1,075 orders or 33,600 euros a week, 168,000 so far. Neither the delivery fee nor the holidays
are the cause.

What carries this: conversion on Android went from 4.10 to 2.98 %, iOS and web stand still. In the funnel only one step broke: of the payments begun 67 % are completed instead of 92 %. On
Android 12 and older it is 41 %, on newer systems 91 %. In the south conversion fell as much as in all other districts.

How sure we are: very, as to the place. Since Friday 10 % of Android users have the corrected 5.8.3, and there 90 % of payments come through, against 66 % with the others. That is three days with a weekend and 1,140 payments, and we have not checked whether
these users were picked at random. It remains open why 2 points to the old level are missing.

Recommendation: Artyom Belov gives 5.8.3 to 50 % on Tuesday, 6 October, and to everyone on Thursday, if the paid share stays above 88 %; otherwise he stops. We expect to bring back about 1,000 orders a week. On 13 October I report conversion, measured
against August.""",
        middling="""The drop of orders comes from the Android app 5.8, there the payment fails. Conversion on Android fell from 4.10 % to 2.98 %, on iOS and web it is nearly unchanged. We lose about 33,600 euros per
week. The version 5.8.3 helps, so it should be rolled out to all users as soon as possible.""",
        poor="""Dear board, the last weeks were difficult in the whole market. We analysed a lot of data from many sources and found several interesting patterns which
we will examine further in the next quarter.""",
    ),
    Answers(
        304,
        "ru",
        good="""Заказы упали, потому что в приложении Android с версии 5.8 срывается оплата. Это стоит 1075 заказов, или 33 600 евро в неделю, уже 168 000. Ни доставка, ни каникулы
тут ни при чём.

На чём держится вывод: конверсия на Android снизилась с 4,10 до 2,98 %, iOS и веб стоят на месте. В воронке сломался один шаг: из начатых оплат доходят до конца 67 % вместо 92 %. На
Android 12 и старше — 41 %, на новых системах 91 %. На юге конверсия упала так же, как во всех районах.

Насколько уверены: в месте поломки — вполне. С пятницы у 10 % пользователей Android стоит исправленная 5.8.3, и у них проходит 90 % оплат, у остальных 66 %. Это три дня, причём с выходными, и 1140 оплат, и мы не проверяли,
случайно ли отобраны эти люди. Остаётся неизвестным, куда делись ещё 2 пункта до прежнего уровня.

Советуем: Артём Белов во вторник, 6 октября, даёт 5.8.3 половине, 50 %, а в четверг — всем, если доля оплаченных останется выше 88 %; иначе останавливаем. Ждём возврата примерно 1000 заказов в неделю. 13 октября доложу
конверсию в сравнении с августом.""",
        middling="""Падение заказов связано с приложением Android 5.8, там не проходит оплата. Конверсия на Android упала с 4,10 % до 2,98 %, на iOS и вебе почти не изменилась. Теряем около 33 600 евро в
неделю. Версия 5.8.3 помогает, поэтому её надо как можно скорее раскатить на всех.""",
        poor="""Уважаемое правление, последние недели были трудными для всего рынка. Мы проанализировали много данных из разных источников и нашли ряд интересных
закономерностей, которые изучим в следующем квартале.""",
    ),
    Answers(
        305,
        "en",
        good="""Figure. The paid share (payment begun to paid) and conversion, separately for each platform and app version, every hour and once a day. Weekly revenue over
everything hides a break: Android is less than half of it, and it comes a week too late.

When it sounds. Daily: below 90.2 %, that is three standard deviations of 0.6 under the mean of 92. Hourly: below 85 %, and only when it happens two hours in a row. Conversion we compare with the same weekday of the last four weeks, because weekends are
lower anyway. Before we switch it on, I run it over the data of the third quarter: on 31 August it would have sounded on the first day, and I want to see at most two false ones a month instead of 58
in a quarter.

Who does what. It goes to the person on duty, Artyom, Maya or Leonid, as a phone call and into the team chat, no longer to a mailbox. Reaction within 15 minutes. The first checks stand in a
list: are the data there, which version, which system. If a release went out on that day, the one on duty may switch it off without asking; that takes 20 minutes.

Data or shop. A second alarm of its own watches the number of events per hour. Before the first alarm goes out, it compares payments from events with orders in the database; if only the events are missing, as on
5 September, it is muted and those hours are marked and excluded from every mean.""",
        middling="""We should monitor the conversion on Android every day and send an alarm if it is more than three standard deviations below the mean. The alarm should go to the person on duty in the chat
instead of the mailbox. If there are no events, this should be a separate alarm. The person on duty checks what happened.""",
        poor="""We need a better culture of looking at numbers. Everyone should open the reports every morning and think about them. Additional alerts for all important
indicators would certainly help too.""",
    ),
    Answers(
        305,
        "ru",
        good="""Показатель. Доля оплаченных (от начала оплаты) и конверсия, отдельно по платформам и версиям приложения, раз в час и раз в день. Недельная выручка по всему
магазину прячет поломку: Android в ней меньше половины, да и приходит она на неделю позже.

Когда звучит. По дням: ниже 90,2 %, это три стандартных отклонения по 0,6 от среднего 92. По часам: ниже 85 %, и только если так два часа подряд. Конверсию сравниваем с таким же днём недели за последний месяц, потому что в выходные
она и так ниже. Прежде чем включать, прогоню на данных третьего квартала: 31 августа тревога сработала бы в первый же день, а ложных хочу видеть не больше двух в месяц вместо 58 за
квартал.

Кто что делает. Тревога идёт дежурному — Артёму, Майе или Леониду — звонком и в чат команды, а не на ящик. Реакция в течение 15 минут. Первые проверки записаны в
памятке: есть ли данные, какая версия, какая система. Если в этот день был выпуск, дежурный вправе выключить его без согласований, это 20 минут.

Данные или магазин. Вторая, отдельная тревога следит за числом событий в час. Прежде чем звучит первая, она сверяет оплаты по событиям с заказами в базе; если пропали только события, как 5 сентября,
она молчит, а эти часы помечаются и исключаются из всех средних.""",
        middling="""Предлагаю каждый день следить за конверсией Android и слать тревогу, если она ниже среднего больше чем на три стандартных отклонения. Тревога должна приходить дежурному в чат, а не на
ящик. Если нет событий, пусть будет отдельная тревога. Дежурный проверяет, что случилось.""",
        poor="""Нам нужна более высокая культура работы с цифрами. Пусть все каждое утро открывают отчёты и думают над ними. Дополнительные оповещения по всем важным
направлениям тоже, безусловно, помогли бы.""",
    ),
)


@pytest.mark.parametrize("answers", ANSWERS, ids=lambda each: each.name)
def test_the_rules_tell_answers_apart(answers: Answers) -> None:
    assert_told_apart(answers)
