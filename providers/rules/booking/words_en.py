"""What the barbershop says in English."""

ENGLISH: dict[str, tuple[str, ...]] = {
    "welcome": (
        "Hello, this is the barbershop. What would you like, a haircut, haircut and beard, or styling?",
        "Good day, barbershop here. Which service may I put down for you?",
        "Welcome to the barbershop. What can we do for you, haircut, haircut and beard, or styling?",
    ),
    "farewell": (
        "Goodbye, until soon.",
        "Have a good day, and see you.",
        "Bye, and thank you for calling.",
    ),
    "gladly": (
        "Gladly.",
        "Of course.",
        "Certainly.",
        "With pleasure.",
    ),
    "ask_service": (
        "What would you like, a haircut, haircut and beard, or styling?",
        "Which service shall it be?",
        "What can we do for you, haircut, beard with a haircut, or styling?",
        "Would it be a haircut, or styling?",
        "Which of our services do you need?",
    ),
    "ask_day": (
        "Which day would you like?",
        "When would you like to come?",
        "What day is good for you?",
        "On which day should it be?",
        "When does it fit you, which day?",
    ),
    "ask_time": (
        "What time would you like?",
        "At what time should I put you down?",
        "Which hour is best?",
        "What time is good for you?",
        "At what hour would you like to come?",
    ),
    "ask_name": (
        "What is your name, please?",
        "Under which name should I put it?",
        "May I have your name?",
        "Who shall I write down, your name please?",
        "And the name, please?",
    ),
    "ask_phone": (
        "What is your phone number?",
        "Which number can we reach you at?",
        "May I have a phone number?",
        "And your telephone number, please?",
        "Could you give me your phone number, digit by digit?",
    ),
    "propose": (
        "I could put down {what} {day} at {time} with {master}. Does that work?",
        "I could note {master} {day} at {time}. Would that do?",
        "Let me propose this: {day} at {time} with {master}. How about that?",
        "What about {time} {day}, with {master}? Would you take it?",
    ),
    "another_proposal": (
        "Then perhaps {time} with {master}. Would that do?",
        "Another idea would be {time} with {master}. How about that?",
        "{master} at {time} instead. Does that work?",
    ),
    "confirm": (
        "Let me read it back: {all}. Is that right?",
        "So that is {all}. Is everything correct?",
        "I have {all}. Did I get that right?",
        "To be sure, {all}. Is it all correct?",
    ),
    "noted": (
        "I have noted it: {short}. This is a demonstration, no real calendar stands behind it. Anything else?",
        "Good, I have noted {short}. Please mind that this is only a note in a demo. Is there anything else?",
    ),
    "noted_again": (
        "I have changed the note: {short}. Anything else?",
        "Done, the note now says {short}. Anything else for you?",
    ),
    "noted_move": (
        "I have noted your wish to move it: {short}. I cannot see earlier bookings, so the shop has to confirm it.",
    ),
    "noted_cancel": (
        "I have noted that {short} wants to cancel. I cannot see earlier bookings, so the shop has to do the rest.",
    ),
    "move_start": (
        "I cannot see earlier bookings here, but I can note the new time.",
        "Older appointments are not visible to me, but a new time I can note.",
    ),
    "cancel_start": (
        "I cannot see earlier bookings here, but I can note that you want to cancel.",
        "Older appointments are not visible to me, but I can note the cancellation.",
    ),
    "cross_out": (
        "Shall I cross it out?",
        "Should I drop the note?",
    ),
    "crossed_out": (
        "I have crossed it out, nothing is noted any more. Would you like another time instead?",
        "Crossed out, the note is gone. Another day perhaps?",
    ),
    "kept": (
        "Good, it stays as it is.",
        "Then I keep it.",
    ),
    "declined": (
        "No problem, what should I change?",
        "All right, which part is not right?",
        "Tell me what to change, the day, the time or something else?",
    ),
    "closed_then": (
        "We are open from {opens} to {closes}, so that hour is not possible.",
        "At that hour the shop is closed, we work from {opens} to {closes}.",
        "Sorry, only between {opens} and {closes}.",
    ),
    "too_late": (
        "We close at {closes} and it takes {minutes} minutes, so {latest} is the last start.",
        "That would run past closing time at {closes}, the latest start is {latest}.",
    ),
    "beard_only": (
        "We do the beard together with a haircut, 45 minutes. Would that do, haircut and beard?",
        "A beard goes with a haircut here, 45 minutes in all. Shall I put down the service haircut and beard?",
    ),
    "phone_short": (
        "I only caught {n} digits. Could you give me the whole phone number?",
        "That was too short for a number, I heard {n} digits. The full phone number, please?",
    ),
    "ack": (
        "{what}, good.",
        "All right, {what}.",
        "{what}, fine.",
        "Noting {what}.",
        "Good, {what}.",
        "{what}, I have that.",
        "So, {what}.",
    ),
    "ack_name": (
        "Thank you, {n}.",
        "Nice to meet you, {n}.",
        "{n}, thank you.",
    ),
    "ack_phone": (
        "Thank you.",
        "I have the number.",
        "Got it.",
    ),
    "prices": (
        "According to my instructions: {p}.",
        "The price list I was given says {p}.",
    ),
    "no_prices": (
        "Prices were not given to me, the master will tell you.",
        "I do not know the prices, please ask in the shop.",
        "No price list here, I am sorry.",
    ),
    "hours": (
        "We are open every day from {opens} to {closes}.",
        "Daily from {opens} until {closes}.",
    ),
    "durations": (
        "A haircut takes 30 minutes, haircut and beard 45, styling 20.",
        "Thirty minutes for a haircut, 45 with the beard, 20 for styling.",
    ),
    "masters": (
        "Our masters are Ivan, Pyotr and Sergey.",
        "Ivan, Pyotr and Sergey work here.",
    ),
    "services": (
        "We do haircuts, haircut with beard, and styling.",
        "There is haircut, haircut and beard, and styling.",
    ),
    "address": (
        "The address was not given to me.",
        "Where the shop is I was not told, I am sorry.",
    ),
    "is_booked": (
        "I have it as a note in this demo, there is no real booking behind it.",
        "Only noted in this conversation, not booked in a real calendar.",
    ),
    "not_booked": (
        "Nothing is noted yet.",
        "So far there is no note.",
    ),
    "any_time": (
        "Then I choose.",
        "Good, let me pick.",
    ),
    "more": (
        "Is there anything else?",
        "Anything else for you?",
        "Can I do something more?",
    ),
    "same": (
        "It stands noted: {short}.",
        "The note has not changed: {short}.",
    ),
}
