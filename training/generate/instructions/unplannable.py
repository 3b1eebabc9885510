"""Instructions that a plan cannot say before the screen is seen, or at all: sets that nobody listed, keys held over a click, functions of a
calculator, changes to what is on a page, and texts that nobody tells."""

from __future__ import annotations

from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Draft, Step
from training.generate.instructions.frames import spell
from training.generate.instructions.words import COMMON, ITEMS

_SETS = (
    "(click|press|choose|open|tap) (everything|all of them|every one of them|all the buttons|every button|each button|all buttons|all the links|every link)"
    "(| except {X}| but {X}| but not {X}| except for {X}| apart from {X}| other than {X})",
    "(tick|check|enable|turn on|switch on|activate) (everything|all the boxes|every box|all boxes|each box|all of them|all the options|every option|all the settings|them all|all checkboxes)(| here| on this page| except {X}| but {X}| apart from {X})",
    "(untick|uncheck|disable|turn off|switch off|deselect|clear) (everything|all the boxes|every box|all boxes|all of them|all the options|every option|them all|all checkboxes|every checkbox)(| here| except {X}| but {X})",
    "(select|mark|pick|choose) (everything|every file|all files|all the files|all items|every row|all the rows|every message|all) (but|except|except for|apart from) (the last|the first|the last one|the second|the newest|{X}|the two at the top)",
    "(delete|remove|archive|move|open|download|rename|print) (every|each) (file|row|message|picture|second file|other line|page)(| in the list| here| one by one)",
    "(close|open) all (the |)(windows|tabs|documents) (but|except) (this one|the first|{X})",
    "(fill in|fill out|complete) (all the fields|every field|the other fields|the empty fields)(| with {T})",
    "(expand|collapse|unfold) (everything|all of them|every folder|each section)",
)
_HELD = (
    "(hold|hold down|keep holding|press and hold) (|the )(shift|ctrl|control|alt)(| key)(| and|, and|, then| while you) (click|double-click|select|drag|tap) (|on |the ){X}",
    "(shift|ctrl|control|alt)(-|+| )click (|on |the ){X}(| and {Y}| and then {Y})",
    "(click|drag|select) {X} (with|while holding|holding) (|the )(shift|ctrl|control|alt)(| key)(| down| held| pressed)",
    "(middle-click|triple-click|click the middle button on|press the wheel on) (|the ){X}",
    "(hold|keep) the mouse button (down |pressed )(on {X}|for two seconds|over {X})",
    "(long-press|press and hold) (|the ){X}",
)
_FUNCTIONS = (
    "(what is |work out |calculate |compute |)the (square|cube|third|fourth) root of {N}(| with the calculator| on the calculator|?)",
    "(what is |work out |calculate |compute |)(the |)(logarithm|log|sine|cosine|tangent|sin|cos|tan|factorial|inverse|reciprocal) (of |){N}(| with the calculator| on the calculator|?)",
    "(what is |work out |calculate |){N} (to the power of|to the|modulo|mod|choose|over) {M}(| with the calculator|?)",
    "(work out |calculate |what is |){N} (factorial|squared|cubed)(| with the calculator|?)",
    "(find|work out|calculate) the (average|mean|median) of {N}, {M} and {N}",
    "(add|take|subtract) {M} ?(%|percent) (to|from|off) {N}(| with the calculator)",
    "(convert|change) {N} (euros|dollars|kilometres|miles|degrees|pounds|inches) (to|into) (dollars|euros|miles|kilometres|kilos|centimetres)",
    "(what is |calculate |)(half of|a third of|a quarter of|double|twice) {N}(| with the calculator|?)",
)
_CHANGES = (
    "(insert|add|put in) (a|another|two|three|a new|an empty|one more) (row|rows|column|columns|cell|sheet|slide|table|comment|footnote|shape|chart|picture|page break|header|footer)( above| below| before this one| after the second| to the left| at the top| here|)",
    "(merge|split|align|sort|rotate|flip|crop|resize|duplicate|group|ungroup|centre|lock|hide|transpose|swap|freeze) (the|these|both|all|the two|the selected|the first two) (cells|rows|columns|pictures|images|objects|layers|lines|words|paragraphs|shapes|slides|pages)(| by date| to the left| by 90 degrees| in half|)",
    "(empty|clear out|clean out|compact|defragment|format) (the|my) (trash|recycle bin|wastebasket|bin|cache|disk|spam folder|inbox|drive|history)",
    "(change|set|switch) the (language|wallpaper|resolution|margins|ringtone|time zone|background|colour scheme|keyboard layout|default browser|volume) to {T}",
    "(install|update|uninstall|remove|launch|start) (the|a|an) (program|update|driver|font|plug-in|add-on|app|extension|printer)(| called {T}| for {T}|)",
    "(get|make|have) (the|my|our|this) (presentation|report|document|letter|talk|slides|desk|inbox|website|invoice|homework|room|table) (ready|done|finished|in order|perfect|presentable)(| for tomorrow| for the meeting| for {P}|)",
    "(turn|make|convert) (this|it|the list|the text|these lines) (into|to) (a table|two columns|bullets|a chart|a list|capitals|small letters)",
    "(attach|embed|insert|import) (the|a|my) (file|picture|photo|signature|video|document)(| from my desktop| to the mail| of {P}|)",
    "(connect|switch|log in) to (the|our|my) (wifi|VPN|network|printer|server|projector|account)",
    "(mute|pause|record|skip|rewind) (the|this) (video|music|film|song|call|meeting)",
)
_UNTOLD = (
    "(type|write|enter|put in) (in|into) (the|this|that) (box|field|search box|text field|document|editor|window|address bar|first field|form)",
    "(click|go to|open) (the |)({F}|search box|address bar|first field)(| field| box)(,| and|, and|, then| and then) (type|write|enter)(| something| it| in it| there)",
    "(type|write|enter|fill in) (something|anything|some text|a text|it|the text|a few words|a sentence|some words|what I said|what I told you|whatever you like|my comment|your name|my address|my e-mail|my phone number|his name|our company|today's date|the current time|the rest)(| there| here| in the box| in the {F} field| into the box)",
    "(type|write|enter|fill in)",
    "type (|in )(here|there)",
    "(type|write|enter) (the|my|his|her|our) (password|name|date|address|number|answer|result|total|title|greeting|code)(| again| there| in the box| into the {F} field|)",
)


def unplannable(draft: Draft) -> tuple[str, list[Step]]:
    """One of them: there is no honest plan."""
    rng = draft.rng
    group = rng.choices((_SETS, _HELD, _FUNCTIONS, _CHANGES, _UNTOLD), (24, 12, 14, 34, 16))[0]
    places = {
        "X": draft.label(draft.pick(COMMON) if draft.chance(0.5) else draft.pick(ITEMS)),
        "Y": draft.label(draft.pick(COMMON)),
        "T": draft.exact(rng.choice((texts.word, texts.noun_phrase, texts.city))(rng)),
        "P": draft.exact(texts.person(rng)),
        "F": draft.label(say.field_name(draft)),
        "N": draft.exact(str(rng.randint(2, 10 ** rng.randint(1, 4)))),
        "M": draft.exact(str(rng.randint(2, 20))),
    }
    said = spell(rng, draft.pick(group), places)
    draw = rng.random()
    if draw < 0.25:
        said = spell(
            rng,
            draft.pick(("please {G}", "{G}, please", "could you {G}?", "can you {G}?", "{G} now", "{G} for me", "now {G}")),
            {"G": said},
        )
    return said + ("." if draw > 0.75 and said[-1:] not in ".?" else ""), []
