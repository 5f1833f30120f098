"""What the site engineer says in English."""

ENGLISH: dict[str, tuple[str, ...]] = {
    "welcome": (
        "Site engineer here. Tell me what you are pouring, a slab, a column or a strip, and its dimensions.",
        "Hello from the site office. What do you need, concrete quantities or a rule?",
        "Good day, I work out concrete and know a few rules. What is it about?",
    ),
    "farewell": (
        "Good luck with the pour, and stay safe.",
        "Until later, mind your step.",
        "All right, call me when you need figures.",
    ),
    "ask_element": (
        "What are you pouring, a slab, a column or a strip?",
        "Is that a slab, a column or a strip?",
        "Which element is it, slab, column or strip?",
        "What should I work out, a slab, a column or a strip?",
    ),
    "ask_length": (
        "How long is it?",
        "What is the length?",
        "And the length, please?",
        "Which length should I take?",
    ),
    "ask_width": (
        "How wide is it?",
        "What is the width?",
        "And the width, please?",
        "Which width should I take?",
    ),
    "ask_height": (
        "How high is it?",
        "What is the height?",
        "And the height, please?",
        "Which height should I take?",
    ),
    "ask_height_slab": (
        "How thick is it?",
        "What is the thickness?",
        "And the thickness, please?",
        "Which thickness should I take?",
    ),
    "ask_height_strip": (
        "How deep is it?",
        "What is the depth?",
        "And the depth, please?",
        "Which depth should I take?",
    ),
    "ask_diameter": (
        "What is the diameter?",
        "And the diameter, please?",
        "Which diameter should I take?",
        "How wide is the circle, its diameter?",
    ),
    "got": (
        "Noted, {d}.",
        "All right, {d}.",
        "{d}, I have that.",
        "Good, {d}.",
    ),
    "got_none": (
        "A {e}, good.",
        "So a {e}.",
        "All right, a {e}.",
    ),
    "result": (
        (
            "{e}: {v}, so order {o} with five percent spare. In {c} that takes about {cement} of cement, {sand} of sand, "
            "{gravel} of gravel and {water} litres of water."
        ),
        (
            "That makes {v} for {e}, order {o} to have five percent in hand. For {c} count {cement} of cement, {sand} of "
            "sand, {gravel} of gravel and {water} litres of water."
        ),
        (
            "I get {v} for {e}, {o} with five percent for losses. {c} needs {cement} of cement, {sand} of sand, {gravel} of "
            "gravel and {water} litres of water."
        ),
    ),
    "assumed_class": (
        "I assumed {c} by a nominal recipe, tell me if yours differs.",
        "I took {c} and a nominal recipe, say so if the class is another.",
        "The class was not given, so {c} by a nominal recipe.",
    ),
    "nominal": (
        "The recipe is nominal, your supplier's mix decides.",
        "That is a nominal recipe for estimates.",
        "The supplier's mix design has the last word.",
    ),
    "assumed_units": (
        "You did not say the units, so I took {d}.",
        "Without units I read that as {d}.",
    ),
    "implausible": (
        "That would be {v}, which cannot be right. Please give me the dimensions again with units.",
        "{v} does not sound like one pour, let us go through the dimensions again.",
    ),
    "unknown_class": (
        "{c} is not in my table, which has C12/15, C16/20, C20/25, C25/30 and C30/37.",
        "I have no recipe for {c}, only from C12/15 to C30/37.",
    ),
    "bags": (
        "That is {n} of cement at 50 kilograms.",
        "Count {n} of 50 kilograms.",
    ),
    "mixers": (
        "{n} with seven cubic metres each.",
        "At seven cubic metres a load you need {n}.",
    ),
    "weight": (
        "It weighs about {n}, at 2.4 tonnes a cubic metre.",
        "About {n} of concrete.",
    ),
    "recipe": (
        (
            "One cubic metre of {c} takes {cement} kilograms of cement, {sand} of sand, {gravel} of gravel and {water} "
            "litres of water."
        ),
        (
            "My recipe for {c}, per cubic metre: {cement} kilograms of cement, {sand} sand, {gravel} gravel, {water} litres "
            "of water."
        ),
    ),
    "need_first": (
        "For that I first need the dimensions.",
        "Let us have the element complete first.",
        "I need the size before I can say that.",
    ),
    "check": (
        "Please check with your local code and the drawing.",
        "Check that with your local code.",
        "Your local code and the designer decide.",
        "The drawing and the local code come first.",
    ),
    "no_drawing": (
        "I cannot see the drawing.",
        "Your drawing is not visible to me.",
    ),
    "not_mine": (
        (
            "On that I have no rule. I work out slabs, columns and strips, and know about curing, cover, spacing, laps, "
            "formwork and joints."
        ),
        "That is outside my rules. Ask me for quantities, or about curing, cover and bar spacing.",
        "I cannot help with that one. Concrete quantities or a rule on reinforcement would be mine.",
        "There is nothing in my rules about it. Shall we work out some concrete?",
    ),
    "yes": (
        "Good.",
        "All right then.",
        "Fine.",
    ),
    "done": (
        "All right, call when you need more.",
        "Fine, I am here.",
        "Good, then that is it for now.",
        "Okay, back to work then.",
    ),
    "no": (
        "Then tell me what to change.",
        "What should be different?",
        "Give me the right figure.",
    ),
    "more": (
        "What else do you need?",
        "Anything more to work out?",
        "What is next?",
        "Shall I count the bags or the trucks?",
    ),
}
