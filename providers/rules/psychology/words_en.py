"""What the psychologist says in English."""

ENGLISH: dict[str, tuple[str, ...]] = {
    "welcome": (
        (
            "Hello, I am here to listen, though I am a program and no substitute for professional care. What is on your mind "
            "today?"
        ),
        (
            "Good to have you here. I listen by simple rules and am no substitute for professional care. What would you like "
            "to talk about?"
        ),
        "Hello and welcome. Please know that I am no substitute for professional care. How have you been these days?",
    ),
    "farewell": (
        "Take good care of yourself. You can come back to this whenever you like.",
        "Goodbye, and be a little kind to yourself today.",
        "Until next time. One small step is enough for now.",
    ),
    "notice": (
        "I can listen, but I am no substitute for professional care.",
        "I am a program and no substitute for professional care, but I will listen.",
    ),
    "reflect": (
        "{r}.",
        "I hear that {r}.",
        "So {r}.",
        "It sounds as though {r}.",
        "You are telling me that {r}.",
        "If I follow you, {r}.",
        "What I hear is that {r}.",
        "So what stands out is that {r}.",
    ),
    "quote": (
        "You put it like this: {r}.",
        "In your words: {r}.",
    ),
    "name_feeling": (
        "There seems to be {f} in that.",
        "I hear {f} there.",
        "That carries {f} with it.",
        "Would {f} be the right word for it?",
        "It is easy to understand that this brings up {f}.",
        "I notice {f} in what you say.",
        "Many people would feel {f} in your place.",
    ),
    "pleasant": (
        "That is good to hear.",
        "How nice that this happened.",
        "I am glad to hear something lighter.",
        "That deserves to be noticed.",
    ),
    "good_question": (
        "What did you do that helped it along?",
        "How could you get a little more of that?",
        "Where in your body do you notice the good part?",
        "Who would you like to share it with?",
    ),
    "recall_topic": (
        "Earlier you mentioned {t}.",
        "I still remember what you said about {t}.",
        "You also spoke about {t} before.",
        "A while ago it was about {t}.",
    ),
    "recall_question": (
        "Does the one have to do with the other?",
        "How are the two connected for you?",
        "Is that part of it here as well?",
        "Does it touch what you are saying now?",
    ),
    "go_on": (
        "I see.",
        "I am with you.",
        "Thank you for telling me.",
        "That is not easy to say.",
        "I am following you.",
        "Mm, I understand.",
        "That sounds important.",
        "Let us stay with that for a moment.",
        "It makes sense that this occupies you.",
        "All right.",
        "There is room for that here.",
        "I hear you.",
    ),
    "yes": (
        "All right.",
        "Good to know.",
        "Yes, I see.",
        "Thank you, that helps me follow.",
        "I see, so it is.",
    ),
    "no": (
        "That is fine.",
        "All right, then not.",
        "Good that you say so plainly.",
        "I see, not that.",
        "Then let us look elsewhere.",
    ),
    "unsure": (
        "It is fine not to know.",
        "Not knowing is an honest answer.",
        "You do not have to have it clear yet.",
        "That is all right, no need to know at once.",
        "Some things only become clear as one talks.",
    ),
    "guess": (
        "If you had to guess, what would come first?",
        "What is the first small picture that comes up?",
        "When did you last notice it?",
        "And if a part of you did know, what might it say?",
        "What would a good friend say it is?",
    ),
    "short": (
        "Would you tell me a little more?",
        "Can you say some more about that?",
        "What makes you say so?",
        "What is behind that word for you?",
    ),
    "summary": (
        "Let me put together what I have heard: {s}. Did I get that right?",
        "So far I have understood this much: {s}. Is something missing?",
        "May I sum up: {s}. How does it sound when you hear it?",
        "To gather the threads: {s}. Which of these is the most important today?",
    ),
    "medical": (
        "That is a question for a doctor or a therapist, I cannot diagnose or advise on medicine. What made you think of it?",
        "I do not diagnose and I know nothing about your medicine, please ask a doctor. What worries you about it?",
        "A professional should look at that with you. Shall we think about how to take that step?",
    ),
    "asked": (
        "My opinion would only be a rule. What do you think yourself?",
        "I would rather hear your own answer. What does your gut say?",
        "That is a good question to stay with. What answer would you hope for?",
        "I cannot know that from here. What speaks for it, and what against?",
    ),
    "elsewhere": (
        "For that I am the wrong one, here I only listen. Is there something on your mind?",
        "That is outside my part, I am the listener here. How are you doing otherwise?",
    ),
    "met": (
        "Nice to meet you, {n}.",
        "Thank you, {n}.",
    ),
    "step_praise": (
        "That sounds small enough to really happen.",
        "Good, that is a step you can take.",
        "I like that it is concrete.",
    ),
    "step_when": (
        "When could you do it?",
        "What might get in the way?",
        "How will you notice that it helped?",
        "Who could remind you?",
    ),
    "scale_high": (
        "{n} out of ten is a lot to carry.",
        "{n} out of ten, that is heavy.",
    ),
    "scale_low": (
        "{n} out of ten, so there is some room to breathe.",
        "{n} out of ten, that is lighter than it might be.",
    ),
    "scale_next": (
        "What would bring it down by one point?",
        "What keeps it from being one point higher?",
        "When was it last a little lower?",
    ),
    "try": (
        "Would you like to try that today?",
        "How would that be for you?",
        "Could that be a beginning?",
    ),
    "tip_anxiety": (
        "When it rises, breathe out longer than you breathe in: in for four, out for six, ten times.",
        "It can help to name five things you see and four you can touch, until the alarm gets quieter.",
        "Worries shrink a little on paper: write down the worst case, the best case, and the likely one.",
    ),
    "tip_sleep": (
        "Getting up at the same time every day helps sleep more than going to bed early.",
        "If you lie awake for long, get up, do something dull in dim light, and go back only when you are sleepy.",
    ),
    "tip_sadness": (
        "When everything is heavy, one small thing that used to please you, ten minutes a day, is a fair beginning.",
        "A short walk in daylight with somebody is often the first thing that moves low spirits.",
    ),
    "tip_anger": (
        "Before you answer, leave the room for ten minutes: anger is quick and passes its peak by itself.",
        "Try to say it in three parts, when this happens, I feel, and I would like, because that keeps the door open.",
    ),
    "tip_tiredness": (
        "Look at one day and cross out a single thing that nobody would miss.",
        "Rest works better when it is planned: one pause, at a fixed hour, without a screen.",
    ),
    "tip_work": (
        "Choose one task for today that is truly yours, and let the rest wait until it is done.",
        "It may help to ask for a talk with one person at work, and to bring only one wish.",
    ),
    "tip_any": (
        "A change usually begins with a step so small that it is almost silly.",
        "Take five minutes, write down what is in your hands and what is not, and begin with the first list.",
        "Think of what you would advise a good friend, and take a tenth of it for yourself.",
    ),
}

LADDER: dict[str, tuple[str, ...]] = {
    "situation": (
        "When was the last time you noticed it?",
        "What was happening just before?",
        "Where are you when it is strongest?",
    ),
    "thought": (
        "What goes through your mind at that moment?",
        "What do you say to yourself then?",
        "What is the worst thing you imagine?",
    ),
    "body": (
        "Where in your body do you feel it?",
        "What does your body do when it comes?",
        "How do you breathe in such moments?",
    ),
    "scale": (
        "From zero to ten, how strong is it right now?",
        "If zero is calm and ten is unbearable, where are you today, from zero to ten?",
    ),
    "exception": (
        "When is it a little easier?",
        "Was there a day lately without it?",
        "What helped you through it before?",
    ),
    "evidence": (
        "What speaks for that thought, and what speaks against it?",
        "How sure are you that it is really so?",
        "What would a neutral observer have seen?",
    ),
    "friend": (
        "What would you say to a friend who told you this?",
        "How would you look at it in five years?",
        "Who in your life would understand it at once?",
    ),
    "need": (
        "What do you need most right now?",
        "What would you wish for instead?",
        "What is missing for you in all this?",
    ),
    "alternative": (
        "What else could be true?",
        "How could you put that thought a little more kindly?",
        "Is there another way to read what happened?",
    ),
    "step": (
        "What is one small step you could take before tomorrow evening?",
        "Which small step would cost you almost nothing?",
        "What small step would tell you that things are moving?",
    ),
    "support": (
        "Who could stand by you in this?",
        "Whom have you told about it?",
        "What kind of help would you accept?",
    ),
    "value": (
        "What does this say about what matters to you?",
        "What would you do more of if it were gone?",
        "What are you proud of in the way you carry it?",
    ),
}
