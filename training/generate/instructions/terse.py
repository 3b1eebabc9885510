"""Whole instructions that are not made of clauses: shorthand, forms, calculations, goals that nobody taught, and chatter."""

from __future__ import annotations

from training.generate.instructions import texts
from training.generate.instructions.draft import Draft, Step
from training.generate.instructions.frames import spell
from training.generate.instructions.keys import any_keys, spelled
from training.generate.instructions.steps import button_name, option_name
from training.generate.instructions.words import MENUS


def shorthand(draft: Draft) -> tuple[str, list[Step]]:
    """Names and texts in a row, as people write who have done it often: "file, save as, report.txt, save"."""
    rng = draft.rng
    draft.style.roles = 0.0
    parts: list[tuple[str, list[Step]]] = []
    if rng.random() < 0.35:
        name, t = texts.file_name(rng), ""
        menu, item = draft.label("File"), draft.label(draft.pick(("Save As...", "Save As...", "Open...", "Export...", "Rename...")))
        t = draft.text(name)
        button = draft.label(draft.pick(("Save", "OK", "Open", "Save")))
        parts = [
            (menu, [{"do": "click", "target": menu}]),
            (item, [{"do": "click", "target": item}]),
            (t, [{"do": "type", "text": t}]),
            (button, [{"do": "click", "target": button}]),
        ]
    else:
        for number in range(rng.choice((2, 2, 3, 3, 4, 5, 6, 7))):
            draw = rng.random()
            if number == 0 or draw < 0.6:
                x = draft.label(draft.pick(MENUS) if number == 0 and rng.random() < 0.8 else button_name(draft))
                parts.append((x, [{"do": "click", "target": x}]))
            elif draw < 0.74:
                t = draft.text(texts.any_text(rng))
                parts.append((f"{draft.pick(('type', 'type', 'write', 'enter'))} {t}", [{"do": "type", "text": t}]))
            elif draw < 0.84:
                keys = any_keys(rng)
                k = draft.key(keys, spelled(rng, keys))
                parts.append(
                    (
                        f"{draft.pick(('press', 'hit', 'press', 'key'))} {k}" if "+" not in keys or rng.random() < 0.6 else k,
                        [{"do": "press", "keys": k}],
                    )
                )
            elif draw < 0.93:
                value = draft.pick(("on", "off"))
                x = draft.label(option_name(draft))
                word = draft.pick(("tick", "check", "enable", "turn on") if value == "on" else ("untick", "uncheck", "disable", "turn off"))
                parts.append((draft.pick((f"{word} {x}", f"{word} {x}", f"{x} {value}")), [{"do": "set", "value": value, "target": x}]))
            else:
                parts.append((draft.pick(("wait", "wait a bit", "wait a moment")), [{"do": "wait"}]))
    joined = draft.pick(
        (", ", ", ", ", ", ", ", " > ", " → ", " -> ", "; ", " - ", " / ", "\n", " | ", " >> ", ". ", " … ", " + ", " then ", ",", " => ")
    )
    text = joined.join(written for written, _ in parts)
    text = (
        draft.pick(("", "", "", "", "just ", "quick: ", "steps: ", "please: ", "do: ", "go "))
        + text
        + draft.pick(("", "", "", "", ".", " please", ", done", ", thanks"))
    )
    return text, [step for _, steps in parts for step in steps]


def calculation(draft: Draft) -> tuple[str, list[Step]]:
    """A sum on a calculator: its keys one after the other, and `=`."""
    rng = draft.rng
    numbers = []
    for _ in range(rng.choice((2, 2, 2, 3))):
        value = str(rng.randint(0, 10 ** rng.randint(1, 4)))
        numbers.append(value + f".{rng.randint(1, 99)}" if rng.random() < 0.12 else value)
    written = numbers[0]
    gap = draft.pick((" ", " ", " ", ""))
    sign = draft.pick("+-*/×÷")
    for value in numbers[1:]:
        sign = sign if rng.random() < 0.6 else draft.pick("+-*/")
        written += f"{gap}{sign}{gap}{value}"
    keys = [character for character in written if character != " "] + ["="]
    slot = draft.exact(written)
    templates = (
        "(Work out|work out|Calculate|calculate|Compute|compute|figure out|Add up|evaluate) {S}(| with the calculator| on the calculator| using the calculator| for me|, please)",
        "What is {S}?( Use the calculator.|)",
        "(how much is|what's) {S}(?|)",
        "(use|take) the calculator (to work out|to calculate|for|to compute) {S}",
        "(let|have) the calculator (work out|compute) {S}",
        "(I need|I'd like to know|tell me) (the result of |what ){S}( is|)",
        "(do the sum|the sum|sum:|calc|calculation:) {S}",
        "{S} = ?",
        "{S}",
        "(on|with) the calculator(,|) (work out|enter|do|calculate) {S}",
        "please (work out|calculate) {S}( on the calculator|)",
        "can you (work out|calculate|add up) {S}(?| for me?| with the calculator?)",
    )
    return spell(rng, draft.pick(templates), {"S": slot}), [{"do": "click", "target": key} for key in keys]


_VERBS = "file|book|order|pay|approve|send off|prepare|finish|settle|submit|review|process|organise|sort out|archive|post|publish|schedule|reconcile|balance|check in|complete|translate|summarise|proofread|register|handle|clean up|forward|issue|refund|track|reserve|cancel|renew|record|back up|synchronise|set up|fix|repair|improve|update|design|draw|edit|plan|arrange|calculate|compare|enhance|compress|merge|convert|sign|encrypt|share|analyse|validate|ship|deliver|log|enter|transfer|close out|post-process|crop|brighten|retouch|file away|double-check".split(
    "|"
)
_THINGS = "invoice|invoices|monthly report|order|orders|payment|travel expenses|expense claim|tax return|holiday request|meeting|appointment|newsletter|timesheet|timesheets|budget|customer's complaint|delivery|shipment|application|contract|letter to the bank|photos from the trip|photo|playlist|recording|backup|database|website|blog post|presentation|slides|spreadsheet|mailing list|inventory|stock|payroll|membership|subscription|ticket|flight to Rome|hotel in Paris|table for two|train to Oslo|taxi|groceries|birthday party|shopping list|project|task list|bug report|release|accounts|ledger|books|balance|statement|receipts|bill|bills|rent|insurance claim|prescription|registration|exam results|grades|homework|thesis|bibliography|survey|poster|flyer|business cards|logo|video|song|podcast|picture|drawing|map|route|plan|house|garden|printer|network|virus scanner|computer|system|phone|printer queue|disk|old files|desktop|mess|downloads folder|customer record|new employee|supplier|purchase order|quote|offer|credit note|cash book|petty cash|warehouse list|parcel|return|warranty claim".split(
    "|"
)
_AROUND = (
    "{G}",
    "{G}",
    "please {G}",
    "can you {G}?",
    "could you please {G}",
    "I need you to {G}",
    "I'd like you to {G}",
    "{G} for me",
    "{G}, thanks",
    "{G} now",
    "let's {G}",
    "{G} as usual",
    "{G} like yesterday",
    "help me {G}",
    "we have to {G}",
    "{G} as soon as possible",
    "I want to {G}",
    "it's time to {G}",
    "{G} the usual way",
    "would you {G}?",
    "go ahead and {G}",
    "{G} again",
    "make sure to {G}",
    "{G} before lunch",
    "{G} by tomorrow",
    "{G} the way I showed you",
)


def untaught(draft: Draft) -> tuple[str, list[Step]]:
    """A goal that names no step and that nobody showed: there is no honest plan."""
    rng = draft.rng
    draw = rng.random()
    if draw < 0.7:
        thing = draft.pick(_THINGS)
        goal = f"{draft.pick(_VERBS)} {draft.pick(('the', 'the', 'the', 'my', 'our', 'this', 'all the', 'that'))} {thing}"
        if rng.random() < 0.25:
            goal += spell(
                rng,
                draft.pick((" for {N}", " from {N}", " of {D}", " number {C}", " with {N}", " to {N}")),
                {"N": draft.exact(texts.person(rng)), "D": draft.exact(texts.date(rng)), "C": draft.exact(texts.code(rng))},
            )
    elif draw < 0.85:
        goal = spell(
            rng,
            draft.pick(
                (
                    "make (the picture|the photo|the image|it) (brighter|darker|sharper|look better|nicer|black and white|more colourful)",
                    "make (the computer|the internet|everything|it) faster",
                    "make (it|the page|the text|the document) (look |)(nice|nicer|professional|pretty|modern|tidy)",
                    "find (me |)(a cheap flight|the best price|a good hotel|a recipe for pancakes|out who wrote this|the mistake)",
                    "write (a poem|a letter to my landlord|an essay about whales|a thank-you note|a summary of this|some code|a novel|a reply)",
                    "(fix|solve|correct) (the|all|this|my) (problem|mistakes|errors|bug|spelling mistakes|issue)",
                    "get (my|the) (mail|computer|account|printer|website) (to work|working|going|sorted)",
                    "(win|play|finish) (the game|a game|this level|a round of chess)",
                    "(draw|paint|sketch) (a cat|a house|a red circle|a map|something)",
                    "(clean|tidy) up (the desktop|my files|this mess|my inbox)",
                    "do (my taxes|my homework|the accounts|what I did yesterday|the usual|it|the thing|something|everything)",
                    "(buy|order|get) (me |)(a pizza|milk|new shoes|a present for my mother|tickets)",
                    "(tell|inform|notify) (everybody|the team|my boss|Anna) (about it|that I'm ill|about the delay)",
                    "(learn|teach me) (Spanish|the piano|how this works)",
                    "(untick|uncheck|turn off) everything (but|except) {O}",
                    "(tick|check|enable) (all of them|every box|whatever makes sense)",
                    "choose (the best|the cheapest|a nice|the right) (one|option|colour|font)",
                    "(fill in|complete|fill out) (the form|this form|my details|everything|the rest)",
                    "(log|sign) me in",
                    "type (my password|my name|something|a nice greeting|the answer|the date)",
                )
            ),
            {"O": draft.label(option_name(draft))},
        )
    else:
        goal = spell(
            rng,
            draft.pick(
                (
                    "(prepare|get ready for|set everything up for) (the meeting|tomorrow|the presentation|the exam|the holidays|{N})",
                    "(take care of|deal with|handle|look after) (it|this|the rest|the invoice|everything|{N}'s (order|request|mail))",
                    "(do|carry out|perform|run) the (monthly|weekly|daily|yearly|usual) (closing|backup|routine|check|inspection|report|clean-up)",
                    "(onboard|hire|register|call|email|invite|thank) {N}",
                    "(process|file|book|enter) (invoice|order|receipt|claim) {C}",
                    "(the usual|as always|same as yesterday|you know what to do|do your thing|surprise me)",
                )
            ),
            {"N": draft.exact(texts.person(rng)), "C": draft.exact(texts.code(rng))},
        )
    return draft.pick(_AROUND).replace("{G}", goal), []


_CHATTER = (
    "(what's|what is|how is) the (weather|time|date|temperature)( like|)( today| tomorrow| in {P}|)(?|)",
    "(who|what) (are you|is {N}|is that|was that|did that)(?|)",
    "how are you( today| doing|)(?|)",
    "(hello|hi|hey|good morning|good evening|hi there|hello there|howdy|moin|servus)(!|.|| you|, {N})",
    "(thanks|thank you|great|well done|perfect|nice|good job|cool|awesome|lovely)(!|.| a lot| so much|, that was great|)",
    "(tell me|do you know|sing|say) (a joke|a story|something funny|a song|something)( please|)(?|)",
    "(what|how) (can|do) you (do|work|help)( for me|)(?|)",
    "why (did|didn't|does|doesn't) (it|that|the program|the computer) (work|do that|crash|open|start)(?|)",
    "(where|when) (is|was) (the file|my document|{P}|the meeting|Easter|the button|my mouse)(?|)",
    "how (do|can|would) I (save|print|open|close|find|change) (a file|this|it|the font|the colour)(?|)",
    "how (old|big|far|long|heavy|high) is (it|the moon|{P}|the file|Mount Everest)(?|)",
    "(is|was|will) (it|that|this) (right|correct|saved|going to rain|okay|finished|done)(?|)",
    "I (am|feel|'m) (tired|happy|bored|hungry|sad|fine|not sure|confused)( today|)(.|)",
    "(the|this|my) (computer|screen|program|mouse|text) is (slow|broken|nice|old|too bright|strange)( today|)(.|)",
    "(what|which) (is|was) (the capital of {P}|the largest planet|my name|your favourite colour|the meaning of life|the best editor|on the screen|open)(?|)",
    "(can|could) you (hear|see|understand) me(?|)",
    "(never mind|forget it|nothing|no|yes|maybe|hmm|well|ok|okay|stop|test|asdf|qwertz|lol|...|?|no idea|bye|goodbye|see you)(.|!|)",
    "(I like|I hate|I love|I don't like) (this program|computers|pizza|Mondays|the colour|{P})(.|!|)",
    "what (does|do) (this|that|these|the) (button|menu|word|option|icon)s? (do|mean)(?|)",
    "(do you like|have you been to|did you see|do you know) ({P}|{N}|music|the film)(?|)",
    "what (time|day|year) is it(?| now?|)",
    "(explain|describe) (this|the screen|the program|relativity|it)( to me|)(.|)",
    "(are you|is anybody|is anyone) (there|awake|ready|a robot|human)(?|)",
    "my name is {N}(.|)",
    "(I wonder|I'm wondering|does anybody know) (why|how|when) (it works|that happened|this goes|{N} is coming)(.|?|)",
    "it's (raining|late|early|cold|hot|Friday|almost weekend)(.|!| here|)",
    "(what|who) would (you|{N}) (do|choose|say)(?|)",
    "is {N} (there|here|coming|online)(?|)",
    "{P} is (beautiful|far away|nice in spring)(.|)",
    "(how much|how many) (does it cost|people live in {P}|files are there|words are in the text|is the fish)(?|)",
)


def chatter(draft: Draft) -> tuple[str, list[Step]]:
    """What is no task at all."""
    return spell(draft.rng, draft.pick(_CHATTER), {"P": draft.exact(texts.city(draft.rng)), "N": draft.exact(texts.person(draft.rng))}), []
