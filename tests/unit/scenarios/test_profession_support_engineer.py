"""The support engineer's tasks tell good answers from middling and poor ones, in both languages."""

import pytest

from tests.unit.scenarios.profession_grading import Answers, assert_told_apart

ANSWERS = (
    Answers(
        201,
        "en",
        good="""Dear Olga,

I am sorry for this morning, all the more as it is the second time within a month. My name is Daniel, I have taken your ticket with
top priority and will stay with it. As I understand it, the tills print receipts as usual, but no sales of today show up in the cabinet.

Nothing is lost: each till stores its receipts for 72 hours and sends them by itself once the connection is back. Please keep selling. Please do not
reinstall the agent and do not empty its queue, that would destroy what is stored.

To narrow it down I need four things from one till that fails: does it concern all shops and all tills or only some? Under Menu,
Service, Agent: which version, the time of the last sync and the error code (a photo is enough). Was anything changed in your network last night?

Meanwhile I am checking the servers on our side. I will write again at 09:00 at the latest, even if there is no result. If it gets
worse, call me directly: extension 214.""",
        middling="""Hello Olga, sorry for the trouble. I am looking into it right now. Could you please tell me which tills are affected and what
error message they show? Please don't reinstall anything for the moment, your receipts are stored on the tills. I will get back to you soon.""",
        poor="""Hello, thank you for contacting Tillcloud support. All our services are operating normally according to the status page. Please
restart your tills and check your internet connection. Best regards""",
    ),
    Answers(
        201,
        "ru",
        good="""Ольга, здравствуйте!

Прошу прощения за это утро, тем более что такое у вас второй раз за месяц. Меня зовут Даниил, я взял ваше обращение в работу вне
очереди и буду вести его до конца. Правильно ли я понял: кассы печатают чеки как обычно, но в кабинете за сегодня нет продаж?

Ничего не потеряно: каждая касса хранит чеки 72 часа и отправит их сама, когда связь вернётся. Пожалуйста, продолжайте работать.
Не переустанавливайте агент и не очищайте его очередь — накопленное пропадёт.

Чтобы сузить поиск, нужно следующее. Это во всех кофейнях и на всех кассах или только на части? В меню «Сервис → Агент» на одной
сбойной кассе: какая версия, время последней синхронизации и код ошибки, хватит фото. Менялось ли что-то ночью в вашей сети?

Тем временем проверяю серверы с нашей стороны. Напишу снова не позже 09:00, даже если результата не будет. Если станет хуже, звоните прямо мне,
добавочный 214.""",
        middling="""Ольга, добрый день! Извините за неудобства, уже занимаюсь. Подскажите, пожалуйста, на каких кассах проблема и какой текст ошибки они
показывают? Пока ничего не переустанавливайте, чеки хранятся на кассах. Скоро вернусь с ответом.""",
        poor="""Здравствуйте, спасибо за обращение в поддержку Tillcloud. По данным страницы статуса все сервисы исправны. Перезагрузите кассы и
проверьте кабель. С уважением, служба поддержки""",
    ),
    Answers(
        202,
        "en",
        good="""Cause: the intermediate certificate R2 expired today at 00:00 UTC. Agent 4.2.1 trusts only R2, agent 4.3.0 has R3 in its list as well and goes on
working.

How we know: till 07 had its last good sync at 02:58 and gets "verify failed" with notAfter at exactly that minute from 03:00 local time on. 19 tills with 4.2.1
are silent, 12 with 4.3.0 in the same shops work, so it is not the network and not our servers.

Fix: update the old ones to 4.3.2. First till 07 alone; if that works, the rest shop by shop. Four minutes each, so about an hour and a quarter one after the other, less if two of us go
in parallel. The queue stays where it is, so nobody reinstalls anything.

Check after each till: TLS shows R3, the log says sync ok and the queue goes down to zero. Then count the receipts of the day on the till and
in the cabinet, they must match. I look at all nineteen again after an hour.

Kirill, thanks, I understand the temptation. But verify_tls=false means that anybody in between can read and forge receipts, and it would stay
on because nobody remembers to switch it back. It is meant for test benches, never for customers.""",
        middling="""The certificate R2 has expired, that's why the old agents 4.2.1 cannot connect since 03:00. Tills with the new agent work. We have to
update 19 tills to the new version, it takes four minutes per till. Kirill, please do not disable the verification, this is only for test benches.""",
        poor="""Looks like a problem with the server again. I agree with Kirill, let's do the quick thing now so the customer is happy and look
for the reason later when there is more time.""",
    ),
    Answers(
        202,
        "ru",
        good="""Причина: промежуточный сертификат R2 истёк сегодня в 00:00 UTC. Агент 4.2.1 доверяет только R2, у 4.3.0 в списке есть и R3, поэтому он
работает дальше.

Откуда видно: у кассы 07 последняя удачная синхронизация в 02:58, а с 03:00 местного идёт verify failed, и notAfter стоит ровно на этой минуте. 19 касс с 4.2.1 молчат,
12 касс с 4.3.0 в тех же кофейнях работают, значит, дело не в сети и не в серверах.

Чиним: обновляем старые до 4.3.2. Сначала одну кассу 07; получилось — остальные, кофейня за кофейней. По 4 минуты на кассу, подряд это час с
четвертью, вдвоём параллельно быстрее. Очередь остаётся на месте, ничего не переустанавливаем.

Проверка после каждой кассы: в логе R3 и sync ok, очередь опустилась до нуля. Затем сверяем число чеков за день на кассе и в кабинете,
должны совпасть. Через час смотрю все девятнадцать ещё раз.

Кирилл, спасибо, соблазн понимаю. Но с verify_tls=false любой на пути сможет читать и подделывать чеки, а вернуть настройку потом
забудут. Это только для стендов, клиентам — никогда.""",
        middling="""Истёк сертификат R2, поэтому старые агенты 4.2.1 с 03:00 не могут подключиться. Кассы с новым агентом работают. Надо обновить 19
касс, это четыре минуты на кассу. Кирилл, отключать проверку не надо, это только для стендов.""",
        poor="""Похоже, опять что-то с сервером. Согласен с Кириллом: давайте сделаем побыстрее, чтобы клиент успокоился, а с остальным
разберёмся, когда появится время.""",
    ),
    Answers(
        203,
        "en",
        good="""Title: after the update from 4.2.1 to 4.3.2 a till stops for good at 409 on its last unanswered batch.

Steps to reproduce (bench, 3 out of 3 tries):
1. Till with agent 4.2.1, let it send a batch.
2. Pull the network cable before the answer arrives.
3. Update the till to 4.3.2.
4. Plug the cable in again.

Expected: the server already has the batch, the agent counts it as sent and goes on with the next batch, as 4.2.1 does.
Actual: 409 Conflict "already accepted" with another hash; the agent waits for an operator and the queue stands still. A restart does not help.

Extent: three of 19 tills at Zerno Coffee (03, 16, 21), 214 receipts worth 2,890 euros. Severity high: due at 16:12 by contract, and the oldest receipts are
kept until 03:04 on 17 April. Any customer who updates from 4.2.x after a lost connection can be hit.

Evidence: till 03, batch 119, 11:47:20, request 7f3a-11d9, hash b81e against 5c07 on the server; log attached. We suppose, not proven, that
4.3.x writes the time zone into the receipt, so the old batch gets a new hash.

We need two things: by 14:00 a way to mark batch 119 as done by hand on the three tills without losing the queue, and a correction in the agent.""",
        middling="""After updating to 4.3.2 three tills don't send their receipts any more. They get a 409 conflict because the batch was already
accepted, and then the queue is stuck. Nikita could reproduce it on the bench by pulling the cable. 214 receipts are waiting. It
is urgent, please fix it as soon as possible.""",
        poor="""Hi developers, your new version is broken again and the customer is very angry with us. Some tills do not work after the installation. Fix
it today, we cannot explain this to anybody any more.""",
    ),
    Answers(
        203,
        "ru",
        good="""Заголовок: после обновления с 4.2.1 до 4.3.2 касса насовсем останавливается на 409 по последней пачке без ответа.

Шаги воспроизведения (стенд, 3 из 3):
1. Касса с агентом 4.2.1 отправляет пачку.
2. Выдернуть сетевой кабель до ответа сервера.
3. Обновить агент до 4.3.2.
4. Вставить кабель обратно.

Ожидаем: пачка на сервере уже есть, агент считает её отправленной и берётся за следующую пачку, как делает 4.2.1.
Получаем: 409 Conflict из-за другого хеша, агент ждёт оператора, очередь стоит. Перезапуск не помогает.

Масштаб: три кассы из 19 у «Зерно Кофе» (03, 16, 21), 214 чеков на 2890 евро. Срочность высокая: срок по договору 16:12, самые старые чеки
хранятся до 03:04 17 апреля. Задеть может любого клиента, который обновляется с 4.2.x после обрыва связи.

Доказательства: касса 03, пачка 119, 11:47:20, запрос request 7f3a-11d9, хеш b81e против 5c07 на сервере, лог приложен. Предположительно,
не доказано: 4.3.x пишет в чек часовой пояс, поэтому у старой пачки новый хеш.

Просим две вещи: до 14:00 способ вручную отметить пачку 119 на трёх кассах, не теряя очереди, и исправление в агенте.""",
        middling="""После обновления до 4.3.2 три кассы перестали отправлять чеки. Получают 409, потому что пачка уже принята, и очередь стоит. Никита
воспроизвёл на стенде, выдернув кабель. Ждут 214 чеков. Дело срочное, исправьте поскорее.""",
        poor="""Коллеги, ваша новая версия опять сломана, клиент на нас очень зол. Какие-то кассы после установки не работают. Почините сегодня же,
нам уже нечего людям объяснять.""",
    ),
    Answers(
        204,
        "en",
        good="""Dear Olga,

I am sorry. Yesterday cost you a whole day and your bookkeepers their evening, and after 19 March you have every right to be angry. It was our fault: a certificate of
ours expired and we had not made sure that your older tills were ready for it.

The facts: your ticket came at 08:12, the last till was in order at 19:42, that is eleven and a half hours. All 1,264 receipts of the day are
in the cabinet, not a single one was lost.

Your contract promises a solution within eight hours. We were three full hours beyond that, at 5 % each, so you are entitled to 15 % of the monthly fee, 117 euros. Vera Lang, your
account manager, has it for approval and confirms it by Friday, 17 April. A free month is not mine to promise; Vera will talk about it with you.

What will be different: from 20 April our certificates are watched automatically, with alarms 60, 30 and 7 days ahead. Warnings go to two contacts on your side; may I have a second name
from you? From the end of May agents can update themselves if you wish.

A guarantee of never I cannot give you, it would not be honest. What I can give is my number: I call you on Thursday at ten if
that suits you, and we go through the review together.""",
        middling="""Dear Olga, I apologize for yesterday, I understand that you are disappointed. The reason was an expired certificate, all receipts have
arrived in the meantime. According to the contract you get a credit of 15 %. We will improve our monitoring so that this does not
happen again. I hope you stay with us.""",
        poor="""Dear Olga, the warning was sent to your IT mailbox twice and nobody in your company reacted, so this could have been avoided. We
guarantee that it will never happen again. You will get the month for free, no problem.""",
    ),
    Answers(
        204,
        "ru",
        good="""Ольга, здравствуйте.

Прошу прощения. Вчера у вас пропал целый день, а у бухгалтеров вечер до 23:00, и после 19 марта вы вправе сердиться. Вина наша: истёк наш
сертификат, а мы не убедились, что ваши старые кассы к этому готовы.

Факты: обращение пришло в 08:12, последняя касса заработала в 19:42, это одиннадцать с половиной часов. Все 1264 чека за день в кабинете, ни один
чек не потерян.

По договору мы должны были справиться за 8 часов. Сверх них прошло три полных часа, по 5 % за каждый, то есть вам полагается 15 % месячной платы, 117 евро. Утверждает Вера Ланг, ваш
менеджер, ответ будет до 17 апреля. Бесплатный месяц обещать я не вправе, об этом с вами поговорит Вера.

Что будет иначе: с 20 апреля за сертификатами следит автоматика, тревога за 60, 30 и 7 дней. Предупреждения пойдут двум контактам; назовите, пожалуйста, второй.
С конца мая агенты по желанию обновляются сами.

Гарантировать «никогда» не могу, это было бы нечестно. Могу дать другое: позвоню в четверг в десять, и мы вместе пройдём по
разбору.""",
        middling="""Ольга, приношу извинения за вчерашнее, понимаю ваше возмущение. Причина — истёкший сертификат, все чеки уже дошли. По договору вам
полагается скидка 15 %. Мониторинг мы улучшим, чтобы такое не повторилось. Надеюсь, вы останетесь с нами.""",
        poor="""Ольга, предупреждение дважды уходило в ваш ИТ-отдел, и никто у вас не отреагировал, так что этого можно было избежать. Больше
такого никогда не случится, гарантируем. Месяц будет бесплатным, без проблем.""",
    ),
    Answers(
        205,
        "en",
        good="""What happened. On 14 April at 03:00 the intermediate certificate R2 expired. 83 tills of 7 customers could not send for 16 hours and 42
minutes, until 19:42. We had 37 tickets instead of 14. The receipts came late, none was lost.

Why. The expired certificate is only the last link. Its date stood in a spreadsheet; when its keeper changed departments in January there was no handover, so
it had no owner. Two warning letters bounced and nobody reads bounces. At 06:10 the alert "sync lag" was right, but its rule closed it as the customer's network because
it was under 25 % of the region. And we had tested the update path only with an empty queue, hence the 409 on three tills. None of this is about a
person, it is about the conditions we work in.

What changes.
- Pavel Kim: automatic check of all certificates, alarm 60 days ahead, by 20 April.
- Sofia Marin: the alert is grouped by agent version and no longer closes by itself, by 30 April.
- Nikita Belov: release tests with a full queue for every update from the oldest version still in use, by 15 May.
- Vera Lang: a second contact for every customer and a rota for reading bounces, in May.

For the first line. If several customers lose sync at the same minute and the log says "tls error" or "verify failed", look at the agent version under Menu, Service. Update the
till to 4.3.3, leave its queue alone, never switch verification off. From two customers on, call the second line at once.""",
        middling="""On 14 April a certificate expired and many tills could not sync from 03:00 until the evening. The reason was that nobody owned the
list with the expiry dates after January, and the alert was closed automatically. We will introduce monitoring for certificates until the end
of April, Sofia is responsible. First line: if tills with old versions do not sync, update them.""",
        poor="""The incident was caused by Igor who forgot to renew the certificate. We should be more careful in the future and communicate
better between the teams. Everybody has been reminded to pay attention.""",
    ),
    Answers(
        205,
        "ru",
        good="""Что случилось. 14 апреля в 03:00 истёк промежуточный сертификат R2. 83 кассы 7 клиентов 16 часов 42 минуты, до 19:42, не могли отправлять чеки. Пришло 37
обращений вместо 14. Чеки опоздали, но ни один не пропал.

Почему. Истёкший сертификат — лишь последнее звено. Его срок стоял в таблице; когда её хозяин в январе сменил отдел, передачи не было, и таблица
осталась без хозяина. Два письма с предупреждением вернулись, а возвраты никто не читает. Тревога в 06:10 была верной, но правило закрыло её как сеть
клиента: меньше 25 % касс региона. И путь обновления мы проверяли только с пустой очередью, отсюда 409 на трёх кассах. Дело не в человеке, а в условиях, в
которых мы работаем.

Что меняем.
- Павел Ким: автоматическая проверка всех сертификатов, тревога за 60 дней, к 20 апреля.
- София Марин: тревога группируется по версии агента и больше не закрывается сама, к 30 апреля.
- Никита Белов: проверка каждого обновления с полной очередью, начиная с самой старой версии в работе, к 15 мая.
- Вера Ланг: второй контакт у каждого клиента и дежурство по возвратам писем, в мае.

Первой линии. Если у нескольких клиентов в одну минуту пропала синхронизация, а в логе tls error или verify failed, посмотрите версию агента в сервисном меню. Обновите
кассу до 4.3.3, очередь не трогайте, проверку не отключайте. Начиная с двух клиентов сразу звоните второй линии.""",
        middling="""14 апреля истёк сертификат, и много касс с 03:00 до вечера не синхронизировались. После января у списка сроков не было хозяина, а
тревога закрылась сама. До конца апреля введём мониторинг сертификатов, отвечает София. Первой линии: если не синхронизируются кассы со старой версией,
обновите их.""",
        poor="""Инцидент произошёл из-за Игоря, который забыл продлить сертификат. Впредь надо быть внимательнее и лучше общаться между отделами. Всем
напомнили об аккуратности.""",
    ),
)


@pytest.mark.parametrize("answers", ANSWERS, ids=lambda each: each.name)
def test_the_rules_tell_answers_apart(answers: Answers) -> None:
    assert_told_apart(answers)
