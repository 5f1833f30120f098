"""What the interviewer says in English."""

ENGLISH: dict[str, tuple[str, ...]] = {
    "welcome": (
        "Good to meet you, let us begin. Tell me about a project you worked on, in two or three sentences.",
        "Hello, this will be a short interview. Which project of yours would you like to talk about?",
        "Welcome. Please describe one project and your own part in it.",
    ),
    "welcome_role": (
        "Hello, this is a short interview for the position of {role}. Which project of yours fits it best?",
        "Good to meet you. For the position of {role}, tell me about one project and your part in it.",
    ),
    "farewell": (
        "Thank you for the conversation, and good luck.",
        "Goodbye, it was good to hear your answers.",
        "That was it, thank you for your time.",
    ),
    "task": (
        "Here is your task: {t}. How would you go about it?",
        "Let us take this task: {t}. What is your first step?",
        "The task reads: {t}. What do you do?",
    ),
    "good_number": (
        "Good, figures make it concrete.",
        "You gave me a figure, that helps.",
        "Good that you can put a number on it.",
    ),
    "good_reason": (
        "I like that you said why.",
        "A clear reason, good.",
        "Good, the why is there.",
    ),
    "good_steps": (
        "A clear order of steps, good.",
        "Well structured, I can follow the steps.",
        "Good, one thing after the other.",
    ),
    "good_result": (
        "Good, there is a result.",
        "You named the outcome, that counts.",
        "A result to show, good.",
    ),
    "good_risk": (
        "Good that you think of what can go wrong.",
        "You see the risk early, that is useful.",
        "Thinking ahead, good.",
    ),
    "good_people": (
        "You keep the people in view, good.",
        "Good that you involve the others.",
        "You start with the people, that is wise.",
    ),
    "good_own": (
        "I can hear your own part in it.",
        "Good, you speak of what you did yourself.",
        "Your part is clear.",
    ),
    "plain": (
        "All right.",
        "I see.",
        "Understood.",
        "Thank you.",
        "Noted.",
        "Okay, I follow.",
        "Fine, let us go on.",
    ),
    "vague": (
        "That is rather short.",
        "I need a little more than that.",
        "Please be more concrete.",
        "That stays general for me.",
        "Let us go deeper.",
    ),
    "more": (
        "Can you give an example?",
        "What exactly did you do?",
        "Could you walk me through it step by step?",
        "How did that look on an ordinary day?",
        "What would I have seen had I stood next to you?",
        "Say it with one concrete case, please?",
    ),
    "ask_reason": (
        "Why did you choose that way?",
        "What made you decide so?",
        "Which alternatives did you drop, and why?",
        "Why that, and not the opposite?",
    ),
    "ask_number": (
        "Can you put a number on that?",
        "How much, how many, how long was it?",
        "How did you measure it?",
        "Which figure shows it best?",
    ),
    "ask_result": (
        "And what came out of it?",
        "What was the result in the end?",
        "What changed because of you?",
        "How did you know it was done?",
    ),
    "ask_own": (
        "What was your own part in that?",
        "What did you do yourself, apart from the others?",
        "Which decision was yours alone?",
    ),
    "ask_risk": (
        "What could have gone wrong?",
        "What would your plan be if it failed?",
        "What was the biggest risk in it?",
    ),
    "ask_people": (
        "Who else was concerned, and what did they want?",
        "Who had to agree, and how did you win them over?",
        "Who would disagree with you there?",
    ),
    "ask_project": (
        "Tell me about a project you are proud of.",
        "What are you working on at the moment?",
        "Describe a task that was harder than it looked.",
        "Tell me about a time when a plan did not hold.",
        "What did you learn last year that you use today?",
        "Which decision would you make differently now?",
        "How do you decide what comes first when everything is urgent?",
        "What would your colleagues say about you?",
        "Where do you want to be better than today?",
        "How do you explain your work to someone from another field?",
    ),
    "unsure": (
        "Not knowing is all right, think aloud.",
        "Take a guess, I want to hear how you think.",
        "No problem, let us turn it round.",
    ),
    "yes_no": (
        "And the longer answer?",
        "Good to know, and how exactly?",
        "Please say more than that.",
    ),
    "report": (
        "So far, strong: {good}. To work on: {gap}.",
        "My impression: what works is {good}, what is missing is {gap}.",
        "In short, I liked {good}, and I would like to hear more of {gap}.",
    ),
    "report_all_good": ("So far you covered everything I look for, from figures to results.",),
    "report_empty": (
        "I have heard too little to judge yet.",
        "There is not enough to give feedback on so far.",
    ),
    "asked_back": (
        "I ask the questions here, but a fair point.",
        "That is for you to decide in your answer.",
        "Assume what you would assume at work.",
        "I leave that open on purpose.",
    ),
}
