"""Orders in other languages: read where every word is known, else told apart from English."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vlm.planner.instruction import NoPlan
from vlm.planner.languages import check_language, language_of
from vlm.planner.quoted import mark_quotations, quoted_plan

READ = {
    'Bitte klick auf "Datei" und dann auf "Beenden"': "click Datei|click Beenden",
    "klicke auf Datei und wähle Speichern": "click Datei|click Speichern",
    "Öffne das Menü „Datei“ und wähle „Speichern unter“": "click Datei|click Speichern unter",
    "schreibe hallo in das Feld Name": "click Name|type hallo",
    "Schreibe „Guten Tag“ und drücke die Eingabetaste": "type Guten Tag|press Enter",
    "Drücke Strg+S, dann klicke dreimal auf Weiter": "press Ctrl+S|click Weiter|click Weiter|click Weiter",
    "Aktiviere „Zeilennummern“ und deaktiviere „Umbruch“": "set on Zeilennummern|set off Umbruch",
    "Bitte doppelklicke auf „bericht.txt“ und warte 3 Sekunden": "double_click bericht.txt|wait 3",
    "Cliquez sur « Fichier » puis sur « Quitter »": "click Fichier|click Quitter",
    "clique sur l’onglet « Édition »": "click Édition",
    "écris bonjour dans le champ Nom": "click Nom|type bonjour",
    "Appuyez sur Entrée": "press Enter",
    'haz clic en "Archivo" y luego en "Salir"': "click Archivo|click Salir",
    'escribe "hola" en el campo Nombre': "click Nombre|type hola",
    "fai clic su File e scegli Salva": "click File|click Salva",
    "clique em Arquivo e depois em Salvar": "click Arquivo|click Salvar",
    "klik op Bestand en kies Opslaan": "click Bestand|click Opslaan",
    "Klick bitte auf OK": "click OK",
    "Pulsa Intro": "press Enter",
    "Scegli Esci dal menu File": "click File|click Esci",
    "cliquez deux fois sur OK": "click OK|click OK",
    "typ hallo in het veld Naam": "click Naam|type hallo",
}


@pytest.mark.parametrize("instruction", READ)
def test_plain_orders_are_followed(instruction: str) -> None:
    assert "|".join(map(str, quoted_plan(instruction) or ())) == READ[instruction]


@pytest.mark.parametrize(
    ("instruction", "language"),
    [
        ("Speichere die Datei als notes.txt", "German"),
        ("Kannst du bitte die Datei speichern?", "German"),
        ("Mach das Fenster zu", "German"),
        ("wähle Suchen und Ersetzen", "German"),
        ("Enregistre le fichier sous notes.txt", "French"),
        ("Ferme la fenêtre s'il te plaît", "French"),
        ("abre el menú Archivo y guarda", "Spanish"),
        ("¿Puedes abrir el archivo notes.txt?", "Spanish"),
        ("apri il menu e salva", "Italian"),
        ("öppna menyn Arkiv och välj Spara", "Swedish"),
        ("Kliknij Plik i wybierz Zapisz", "Polish"),
    ],
)
def test_what_is_not_understood_is_refused_in_one_line(instruction: str, language: str) -> None:
    assert quoted_plan(instruction) is None
    with pytest.raises(NoPlan, match=f"seems to be {language}") as error:
        check_language(mark_quotations(instruction)[0])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "instruction",
    [
        "type Guten Tag und auf Wiedersehen",
        "click Datei und Bearbeiten",
        "open Datei, Speichern unter",
        "Datei > Speichern unter",
        "File, Save As, la dolce vita, Save",
        "go to Édition and click sur Enregistrer",
        "Archivo, Abrir",
        "select En dash from the list",
        "please write Où est la gare et le port",
        'In "Größe" write 5',
        "",
    ],
)
def test_english_with_foreign_names_and_texts_is_english(instruction: str) -> None:
    assert language_of(mark_quotations(instruction)[0]) is None


def test_no_english_sentence_by_hand_is_taken_for_another_language() -> None:
    told = []
    for name in ("sentences-a", "sentences-b"):
        lines = Path(f"training/evaluation/{name}.jsonl").read_text(encoding="utf-8").splitlines()
        told += [said for line in lines if language_of(mark_quotations(said := json.loads(line)["instruction"])[0])]
    assert told == ['Bitte klick auf "Datei" und dann auf "Beenden"']
