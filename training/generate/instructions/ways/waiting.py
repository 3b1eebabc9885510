"""The ways to say that something is to be waited for. In templates: {S} a time."""

from __future__ import annotations

from training.generate.instructions.draft import Clause, Draft
from training.generate.instructions.frames import spell

WAITING = (
    "~wait (for |)(|about |at least |some |around |roughly ){S}",
    "~wait {S} (more|longer|now|first|please|or so)",
    "~pause (for |)(|about ){S}",
    "~give it {S}(| to load| to finish| to open| to settle| to start)",
    "~hold on (for |){S}",
    "~let {S} (pass|go by)",
    "~stop for {S}",
    "~sleep (for |){S}",
    "~do nothing for {S}",
    "~stay put for {S}",
    "~hang on (for |){S}",
    "~allow {S}(| for it to load| for that| for it to finish)",
    "~take a break of {S}",
    "~wait {S} (until|till|so that|so) (it has loaded|it is ready|it loads|it's there|the page is there|it can start)",
    "~delay (for |){S}",
    "~idle (for |){S}",
    "~leave it alone for {S}",
    "~wait it out for {S}",
    "~make a pause of {S}",
    "~insert a pause of {S}",
)
WAITING_SOME = (
    "~wait",
    "~wait (a bit|a little|a moment|a while|a little while|for a moment|for a bit|briefly|a short while|some time|a tick|a short time)",
    "~wait (until|till) (it|the page|the window|everything|the dialog|the program|the application) (is|has) (loaded|ready|finished loading|there|open|appeared|done|come up|finished)",
    "~wait (until|till) (it loads|it's loaded|it opens|it's done|it finishes|it appears|it is there)",
    "~let it (load|finish|settle|start|open)",
    "~give it (a moment|time|some time|a bit of time|a sec)(| to load| to open| to start)",
    "~wait for (it|the page|the dialog|the window|the program|things) to (load|open|appear|finish|settle|come up|start|be ready)",
    "~pause (a moment|briefly|for a moment|a bit)",
    "~hold on (a moment|a bit|for a moment)",
    "~be patient for a moment",
    "~hang on a moment",
    "~take a short break",
    "~allow it to (load|finish)",
)
_COUNTED = {
    1: "one",
    2: "two",
    3: "three",
    4: "four",
    5: "five",
    6: "six",
    8: "eight",
    10: "ten",
    12: "twelve",
    15: "fifteen",
    20: "twenty",
    30: "thirty",
}


def wait(draft: Draft) -> Clause:
    rng = draft.rng
    if rng.random() < 0.38:
        return Clause(spell(rng, draft.pick(WAITING_SOME)), [{"do": "wait"}])
    seconds: float = rng.choice((1, 2, 2, 3, 3, 4, 5, 5, 5, 6, 8, 10, 10, 12, 15, 20, 30, 45, 60, 0.5, 1.5, 2.5, 7, 25))
    said = f"{seconds:g} {'second' if seconds == 1 else 'seconds'}"
    if seconds in _COUNTED and rng.random() < 0.35:
        said = f"{_COUNTED[int(seconds)]} {'second' if seconds == 1 else 'seconds'}"
    elif rng.random() < 0.3:
        said = f"{seconds:g}{draft.pick((' s', 's', ' sec', ' secs', 'sec'))}"
    if seconds == 60 and rng.random() < 0.6:
        said = draft.pick(("a minute", "one minute", "1 minute", "a whole minute", "1 min"))
    if seconds == 30 and rng.random() < 0.4:
        said = draft.pick(("half a minute", "30 seconds"))
    if seconds == 0.5 and rng.random() < 0.5:
        said = "half a second"
    if seconds == 1 and rng.random() < 0.4:
        said = "a second"
    return Clause(spell(rng, draft.pick(WAITING), {"S": said}), [{"do": "wait", "seconds": seconds}])
