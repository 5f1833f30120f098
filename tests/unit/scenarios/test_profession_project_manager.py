"""The project manager's tasks tell good answers from middling and poor ones, in both languages."""

import pytest

from tests.unit.scenarios.profession_grading import Answers, assert_told_apart

ANSWERS = (
    Answers(
        101,
        "en",
        good="""Marina,

here is how I read the task. By 29 May forty lockers stand in Belgrade and any customer can open a cell with our app. We spend
no more than 240,000 euros. I would call it a success when the share of letters about couriers who did not come falls from 5 %
in February to 2.5 % in September; that is the target I suggest we measure.

First phase: lockers, tracking, the code and opening the cell. Returns would cost Denis three to four weeks more and paying in
cash needs a certified module that takes ten weeks, so both move to a second phase after the launch.

Three questions before you board. Finance speaks of 220 thousand: which budget holds? Who can decide while you are away, for
instance on the sites? And may I sign rent contracts for the locations myself? One risk I am checking with KastenWerk: their
interface is documented for firmware 3.x only.

Milestones: first ten lockers mounted by 10 April, integration test until 24 April, a pilot with 200 customers until 15 May, launch on 25
May. That leaves a week of reserve.""",
        middling="""Hi Marina, thank you, I am happy to lead this. I understand that we want forty lockers and an app before June so that customers
complain less. I think cash is too much for now and we should do it later, after launch. Returns I would still like to look
into. I will prepare a plan with the team this week: we start with the app, then the lockers are tested, then we launch. Could
you tell me whether we have 240 or 220 thousand?""",
        poor="""Hello Marina, great news! I will do my best to make this project a success. The team is motivated and we will keep you
informed about everything. Have a good flight!""",
    ),
    Answers(
        101,
        "ru",
        good="""Марина, добрый вечер. Вот как я понимаю задачу.

К 29 мая в Белграде стоят сорок постаматов, и любой клиент открывает ячейку нашим приложением. Тратим не больше 240 тысяч евро.
Успехом предлагаю считать, если доля жалоб «курьер не приехал» упадёт с нынешних 5 % до 2,5 % к сентябрю — это и будем
измерять.

В первый этап входят постаматы, отслеживание, код и открытие ячейки. Возвраты стоят ещё три-четыре недели, а приём наличных
требует сертифицированного модуля, это десять недель, поэтому и то и другое откладываю на второй этап.

Три вопроса до вылета. Финансисты говорят про 220 тысяч: какой бюджет верен? Кто принимает решения, пока вас нет? Могу ли я
сам подписывать аренду площадок? Отдельно уточняю у KastenWerk прошивку: их интерфейс описан только для версии 3.x.

Вехи: первые десять постаматов смонтированы к 10 апреля, проверка с приложением до 24 апреля, пилот на 200 клиентах до 15 мая,
запуск 25 мая. Остаётся неделя запаса.""",
        middling="""Марина, здравствуйте! Спасибо за доверие. Понял так: сорок постаматов и приложение до июня, чтобы жалоб стало меньше. Наличные,
думаю, сейчас не потянем, вернёмся к ним потом, после запуска. По возвратам ещё подумаем. План составлю с командой на этой
неделе: сначала приложение, затем тестируем постаматы и запускаемся. Подскажите, у нас 240 или 220 тысяч?""",
        poor="""Марина, отличные новости! Приложу все силы, чтобы проект получился. Команда настроена по-боевому, будем держать вас в курсе.
Хорошего полёта!""",
    ),
    Answers(
        102,
        "en",
        good="""Marina, KastenWerk delivers the first ten lockers on 20 April, two weeks late. Mounting, integration test and pilot all depend on
them, so the whole chain shifts by two weeks. There is only one week of slack between the end of the pilot and 25 May: without action we
launch in June, at least one week late.

I see three ways out.
1. We accept it and move the launch to 8 June. Costs nothing, but the date is lost.
2. We fly the ten in: arrival 7 April, 6,400 euros. The plan holds.
3. We borrow four demo units from the dealer in Novi Sad. Free, but with firmware 2.9, which our app does not support, so the test would
prove little.

I recommend the air freight, paid from the reserve, because a later launch costs us more than 6,400 euros. 2,600 euros remain there.
Please decide by tomorrow 11:00, before the board meets; Stefan needs the order in the morning.

With Stefan I will settle this: the flight date and the 27 April date of the second batch confirmed in writing, a status mail every
Friday, and the penalty under 7.2 of the contract. It is small, 1 % or 370 euros, so I shall use it as an argument, not as a weapon.""",
        middling="""Dear Marina, unfortunately the maker is two weeks late with the first lockers, so the pilot starts later than planned. We can fly
them in for 6,400 euros or wait. I would recommend the plane, because otherwise we may not hold 25 May. Please tell me what you
think. I will also write to KastenWerk that we are not happy and look at the contract.""",
        poor="""Marina, there is bad news from the supplier, they have problems again. I told you that they are unreliable. I hope it will work
out somehow, the team will work harder. I keep you posted.""",
    ),
    Answers(
        102,
        "ru",
        good="""Марина, KastenWerk привезёт первые десять постаматов только 20 апреля, на две недели позже. От них зависят монтаж, проверка
приложения и пилот, поэтому сдвигается вся цепочка. Запас между концом пилота и запуском — одна неделя, так что без мер мы
запустимся в июне, минимум на неделю позже.

Вариантов три.
1. Принять задержку и перенести запуск на 8 июня. Денег не стоит, но срок сорван.
2. Привезти десять штук самолётом к 7 апреля за 6400 евро. План остаётся прежним.
3. Взять четыре демонстрационных экземпляра у дилера в Нови-Саде. Бесплатно, но прошивка 2.9 нашему приложению не подойдёт,
такая проверка мало что докажет.

Советую самолёт за счёт резерва: поздний запуск обойдётся дороже 6400 евро, а в резерве останется 2600. Прошу ваше решение
завтра до 11:00, до правления, утром Штефан ждёт заказ.

С производителем договорюсь так: дату рейса и 27 апреля для второй партии он подтверждает письменно, каждую пятницу присылает
сводку. Неустойка по пункту 7.2 договора невелика, 1 %, то есть 370 евро, поэтому это довод в разговоре, а не оружие.""",
        middling="""Марина, к сожалению, производитель опаздывает с первыми постаматами на две недели, пилот начнётся позже. Можно доставить их
самолётом за 6400 евро либо ждать. Я бы рекомендовал самолёт, иначе можем не попасть в 25 мая. Напишите, что думаете. Производителю
я тоже напишу, что мы недовольны, и посмотрю договор.""",
        poor="""Марина, плохие новости: поставщик опять подводит. Я говорил, что они ненадёжные. Надеюсь, всё как-нибудь наладится, команда
поднажмёт. Буду держать в курсе.""",
    ),
    Answers(
        103,
        "en",
        good="""Hi Ilya, thank you for telling me now and not in May. I understand the aim: if Feathers bring a third more people to the lockers,
that is worth a lot to all of us.

What it costs: 18 person-days and 10,980 euros. Until 24 April we have five free days, and 2,600 euros are left in the reserve.
If we started today, the integration test and with it the launch on 25 May would be at risk.

What I can offer for the launch: a promo code for the first parcel from a locker. Three days, 1,830 euros, and your banners can
carry it, so the 3,200 euros are not wasted. The whole of Feathers would come in the next release in July.

How it is decided: it is above 2,000 euros and above five days, so by our rule Marina decides on a written change request. I fill it in with you, you add
the expected effect, and she has it on Friday, 10 April. If she wants all of it for the launch, she will have to say what we drop instead.

Half an hour tomorrow over a coffee? I am sure that together we can make the start look good.""",
        middling="""Hi Ilya, I understand that the loyalty programme matters to you, but 18 person-days are too much before the launch. We have no
capacity left and hardly any reserve. Maybe a promo code would work, it takes only three days. Let us discuss it with Marina and
then decide.""",
        poor="""Ilya, this is not possible. You should have come to us months ago, and Denis had no right to promise anything. The plan is fixed,
please do not send such wishes again.""",
    ),
    Answers(
        103,
        "ru",
        good="""Илья, спасибо, что написал сейчас, а не в мае. Смысл понимаю: если «Пёрышки» приведут к постаматам на треть больше людей, от этого
выиграют все.

Цена такая: 18 человеко-дней и 10 980 евро. До 24 апреля у нас свободны пять дней, в резерве осталось 2600. Если начать сегодня, мы
рискуем интеграционной проверкой, а с ней и запуском 25 мая.

К запуску могу предложить промокод на первую посылку из постамата. Это три дня и 1830 евро, и твои баннеры пригодятся: 3200 евро не
пропадут. «Пёрышки» целиком поставим в июльский выпуск, после запуска.

Решаем так. Это больше 2000 евро и больше пяти дней, значит, по правилу решает Марина по письменному запросу на изменение. Заполним его вместе, ты
добавишь ожидаемый эффект, и в пятницу, 10 апреля, он у неё. Если она захочет всё сразу, ей придётся сказать, чем жертвуем взамен.

Полчаса завтра за кофе? Уверен, вместе сделаем старт красивым.""",
        middling="""Илья, понимаю, что программа лояльности важна, но 18 человеко-дней перед запуском — это много. Свободных рук нет, резерва почти не
осталось. Может, подойдёт промокод, он займёт всего три дня. Давай обсудим с Мариной и решим.""",
        poor="""Илья, это невозможно. Надо было приходить несколько месяцев назад, а Денис не имел права ничего обещать. План утверждён, больше
таких пожеланий не присылай.""",
    ),
    Answers(
        104,
        "en",
        good="""Fixing. First L-118, the cell that stays shut, then L-131, the double charge; after that the four critical ones. That is eight of our
ten working days. The nine major and eight minor defects wait until after the launch, and support gets a list of them tomorrow.

Launch. I propose the conditions now so that nobody bends them on 22 May: both blocking defects closed, a regression run without new ones,
and 100 pickups in a row on real lockers at Slavija without a shut door. Marina decides on our joint proposal. If a condition fails, we have a plan B: we
open with the ten pilot lockers only and the rest one week later, on 1 June.

People. Tonight I call Anna, tomorrow at nine I see Denis, each of them alone. I want to listen first: she feels ignored, he is exhausted
with two people. To Denis I will say plainly that the remark about monkeys was an insult and that he owes her an apology in the same
chat, before the same 47 readers. At eleven both go to Slavija together with a phone camera and reproduce L-118: facts and a video instead of
bench against bench. From then on we have a rule: no quarrels in the channel.

Marina. I call her tonight: 6 of 412 pickups ended before a shut door, 1.5 %, and three customers paid twice. I see a fair chance of holding 25 May, but
a risk of one week. From her I need the decision on Friday and her support for plan B. She gets two lines every evening, the next on 15 May.""",
        middling="""We must fix the blocking defects first, L-118 and L-131, then the critical ones. Minor things can wait. On 22 May we decide whether we
launch; if L-118 is not fixed, we should postpone. I will talk to Denis and Anna and ask both to be more respectful. I also inform
Marina that there is a risk for the date.""",
        poor="""All defects have to be closed before the launch, no exceptions. Everybody will work on the weekend. Denis and Anna are adults and
should sort it out themselves. There is no need to make Marina nervous now.""",
    ),
    Answers(
        104,
        "ru",
        good="""Что чиним. Сначала L-118, запертую ячейку, затем L-131, двойное списание, после них четыре критических. Это восемь дней из десяти.
Девять серьёзных и восемь мелких подождут до запуска и уйдут в первый выпуск после него, завтра список получит поддержка.

Запуск. Условия объявляю сейчас, чтобы 22 мая никто их не гнул: оба блокирующих закрыты, регресс прошёл чисто, на настоящих
постаматах у Славии 100 выдач подряд без запертой дверцы. Решает Марина по нашему общему предложению. Если условие не
выполнено, есть запасной план: открываем только десять пилотных постаматов, остальные на неделю позже, 1 июня.

Люди. Сегодня звоню Анне, завтра в девять говорю с Денисом, с каждым наедине. Сначала выслушаю: её не слышат, он устал тянуть всё
вдвоём. Денису скажу прямо, что про обезьян — это оскорбление и извиниться надо в том же чате, перед теми же 47 читателями. В одиннадцать оба
вместе едут на Славию и снимают L-118 на видео: факты вместо спора стендов. И правило на будущее: в общем канале не
ссоримся.

Марина. Звоню ей сегодня вечером: 6 из 412 выдач кончились у закрытой дверцы, это 1,5 %, и трое заплатили дважды. Шансы удержать 25 мая неплохие,
но риск недели есть. От неё нужно решение в пятницу и поддержка запасного плана. Каждый вечер пришлю две строки, следующие 15 мая.""",
        middling="""Сначала чиним блокирующие, L-118 и L-131, потом критические. Мелкие подождут. 22 мая решаем, запускаемся ли; если L-118 не
исправлен, придётся переносить. Поговорю с Денисом и Анной и попрошу обоих уважать друг друга. Марине сообщу, что есть риск для
срока.""",
        poor="""Все дефекты надо закрыть до запуска, без исключений. В выходные работают все. Денис и Анна взрослые люди, разберутся сами. Пугать
начальство раньше времени незачем.""",
    ),
    Answers(
        105,
        "en",
        good="""Did it work? Mostly. The launch was on time, 25 May. 37 of 40 lockers are in service. 6.8 % of parcels go through lockers, the target is 10 %
by 30 June, so we are still below it. Letters about couriers fell from 5.0 to 3.1 %; the goal of 2.5 % is not reached yet.

Why was it dearer? We spent 251,300 euros, 11,300 above budget (4.7 %). Beyond the plan came 20,300: air freight 6,400 because the maker was late, testers on
two weekends 4,900 because two defects blocked the launch, new sites 7,170 after Zvezda withdrew, and the promo code 1,830, which 2,900
people used. The reserve covered 9,000.

What would I do differently? Three lessons. Sites only with a signed contract: I relied on a spoken promise, that was my mistake. Testing on real
lockers in the street from the first week instead of a bench, then L-118 shows in April. And a larger reserve, 10 % instead of
under 4 %, with a delivery penalty for the maker that hurts.

What is next? Anna is responsible for the three missing lockers, mounted on 11 June. Denis delivers the correction of L-118 on 12 June.
Ilya brings Feathers in the July release to lift the share to 10 %. I report on 30 June. We ask the board to approve the 11,300 euros.""",
        middling="""The project was finished on time and customers like the lockers. 37 lockers work and the rest follows soon. It was more expensive
than planned because of the air freight and the additional tests: 251,300 euros in total. Next time I would plan a bigger
reserve and check the supplier better. Next we fix the remaining defects and mount the three missing lockers in June.""",
        poor="""The project was a great success thanks to a wonderful team. Some costs were a little higher, but that is normal in such
projects. We are proud of the result and look forward to new challenges.""",
    ),
    Answers(
        105,
        "ru",
        good="""Получилось ли? В основном да. Запустились в срок, 25 мая. Работают 37 постаматов из 40. Через них идёт 6,8 % посылок при цели 10 % к 30 июня, то
есть пока ниже плана. Писем «курьер не приехал» стало 3,1 % вместо 5,0 %, но до цели 2,5 % мы не дотянули.

Почему дороже? Потрачено 251 300 евро, на 11 300 выше бюджета (4,7 %). Сверх плана вышло 20 300: авиадоставка 6400, потому что опоздал производитель;
тестировщики в выходные 4900, потому что два дефекта мешали запуску; новые места 7170 после отказа «Звезды»; промокод 1830, им
воспользовались 2900 раз. Резерв покрыл 9000.

Что сделал бы иначе? Три вывода. Места — только по подписанному договору: я положился на слово, это моя ошибка. Проверять на
настоящих постаматах на улице с первой недели, а не на стенде, тогда L-118 всплыл бы в апреле. И больший резерв, 10 % вместо
неполных четырёх, и ощутимая неустойка для производителя.

Что дальше? За три недостающих постамата отвечает Анна, монтаж 11 июня. Денис выпускает исправление L-118 12 июня. Илья выводит
«Пёрышки» в июле, чтобы поднять долю до 10 %. Я доложу 30 июня. Просим правление утвердить 11 300 евро.""",
        middling="""Проект завершён в срок, постаматы клиентам нравятся. Работают 37, остальные скоро поставим. Вышло дороже плана из-за самолёта и
дополнительных тестов, всего 251 300 евро. В следующий раз заложил бы резерв побольше и лучше проверял поставщика. Дальше чиним
оставшиеся дефекты и в июне ставим три постамата.""",
        poor="""Проект прошёл с большим успехом благодаря прекрасной команде. Затраты оказались немного выше, но для таких проектов это
нормально. Гордимся результатом и готовы к новым вызовам.""",
    ),
)


@pytest.mark.parametrize("answers", ANSWERS, ids=lambda each: each.name)
def test_the_rules_tell_answers_apart(answers: Answers) -> None:
    assert_told_apart(answers)
