"""Plain orders in German, French and Spanish."""

from __future__ import annotations

from training.generate.instructions import steps as say
from training.generate.instructions import texts
from training.generate.instructions.draft import Clause, Draft, Step
from training.generate.instructions.frames import spell
from training.generate.instructions.parts import click, press, type_

_ORDERS: dict[str, dict[str, str]] = {
    "de": {
        "click": "(klick|klicke|klicken Sie|drück|drücke|tippe) (auf|auf|auf) {X}|(wähl|wähle|öffne|nimm) {X}|(geh|gehe) (auf|zu) {X}",
        "type": "(schreib|schreibe|tipp|tippe|gib) {T}( ein|)", "on": "(aktiviere|setz ein Häkchen bei|schalte ein:) {X}", "off": "(deaktiviere|entferne das Häkchen bei) {X}",
        "double": "(mach einen Doppelklick|doppelklicke) auf {X}", "press": "(drück|drücke) (|die Taste ){K}", "join": ", dann | und | und dann |, danach |, ", "polite": "Bitte |bitte ||Kannst du bitte: ",
    },
    "fr": {
        "click": "(clique|cliquez|appuie) sur {X}|(choisis|ouvre|sélectionne|choisissez) {X}|va (dans|sur) {X}",
        "type": "(écris|tape|saisis|entrez) {T}", "on": "(coche|active) {X}", "off": "(décoche|désactive) {X}", "double": "double-clique sur {X}",
        "press": "appuie sur (|la touche ){K}", "join": ", puis | et | et ensuite |, ", "polite": "S'il te plaît, |s'il vous plaît ||",
    },
    "es": {
        "click": "(haz clic|haga clic|pulsa|clica) en {X}|(elige|abre|selecciona|escoge) {X}|(ve|vaya) a {X}",
        "type": "(escribe|teclea|introduce|escriba) {T}", "on": "(marca|activa) {X}", "off": "(desmarca|desactiva) {X}", "double": "haz doble clic en {X}",
        "press": "(pulsa|presiona) (|la tecla ){K}", "join": ", luego | y | y después |, ", "polite": "Por favor, |por favor ||",
    },
}  # fmt: skip
_LABELS = {
    "de": "Datei|Bearbeiten|Ansicht|Beenden|Speichern|Speichern unter…|Öffnen|Drucken|Neu|Einfügen|Format|Extras|Hilfe|Abbrechen|Übernehmen|Schließen|Weiter|Zurück|Löschen|Einstellungen|Werkzeuge|Suchen|Senden|Fenster",
    "fr": "Fichier|Édition|Affichage|Quitter|Enregistrer|Enregistrer sous…|Ouvrir|Imprimer|Nouveau|Insertion|Format|Outils|Aide|Annuler|Appliquer|Fermer|Suivant|Précédent|Supprimer|Préférences|Rechercher|Envoyer",
    "es": "Archivo|Editar|Ver|Salir|Guardar|Guardar como…|Abrir|Imprimir|Nuevo|Insertar|Formato|Herramientas|Ayuda|Cancelar|Aplicar|Cerrar|Siguiente|Atrás|Eliminar|Preferencias|Buscar|Enviar",
}
_KEYS = {"de": {"Enter": "Enter|Eingabe|die Eingabetaste", "Ctrl+S": "Strg+S|Ctrl+S"}, "fr": {"Enter": "Entrée|Enter", "Ctrl+S": "Ctrl+S"}, "es": {"Enter": "Intro|Enter", "Ctrl+S": "Ctrl+S"}}  # fmt: skip


def foreign(draft: Draft) -> Clause:
    """Plain orders in German, French or Spanish, labels and texts in quotes."""
    tongue = draft.pick(("de", "fr", "es"))
    orders, labels = _ORDERS[tongue], _LABELS[tongue].split("|")
    parts: list[tuple[str, list[Step]]] = []
    for _ in range(draft.rng.choice((1, 2, 2, 2, 3, 4))):
        kind = draft.pick(("click", "click", "click", "click", "type", "press", "on", "off", "double"))
        if kind == "type":
            t = draft._slot(text := texts.any_text(draft.rng), draft._quoted(text))
            said = spell(draft.rng, orders["type"], {"T": t})
            parts.append(
                (said if tongue == "de" and said.startswith("gib") and said.endswith(" ein") else said.removesuffix(" ein"), [type_(t)])
            )
        elif kind == "press":
            key = draft.pick(("Enter", "Enter", "Ctrl+S"))
            k = draft._slot(key, draft.pick(_KEYS[tongue][key].split("|")))
            parts.append((spell(draft.rng, orders["press"], {"K": k}).replace("die Taste die", "die"), press(k)))
        else:
            x = draft.label(
                draft.pick(labels) if kind == "click" and draft.chance(0.8) else say.option_name(draft), quoted=draft.chance(0.92)
            )
            step: Step = {"do": "set", "value": kind, "target": x}
            if kind in ("click", "double"):
                step = click(x) if kind == "click" else {"do": "double_click", "target": x}
            parts.append((spell(draft.rng, orders[kind], {"X": x}), [step]))
    text = draft.pick(orders["polite"].split("|")) + parts[0][0]
    for said, _ in parts[1:]:
        text += draft.pick(orders["join"].split("|")) + said
    return Clause(text, [step for _, steps in parts for step in steps], whole=True)
