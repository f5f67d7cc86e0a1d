"""The words of the results table, in English and French."""

from __future__ import annotations

from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "fr"]
Words: TypeAlias = dict[Language, str]

HEAD: dict[str, dict[Language, tuple[str, ...]]] = {
    "development": {
        "en": ("what", "n", "F1 (95 %)", "n", "F1 (95 %)"),
        "fr": ("quoi", "n", "F1 (95 %)", "n", "F1 (95 %)"),
    },
    "compared": {
        "en": ("task", "corpus", "n", "oncotext", "edsnlp", "medSpaCy", "date", "command"),
        "fr": ("tâche", "corpus", "n", "oncotext", "edsnlp", "medSpaCy", "date", "commande"),
    },
}
INTRO: Words = {
    "en": """\
On the project's invented reports: left
[`oncotext-gold`](corpora/oncotext-gold/DATASHEET.md) ({reports[0]} reports), right
[`oncotext-gold-k`](corpora/oncotext-gold-k/DATASHEET.md) ({reports[1]}), both **development**
corpora: their errors have been read, so expect less on your reports. `oncotext-gold-k` was written
blind; measured once before any rule was changed for it, it gave linked F1 {mentions} (n {n}),
record {record}, section lines {lines}. Linked: the mention is found, with the right code. 95 %
intervals are a bootstrap over reports; none is given below 20 cases or where there is no error.
Measured {date}, oncotext {version}: `python benchmarks/accuracy.py`.""",
    "fr": """\
Sur les comptes rendus inventés du projet : à gauche
[`oncotext-gold`](corpora/oncotext-gold/DATASHEET.md) ({reports[0]} comptes rendus), à droite
[`oncotext-gold-k`](corpora/oncotext-gold-k/DATASHEET.md) ({reports[1]}), deux corpus de
**développement** : leurs erreurs ont été lues, attendez-vous à moins sur vos comptes rendus.
`oncotext-gold-k` a été écrit à l'aveugle ; mesuré une fois avant tout changement de règle, il
donnait F1 {mentions} pour les mentions avec leur code (n {n}), {record} pour le dossier, {lines}
pour les lignes de sections. Une mention compte quand elle est trouvée avec le bon code.
Intervalles à 95 % par bootstrap sur les comptes rendus ; aucun au-dessous de 20 cas ni sans erreur.
Mesuré le {date}, oncotext {version} : `python benchmarks/accuracy.py`.""",
}
OTHERS: Words = {
    "en": """\
On other corpora, and beside edsnlp {edsnlp} and medSpaCy {medspacy} on the same texts and spans
(F1 unless said otherwise). oncotext was developed on all of these corpora; the others run as they
come.""",
    "fr": """\
Sur d'autres corpus, et à côté d'edsnlp {edsnlp} et de medSpaCy {medspacy} sur les mêmes textes et
empans (F1 sauf mention contraire). oncotext a été développé sur tous ces corpus ; les autres
tournent tels quels.""",
}
WEAK: Words = {
    "en": "**What it does not do well**, from the same results:",
    "fr": "**Ce qu'il ne fait pas bien**, d'après les mêmes résultats :",
}
MEASURED: Words = {
    "en": """\
Commands, corpora and all figures: [`benchmarks/`](benchmarks/README.md) and
[`benchmarks/results/`](benchmarks/results); `python benchmarks/table.py` writes this part.""",
    "fr": """\
Commandes, corpus et tous les chiffres : [`benchmarks/`](benchmarks/README.md) et
[`benchmarks/results/`](benchmarks/results) ; `python benchmarks/table.py` écrit cette partie.""",
}

ROWS: dict[str, Words] = {
    "MORPHOLOGY": {"en": "histology", "fr": "histologie"},
    "TOPOGRAPHY": {"en": "site", "fr": "topographie"},
    "TNM": {"en": "TNM", "fr": "TNM"},
    "STAGE": {"en": "stage", "fr": "stade"},
    "GRADE": {"en": "grade", "fr": "grade"},
    "TOXICITY": {"en": "toxicity (CTCAE)", "fr": "toxicité (CTCAE)"},
    "BIOMARKER": {"en": "biomarker", "fr": "biomarqueur"},
    "DRUG": {"en": "drug", "fr": "médicament"},
    "PERFORMANCE_STATUS": {"en": "performance status", "fr": "indice de performance"},
    "RESPONSE": {"en": "response", "fr": "réponse"},
    "SIZE": {"en": "size", "fr": "taille"},
    "micro": {"en": "**all mentions, linked**", "fr": "**toutes les mentions, avec leur code**"},
    "lines": {
        "en": "lines with the right section (accuracy)",
        "fr": "lignes dans la bonne section (exactitude)",
    },
    "record": {"en": "**all facts of the record**", "fr": "**tous les faits du dossier**"},
    "negated": {"en": "negation, span given", "fr": "négation, empan donné"},
    "hypothetical": {"en": "hypothesis, span given", "fr": "hypothèse, empan donné"},
    "historical": {"en": "history, span given", "fr": "antécédent, empan donné"},
    "family": {"en": "family, span given", "fr": "famille, empan donné"},
    "e3c": {"en": "{flag}: events / entities", "fr": "{flag} : événements / entités"},
    "starts": {"en": "where sections begin", "fr": "débuts des sections"},
    "tnm": {"en": "TNM spans (overlap)", "fr": "empans TNM (recouvrement)"},
    "spans": {
        "en": "histology / site, linked",
        "fr": "histologie / topographie, avec le code",
    },
    "trained": {
        "en": "exact spans by the recipe "
        "[`fr_onco_fracco_sm`](models/fr_onco_fracco_sm/README.md), trained on train and dev1: "
        "histology / site / differentiation",
        "fr": "empans exacts par la recette "
        "[`fr_onco_fracco_sm`](models/fr_onco_fracco_sm/README.md), apprise sur train et dev1 : "
        "histologie / topographie / différenciation",
    },
    "link": {
        "en": "code of a given span, first choice right: histology without 8000/x / site",
        "fr": "code d'un empan donné, premier choix juste : histologie sans 8000/x / topographie",
    },
    "speed": {
        "en": "reports a second, one process",
        "fr": "comptes rendus par seconde, un processus",
    },
    "first": {
        "en": "the same per processor second, texts seen for the first time",
        "fr": "de même par seconde de processeur, textes jamais vus",
    },
    "memory": {"en": "peak memory", "fr": "mémoire au plus haut"},
    "robust": {"en": "texts that give a report", "fr": "textes qui donnent un compte rendu"},
}
CELLS: dict[str, Words] = {
    "texts": {"en": "{n} texts", "fr": "{n} textes"},
    "inputs": {"en": "{n} inputs", "fr": "{n} sources"},
    "sample": {"en": "{name}, sample", "fr": "{name}, échantillon"},
    "times": {"en": "{rate} ({ratio} times slower)", "fr": "{rate} ({ratio} fois plus lent)"},
    "dates": {
        "en": "{rate} ({ratio} times slower; {without} without its dates)",
        "fr": "{rate} ({ratio} fois plus lent ; {without} sans ses dates)",
    },
    "bytes": {
        "en": "{whole} MB, of which {spacy} importing spaCy",
        "fr": "{whole} Mo, dont {spacy} à l'import de spaCy",
    },
}
SHORT: dict[str, Words] = {
    "historical": {
        "en": "History (an earlier disease or line of treatment): F1 {0} / {1} on given spans.",
        "fr": "Antécédents (maladie ou ligne de traitement passée) : F1 {0} / {1}, empans donnés.",
    },
    "metastatic": {
        "en": "Metastatic sites in the record: F1 {0} / {1}; tumours with both site and histology "
        "right: {2} / {3}.",
        "fr": "Sites métastatiques du dossier : F1 {0} / {1} ; tumeurs au site et à l'histologie "
        "tous deux justes : {2} / {3}.",
    },
    "size": {
        "en": "The tumour's size in the record: F1 {0} / {1}.",
        "fr": "La taille de la tumeur dans le dossier : F1 {0} / {1}.",
    },
    "letters": {
        "en": "Sections of letters, which have few titles: {0} / {1} of lines right, {2} on "
        "PARHAF's.",
        "fr": "Sections des courriers, qui ont peu de titres : {0} / {1} de lignes justes, {2} "
        "pour PARHAF.",
    },
    "narrative": {
        "en": "Toxicities told in a narrative: recall {0} on passages of case reports (n {1}).",
        "fr": "Toxicités racontées : rappel {0} sur des passages de cas cliniques (n {1}).",
    },
    "hypothesis": {
        "en": "Hypothesis in case reports of all specialties: F1 {0} on E3C's events (n {1}).",
        "fr": "Hypothèse dans des cas de toutes spécialités : F1 {0} pour les événements d'E3C "
        "(n {1}).",
    },
    "generic": {
        "en": "FRACCO's histology is mostly generic words coded 8000/x (*masse*, *lésion*), which "
        "oncotext does not mark: it finds {0} of these mentions.",
        "fr": "L'histologie de FRACCO est surtout faite de mots génériques codés 8000/x (*masse*, "
        "*lésion*), qu'oncotext ne marque pas : il trouve {0} de ces mentions.",
    },
}
