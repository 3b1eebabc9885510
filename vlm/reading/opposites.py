"""Words that look nearly the same and mean another thing, or the very opposite: "Mount" and "Unmount", "Save" and "Saved",
"on" and "off".

What is nearly the same is taken for a slip of a reader or of a hand. A prefix or an ending that makes another word of it is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from vlm.reading.folding import fold

_PREFIXES = frozenset(
    prefix
    for language in (
        "un de dis re in im ir il non en ex up down over under sub super pre post fore out inter extra on off mis auto all",  # English
        "ab an auf aus ein zu ent ver be um nach vor mit ohne los weg hin her hoch runter rein raus er zer miss",  # German
        "de des dis mal re en em in ex im sur sous",  # French, folded
        "des dis re in ex im sobre sub anti",  # Spanish, Portuguese
        "s dis de ri in es im sotto sovra",  # Italian
        "aan af uit in op on ont ver her mis",  # Dutch
        "av pa fran till bort in ut o u upp ned",  # Swedish, Danish, Norwegian
        "od za pri vy roz wy odz na po",  # Czech, Polish, folded
    )
    for prefix in language.split()
)
"""What makes another verb, often the opposite one, of the rest of a word."""
_NEGATIONS = frozenset(
    word
    for language in ("not dont never no without", "nicht nie kein keine ohne", "ne pas sans jamais", "sin nunca nao sem non senza", "niet")
    for word in language.split()
)
_STATES = ("d", "ed", "er", "or")
"""What makes of an action one that is done, or who does it."""
_LEAST_STEM = 3
_LONGEST_PREFIX = max(map(len, _PREFIXES))
_OPPOSITES = tuple(
    tuple(frozenset(side.split("|")) for side in pair.split())
    for pair in (
        "on|an|ein|encendido|activado|aan|pa off|aus|apagado|desactivado|uit|av",
        "yes|ja|oui|si|sim no|nein|non|nao|nee|nej",
        "open|offnen|ouvrir|abrir|apri close|quit|exit|schliessen|beenden|fermer|quitter|cerrar|salir|fechar|sair|chiudi|esci",
        "show|anzeigen|einblenden|afficher|mostrar|mostra hide|ausblenden|verbergen|masquer|ocultar|esconder|nascondi",
        "enable|aktivieren|activer|habilitar|activar|abilita disable|deaktivieren|desactiver|deshabilitar|desactivar|disabilita",
        "start|starten|demarrer|iniciar|avvia|resume|continue|fortsetzen stop|stoppen|arreter|detener|parar|ferma|pause|cancel",
        "add|hinzufugen|ajouter|anadir|agregar|adicionar|aggiungi|insert|new remove|delete|erase|entfernen|loschen|supprimer|quitar|"
        "eliminar|remover|excluir|rimuovi|elimina",
        "create|make|new|book|reserve|schedule|subscribe|order delete|remove|cancel|unsubscribe", "buy|purchase sell|return|refund",
        "raise|lift lower|drop", "join|enter leave|exit", "follow|watch unfollow|unwatch|ignore", "mute|silence unmute",
        "more less|fewer", "longer shorter", "wider narrower", "faster slower", "louder quieter", "brighter dimmer|darker", "earlier later",
        "newer|newest older|oldest", "public private", "borrow lend", "deposit withdraw", "rename create|new|delete", "empty fill",
        "save|keep|speichern|behalten|enregistrer|guardar|salvar|salva discard|revert|verwerfen|abandonner|descartar|scarta|delete",
        "increase|raise|grow|larger|bigger|vergrossern|augmenter|aumentar "
        "decrease|reduce|lower|shrink|smaller|verkleinern|diminuer|disminuir|reducir",
        "undo|ruckgangig|annuler|deshacer|desfazer|annulla redo|wiederholen|retablir|rehacer|refazer|ripeti",
        "next|forward|weiter|nachste|suivant|siguiente|proximo|avanti previous|back|zuruck|vorherige|precedent|anterior|indietro",
        "odd|ungerade even|gerade", "join|merge|combine|group split|separate|divide|ungroup",
        "import|importieren|importer|importar|importa export|exportieren|exporter|exportar|esporta",
        "in|ein out|aus", "up|hoch|haut|arriba|su down|runter|bas|abajo|giu", "left|links|gauche|izquierda|sinistra right|rechts|droite|"
        "derecha|destra", "first|erste|premier|primero last|letzte|dernier|ultimo", "top|oben bottom|unten", "before|vor after|nach",
        "ascending|aufsteigend|croissant|ascendente descending|absteigend|decroissant|descendente", "minimum|min maximum|max",
        "minimise|minimize maximise|maximize", "accept|allow|agree|akzeptieren|zulassen|accepter|aceptar|permitir "
        "reject|deny|decline|block|refuse|ablehnen|verweigern|refuser|rechazar|denegar", "ok|apply|confirm cancel|abort|abbrechen|"
        "annuler|cancelar|annulla", "lock|sperren unlock|entsperren", "play|wiedergeben pause|stop", "read unread", "send|senden receive|"
        "empfangen", "login|signin|anmelden logout|signout|logoff|abmelden", "horizontal vertical", "single multiple|all", "light|hell "
        "dark|dunkel", "cut copy", "copy paste", "cut paste", "download upload", "expand collapse", "encrypt decrypt",
        "attach|reattach detach",
        "connect disconnect", "include exclude", "forward|forwards backward|backwards", "with|mit|avec|con without|ohne|sans|sin",
    )
)  # fmt: skip
"""Pairs of sides; a word of one side is never another name for a word of the other. Folded, in a few languages."""


@lru_cache(maxsize=16384)
def is_another_word(one: str, other: str) -> bool:
    """Whether two folded words that look alike are two words: by a prefix, by an ending that is more than a plural, or as opposites."""
    if one == other:
        return False
    return are_opposites(one, other) or _by_prefix(one, other) or _by_ending(one, other)


def is_plural(one: str, other: str) -> bool:
    """Whether one folded word is the plural of the other, as far as an `s` tells."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _LEAST_STEM and long in (short + "s", short + "es")


@lru_cache(maxsize=16384)
def are_opposites(one: str, other: str) -> bool:
    """Whether a word of each side of one pair was said: "on" and "off"."""
    return any((one in first and other in second) or (other in first and one in second) for first, second in _OPPOSITES)


def says_the_opposite(wanted: Sequence[str], found: Sequence[str]) -> bool:
    """Whether a name has, where the wanted one has a word, another word made of it, its opposite, or its negation."""
    only_wanted, only_found = set(wanted) - set(found), set(found) - set(wanted)
    if any(are_opposites(one, other) or _by_prefix(one, other) or _is_state(one, other) for one in only_wanted for other in only_found):
        return True
    return bool(_NEGATIONS & only_found) != bool(_NEGATIONS & only_wanted)


def mean_opposites(words: str, name: str) -> bool:
    """`says_the_opposite` of what a person says and a name."""
    return says_the_opposite(*([word.text for word in fold(text).words] for text in (words, name)))


def _by_prefix(one: str, other: str) -> bool:
    for length in range(min(_LONGEST_PREFIX, len(one) - _LEAST_STEM) + 1):
        prefix, stem = one[:length], one[length:]
        if (not prefix or prefix in _PREFIXES) and other.endswith(stem) and other != one:
            before = other[: len(other) - len(stem)]
            if before != prefix and (not before or before in _PREFIXES) and len(stem) >= _LEAST_STEM:
                return True
    return False


def _by_ending(one: str, other: str) -> bool:
    """Whether the longer is the shorter with an ending; a letter that was struck twice is none."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short) and len(short) >= _LEAST_STEM and set(long[len(short) :]) != {short[-1]}


def _is_state(one: str, other: str) -> bool:
    """ "Save" and "Saved", "Encode" and "Encoder": what is done, and what is so or who does it."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _LEAST_STEM and any(long == stem + ending for ending in _STATES for stem in {short, short.removesuffix("e")})
