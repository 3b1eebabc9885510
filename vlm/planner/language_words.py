"""Words of plain orders in other languages, by what they are in English: tables for `languages`."""

from __future__ import annotations

ORDERS: dict[str, dict[str, str]] = {
    "German": {
        "click": "klicken sie|klickst du|klick|klicke|klicken|anklicken", "press": "drücken sie|drück|drücke|drücken|betätige",
        "choose": "wählen sie|wähl|wähle|wählen|nimm", "open": "öffnen sie|öffne", "go to": "gehen sie zu|gehe zu|geh zu|gehe auf|geh auf|wechsle zu",
        "type": "geben sie|gib|schreiben sie|schreib|schreibe|tippen sie|tippe|tipp", "tick": "aktivieren sie|aktiviere|setze ein häkchen bei|setz ein häkchen bei",
        "untick": "deaktivieren sie|deaktiviere|entferne das häkchen bei|entferne das häkchen von",
        "double-click": "doppelklicken sie|doppelklicke|doppelklick|mach einen doppelklick|mache einen doppelklick",
        "right-click": "rechtsklicke|rechtsklick|mach einen rechtsklick|mache einen rechtsklick|klicke mit der rechten maustaste", "drag": "ziehen sie|ziehe|zieh",
        "scroll down": "scrolle nach unten|scroll nach unten", "scroll up": "scrolle nach oben|scroll nach oben", "wait": "warten sie|warte",
        "": "speichere|speichern sie|lösche|löschen sie|schließe|schließen sie|mach|mache|kopiere|füge|markiere|suche|ersetze|drucke|beende|starte|zeige|ändere|erstelle|benenne|entferne|stelle|schalte|setze",
    },
    "French": {
        "click": "cliquez|clique|cliquer", "press": "appuyez|appuie|appuyer", "choose": "choisissez|choisis|choisir|sélectionnez|sélectionne|sélectionner",
        "open": "ouvrez|ouvre|ouvrir", "go to": "allez dans|va dans|allez sur|va sur|allez à|va à", "type": "écrivez|écris|écrire|tapez|tape|saisissez|saisis|entrez|entre",
        "tick": "cochez|coche|cocher|activez|activer", "untick": "décochez|décoche|décocher|désactivez|désactive|désactiver",
        "double-click": "double-cliquez|double-clique|double-cliquer|faites un double clic|fais un double clic",
        "right-click": "faites un clic droit|fais un clic droit|clic droit", "drag": "glissez|fais glisser|faites glisser",
        "scroll down": "faites défiler vers le bas|fais défiler vers le bas", "scroll up": "faites défiler vers le haut|fais défiler vers le haut", "wait": "attendez|attends",
        "": "enregistre|enregistrez|ferme|fermez|supprime|supprimez|copie|copiez|colle|collez|imprime|imprimez|cherche|cherchez|remplace|remplacez|annule|annulez|crée|créez|affiche|affichez|mets|mettez|renomme|renommez|quitte|quittez|fais|faites",
    },
    "Spanish": {
        "click on": "haz clic en|haga clic en|hacer clic en|haz click en|clic en", "click": "clica|clique", "press": "pulsa|pulse|pulsar|presiona|presione|oprime",
        "choose": "elige|elija|elegir|selecciona|seleccione|seleccionar|escoge|escoja", "open": "abre|abra|abrir", "go to": "ve a|vaya a|ir a",
        "type": "escribe|escriba|escribir|teclea|teclee|introduce|introduzca", "tick": "marca|marque|activa|active", "untick": "desmarca|desmarque|desactiva|desactive",
        "double-click": "haz doble clic en|haga doble clic en", "right-click": "haz clic derecho en|haga clic derecho en|haz clic con el botón derecho en",
        "drag": "arrastra|arrastre", "scroll down": "desplázate hacia abajo", "scroll up": "desplázate hacia arriba", "wait": "espera|espere",
        "": "guarda|guarde|cierra|cierre|borra|borre|elimina|elimine|copia|copie|pega|pegue|imprime|busca|busque|reemplaza|deshaz|crea|cree|muestra|cambia|renombra|haz|haga",
    },
    "Italian": {
        "click on": "fai clic su|fare clic su|fate clic su", "click": "clicca|cliccate|cliccare", "press": "premi|premete|premere", "choose": "scegli|scegliete|seleziona|selezionate",
        "open": "apri|aprite|aprire", "go to": "vai su|vai a|vai in", "type": "scrivi|scrivete|digita|digitate|inserisci|inserite", "tick": "spunta|attiva|attivate",
        "untick": "togli la spunta da|disattiva|deseleziona", "double-click": "fai doppio clic su", "right-click": "fai clic destro su|fai clic con il tasto destro su",
        "drag": "trascina", "scroll down": "scorri verso il basso", "scroll up": "scorri verso l'alto", "wait": "aspetta|attendi",
        "": "salva|salvate|chiudi|elimina|cancella|copia|incolla|stampa|cerca|sostituisci|annulla|crea|mostra|rinomina|fai|togli",
    },
    "Portuguese": {
        "click on": "clique em|clica em|clique no|clique na|clicar em", "press": "pressione|pressiona|carregue em|prima", "choose": "escolha|escolhe|selecione|seleciona",
        "open": "abra|abre|abrir", "go to": "vá para|vai para|vá a", "type": "escreva|escreve|digite|digita|introduza", "tick": "marque|ative",
        "untick": "desmarque|desative", "double-click": "clique duas vezes em|dê um duplo clique em", "right-click": "clique com o botão direito em",
        "drag": "arraste|arrasta", "scroll down": "role para baixo", "scroll up": "role para cima", "wait": "espere|aguarde",
        "": "salve|guarde|feche|fecha|exclua|copie|imprima|procure|substitua|desfaça|crie|mostre|renomeie|faça",
    },
    "Dutch": {
        "click": "klik op|klik", "press": "druk op|druk", "choose": "kies|selecteer", "open": "open", "go to": "ga naar", "type": "typ|schrijf|voer",
        "tick": "vink|schakel in:", "untick": "schakel uit:", "double-click": "dubbelklik op|dubbelklik", "right-click": "rechtsklik op|klik met de rechtermuisknop op",
        "drag": "sleep", "scroll down": "scrol naar beneden|scroll naar beneden", "scroll up": "scrol naar boven|scroll naar boven", "wait": "wacht",
        "": "sluit|verwijder|kopieer|plak|zoek|vervang|maak|toon|hernoem|bewaar|zet",
    },
    "Swedish": {"": "klicka|öppna|välj|tryck|skriv|markera|avmarkera|stäng|spara|gå"}, "Danish": {"": "klik|åbn|vælg|tryk|skriv|luk|gem"},
    "Norwegian": {"": "klikk|åpne|velg|trykk|skriv|lukk|lagre"}, "Polish": {"": "kliknij|otwórz|wybierz|naciśnij|wpisz|zaznacz|odznacz|zamknij|zapisz"},
    "Czech": {"": "klikni|klikněte|otevři|otevřete|vyber|vyberte|stiskni|stiskněte|napiš|napište|zavři|ulož"}, "Finnish": {"": "napsauta|klikkaa|avaa|valitse|paina|kirjoita|sulje|tallenna"},
    "Turkish": {"": "tıkla|tıklayın|aç|seç|yaz|kaydet|kapat"}, "Hungarian": {"": "kattints|kattintson|nyisd|válaszd|nyomd|írd|mentsd|zárd"}, "Romanian": {"": "apasă|deschide|alege|scrie|salvează|închide"},
}  # fmt: skip
"""How each English order is said; what has no English before it is only recognised."""
SMALL: dict[str, dict[str, str]] = {
    "German": {
        "and": "und", "then": "dann|danach|anschließend", "first": "zuerst|erst", "finally": "zuletzt|zum schluss", "on": "auf|bei", "in": "in|im|ins",
        "": "bitte|könntest du|kannst du|der|die|das|den|dem|ein|eine|einen|einem|mal|noch|dort|nun|jetzt", "field": "feld|eingabefeld|textfeld", "menu": "menü", "button": "knopf|schaltfläche", "tab": "reiter|registerkarte", "key": "taste",
        "enter": "eingabetaste|enter|die eingabe", "twice": "zweimal", "three times": "dreimal", "seconds": "sekunden|sekunde", "from the": "aus dem", "to": "nach|zu",
    },
    "French": {
        "and": "et", "then": "puis|ensuite|après", "first": "d'abord", "finally": "enfin", "on": "sur", "in": "dans", "": "s'il te plaît|s'il vous plaît|svp|le|la|les|l'|un|une|au|à",
        "field": "champ", "menu": "menu", "button": "bouton", "tab": "onglet", "key": "touche", "enter": "entrée", "twice": "deux fois", "three times": "trois fois", "seconds": "secondes", "to": "vers", "from the": "du",
    },
    "Spanish": {
        "and": "y", "then": "luego|después|entonces", "first": "primero", "finally": "finalmente", "in": "en", "": "por favor|el|la|los|las|un|una", "field": "campo",
        "menu": "menú", "button": "botón", "tab": "pestaña", "key": "tecla", "enter": "intro", "twice": "dos veces", "three times": "tres veces", "seconds": "segundos", "to": "a|hasta", "from": "del",
    },
    "Italian": {
        "and": "e", "then": "poi|quindi|dopo", "first": "prima", "finally": "infine", "on": "su|sul|sulla", "in": "in|nel|nella", "": "per favore|per piacere|il|lo|la|i|gli|le|l'|un|uno|una",
        "field": "campo", "menu": "menu", "button": "pulsante|bottone", "tab": "scheda", "key": "tasto", "enter": "invio", "twice": "due volte", "three times": "tre volte", "seconds": "secondi", "from the": "dal|dalla|dallo",
    },
    "Portuguese": {
        "and": "e", "then": "depois|em seguida", "first": "primeiro", "finally": "por fim", "in": "no|na|em", "": "por favor|o|a|os|as|um|uma", "field": "campo", "menu": "menu",
        "button": "botão", "tab": "separador|aba", "key": "tecla", "enter": "enter", "twice": "duas vezes", "three times": "três vezes", "seconds": "segundos", "from the": "do|da",
    },
    "Dutch": {
        "and": "en", "then": "dan|daarna|vervolgens", "first": "eerst", "finally": "tenslotte|ten slotte", "on": "op", "in": "in", "": "alsjeblieft|alstublieft|aub|de|het|een|nu",
        "field": "veld", "menu": "menu", "button": "knop", "tab": "tabblad", "key": "toets", "enter": "enter", "twice": "twee keer", "three times": "drie keer", "seconds": "seconden", "to": "naar", "from the": "uit het",
    },
    "Swedish": {"": "och|sedan|på|menyn|filen"}, "Danish": {"": "og|derefter|på|menuen|filen"}, "Norwegian": {"": "og|deretter|på|menyen|filen"}, "Polish": {"": "i|potem|następnie|plik|proszę"},
    "Czech": {"": "pak|potom|nabídku|soubor|prosím"}, "Finnish": {"": "ja|sitten|valikko|tiedosto"}, "Turkish": {"": "ve|sonra|lütfen|menüsünü|dosyayı"}, "Hungarian": {"": "és|majd|kérem|menüt|fájlt"}, "Romanian": {"": "și|apoi|fișierul|meniul"},
}  # fmt: skip
ENGLISH = frozenset(
    "a an and as at by do don't for from go here i i'd i'm if into is it it's its me my no not of off or out over please put set that the then there these this to"
    " turn under up use want what where with you your add bring calculate can change check choose clear click close copy cut delete double-click drag enter find"
    " hit hold make move paste pick press redo remove rename right-click run save say scroll search select send show start switch take tap tick type undo untick"
    " wait work write could would let's first next finally after before button field box".split()
)
ALSO_ENGLISH = frozenset({"in", "on", "die", "open", "menu", "enter", "active", "tape", "entre", "de", "e", "i", "y", "o", "u", "as", "un", "la", "le", "no", "prima", "sleep", "dan", "den", "per", "en",
    "pulse", "introduce", "attends", "marque", "gem", "salve", "coche", "abra", "pause", "mets", "cree", "plak", "zet", "mach", "suche", "copia",
})  # fmt: skip
"""Words of other languages that English texts hold, too: they say nothing."""
