"""Open questions for each topic."""

QUESTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "meetings": (
            "What do you picture going wrong when you stand in front of the others?",
            "Who in that room worries you most?",
            "Was there a time when speaking to people went better than you feared?",
        ),
        "work": (
            "What part of your working day weighs on you most?",
            "How did this begin at work?",
            "What would a good day at work look like?",
        ),
        "sleep": (
            "What goes through your mind when you lie awake?",
            "How are your evenings before you go to bed?",
            "What was different in the times when you slept well?",
        ),
        "study": (
            "What would it mean to you if the studies went badly?",
            "Which part of the studying is hardest to start?",
            "How do you speak to yourself while you study?",
        ),
        "partner": (
            "What do you miss most between the two of you?",
            "How do you usually talk when things get difficult?",
            "What would you like the other person to understand?",
        ),
        "parents": (
            "What did you learn at home about showing feelings?",
            "What would you like to say to your family that is still unsaid?",
            "How close are you now, and how close would you like to be?",
        ),
        "children": (
            "What do you find hardest as a parent just now?",
            "When is it easy between you and your children?",
            "Who looks after you while you look after them?",
        ),
        "friends": (
            "Which friend comes to mind when you think of this?",
            "What do you need from the people around you?",
            "What keeps you from telling a friend?",
        ),
        "loss": (
            "Would you like to tell me about what you have lost?",
            "What do you miss most?",
            "How do you keep the memory close?",
        ),
        "health": (
            "How does it affect your days?",
            "What have doctors said so far, and how was it to hear that?",
            "What does your body need from you now?",
        ),
        "money": (
            "What is the thought about money that keeps coming back?",
            "Who else knows about the worry over money?",
            "Which part of it could be put in numbers on paper?",
        ),
        "future": (
            "What are you most afraid might happen?",
            "Which choice would feel right if nobody judged it?",
            "What is still in your hands?",
        ),
        "change": (
            "What have you left behind with that change?",
            "What has been the hardest part of getting used to it?",
            "What in the new life is already a little yours?",
        ),
        "self": (
            "Whose voice is it when you judge yourself like that?",
            "What would a kind person say about you?",
            "What do you ask of yourself that you would never ask of others?",
        ),
    },
    "ru": {
        "meetings": (
            "Что, как вам кажется, пойдёт не так, когда вы окажетесь перед людьми?",
            "Кто из этих людей беспокоит вас больше всего?",
            "Бывало ли, что разговор прошёл лучше, чем вы боялись?",
        ),
        "work": (
            "Что в рабочем дне даётся тяжелее всего?",
            "С чего это началось на работе?",
            "Каким был бы хороший рабочий день?",
        ),
        "sleep": (
            "О чём вы думаете, когда не спится?",
            "Как проходит вечер перед сном?",
            "Что было иначе в те времена, когда спалось хорошо?",
        ),
        "study": (
            "Что для вас значило бы, если бы с учёбой не вышло?",
            "За какую часть учёбы труднее всего взяться?",
            "Какими словами вы себя подгоняете, когда учитесь?",
        ),
        "partner": (
            "Чего вам больше всего не хватает между вами двоими?",
            "Как вы обычно говорите друг с другом, когда трудно?",
            "Что этому человеку важно было бы о вас понять?",
        ),
        "parents": (
            "Чему вас дома учили про чувства?",
            "Что хотелось бы сказать родным, но пока не сказано?",
            "Насколько вы близки сейчас и насколько хотелось бы?",
        ),
        "children": (
            "Что сейчас труднее всего в том, чтобы быть родителем?",
            "Когда вам бывает легко с детьми?",
            "Кто заботится о вас, пока вы заботитесь о них?",
        ),
        "friends": (
            "Кто из друзей приходит на ум, когда вы об этом думаете?",
            "Чего вы ждёте от тех, кто рядом?",
            "Что мешает рассказать об этом другу?",
        ),
        "loss": (
            "Хотите рассказать о том, кого или что вы потеряли?",
            "Чего не хватает сильнее всего?",
            "Как вы храните память об этом?",
        ),
        "health": (
            "Как это сказывается на ваших днях?",
            "Что говорят врачи и каково было это услышать?",
            "Чего сейчас просит ваше тело?",
        ),
        "money": (
            "Какая мысль о деньгах возвращается чаще всего?",
            "Кто ещё знает об этом беспокойстве?",
            "Какую часть можно записать цифрами на бумаге?",
        ),
        "future": (
            "Чего вы больше всего опасаетесь?",
            "Какой выбор был бы верным, если бы никто не судил?",
            "Что здесь всё ещё в ваших руках?",
        ),
        "change": (
            "Что осталось позади с этими переменами?",
            "К чему труднее всего привыкать?",
            "Что в новой жизни уже немного ваше?",
        ),
        "self": (
            "Чей это голос, когда вы себя так судите?",
            "Что сказал бы о вас добрый человек?",
            "Чего вы требуете от себя, но не стали бы от других?",
        ),
    },
}
