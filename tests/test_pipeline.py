"""The pipeline as spaCy sees it: alone, saved, in workers, beside medSpaCy; and odd texts."""

from __future__ import annotations

import importlib.util
import json
import pickle
import time
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.vocab import Vocab

import oncotext
from oncotext.errors import (
    BinaryInputError,
    EmptyReportError,
    ReportTooLongError,
    UnknownNameError,
    UsageError,
)
from oncotext.language.annotations import report_of
from oncotext.language.tokenizer import OncoFrench
from oncotext.pipelines import DEFAULT, PIPELINES
from oncotext.report import AnnotatedReport

FACTORIES = sorted({factory for pipes in PIPELINES.values() for factory in pipes})
PATHOLOGY = """\
COMPTE RENDU ANATOMO-PATHOLOGIQUE

MACROSCOPIE
Pièce de tumorectomie du sein gauche, nodule de 2,2 cm.

CONCLUSION
Carcinome canalaire infiltrant du sein gauche, grade SBR II, classé pT2 N0 M0.
RE 90 %, HER2 score 1+. Pas de métastase hépatique.
"""
VISIT = """\
CONSULTATION

ANTÉCÉDENTS FAMILIAUX
Mère traitée d'un cancer du sein.

TRAITEMENT ACTUEL
Létrozole, OMS 1.

TOLÉRANCE
Nausées de grade 2, pas de diarrhée.

CONCLUSION
Réponse partielle au scanner.
"""
BIOLOGY = """\
BIOLOGIE
Sous létrozole : Hb 7,8 g/dL, PNN 0,7 G/L, plaquettes 45\u202f000/mm3, ALAT 120 UI/L (N < 35).
"""
MEDSPACY_PIPES = ("oncotext.sections", "oncotext.histology", "oncotext.assertion")
TEXTS = [PATHOLOGY, VISIT, BIOLOGY, "Suivi d’un mélanome du dos 🎗.\r\nPas de récidive."]


def lines(docs: list[Doc]) -> list[str]:
    return [doc._.report.to_json() for doc in docs]


# -- what it finds ------------------------------------------------------------------------


def test_a_pathology_report(nlp: Language) -> None:
    report = nlp(PATHOLOGY)._.report
    [tumor] = report.record.tumors
    assert report.record.report_type == "pathology"
    assert (tumor.topography, tumor.laterality, tumor.morphology) == ("C50.9", "left", "8500/3")
    assert tumor.tnm == ["pT2 pN0 M0"]
    assert tumor.grades == ["SBR:2"]
    assert tumor.size_mm == 22
    assert tumor.biomarkers == ["ER=POSITIVE", "HER2=NEGATIVE"]
    assert tumor.metastatic_sites == []
    assert [m.text for m in report.mentions if m.negated] == ["métastase", "hépatique"]


def test_a_visit(nlp: Language) -> None:
    record = nlp(VISIT)._.report.record
    assert record.performance_status == "ECOG:1"
    assert record.drugs == ["letrozole"]
    assert record.response == "PR"
    assert [(t.term, t.grade) for t in record.toxicities] == [("Nausea", 2)]
    assert [(f.topography, f.relation) for f in record.family_cancer_history] == [
        ("C50.9", "mother")
    ]


def test_grade_zero_stays_a_denial(nlp: Language) -> None:
    [toxicity] = nlp("TOLERANCE\nDiarrhée : grade 0")._.report.mentions
    assert toxicity.negated


@pytest.mark.parametrize("text", TEXTS)
def test_a_report_is_whole(nlp: Language, text: str) -> None:
    report = nlp(text)._.report
    assert report.text == text
    assert report.mentions
    ends = [0, *(section.end for section in report.sections)]
    assert [section.start for section in report.sections] == ends[:-1]
    assert ends[-1] == len(text)
    assert all(a.end <= b.start for a, b in pairwise(report.mentions))
    ids = {mention.id for mention in report.mentions}
    assert all(set(evidence) <= ids for evidence in report.record.evidence.values())
    for mention in report.mentions:
        home = next(s for s in report.sections if s.start <= mention.start < s.end)
        assert mention.section == home.label


@pytest.mark.parametrize("text", TEXTS)
def test_spans_and_entities_are_the_mentions(nlp: Language, text: str) -> None:
    doc = nlp(text)
    mentions = doc._.report.mentions
    assert [(s.start_char, s.end_char, s.label_) for s in doc.spans["oncotext"]] == [
        (m.start, m.end, m.label) for m in mentions
    ]
    assert all(a.end <= b.start for a, b in pairwise(doc.ents))
    for span, mention in zip(doc.spans["oncotext"], mentions, strict=True):
        assert (span._.code, span._.name, span._.attrs) == (
            mention.code, mention.name, mention.attrs
        )  # fmt: skip
        assert span._.is_negated is mention.negated
        assert span._.is_family is mention.family
        assert span._.section_category == mention.section
    assert [s.label_ for s in doc.spans["sections"]] == [s.label for s in doc._.report.sections]


# -- building it --------------------------------------------------------------------------


@pytest.mark.parametrize("blank", [OncoFrench, lambda: spacy.blank("xx")], ids=["onco_fr", "xx"])
@pytest.mark.parametrize("factory", FACTORIES)
def test_each_pipe_works_alone(factory: str, blank: Callable[[], Language]) -> None:
    pipeline = blank()
    pipeline.add_pipe(factory)
    for text in (*TEXTS, "", " ", "\n"):
        assert report_of(pipeline(text)).text == text


@pytest.mark.parametrize("factory", FACTORIES)
def test_each_pipe_can_be_sent_to_a_worker(nlp: Language, factory: str) -> None:
    # where processes are spawned (macOS, Windows), `n_process` pickles the pipes
    assert pickle.dumps(nlp.get_pipe(factory))


def test_a_pipe_that_was_sent_does_the_same(nlp: Language) -> None:
    again = pickle.loads(pickle.dumps(nlp.get_pipe("oncotext.drug")))
    [mention] = again(nlp.make_doc("Létrozole."))._.report.mentions
    assert mention.code == "letrozole"


def test_pipes_work_under_any_tokenizer(nlp: Language) -> None:
    other = spacy.blank("xx")
    for factory in PIPELINES[DEFAULT]:
        other.add_pipe(factory)
    for text in TEXTS:
        assert other(text)._.report == nlp(text)._.report


def test_a_mention_off_token_boundaries_is_exact_in_the_report(nlp: Language) -> None:
    # one token a line
    text = "Carcinome du sein gauche, pT2 N0."
    doc = nlp(Doc(nlp.vocab, words=[text], spaces=[False]))
    assert [m.text for m in doc._.report.mentions] == ["Carcinome", "sein gauche", "pT2 N0"]
    assert [span.text for span in doc.spans["oncotext"]] == [text] * 3
    assert [span._.code for span in doc.spans["oncotext"]] == ["8010/3", "C50.9", "pT2 pN0"]
    assert len(doc.ents) == 1


def test_overlapping_mentions_are_resolved_to_the_longest(nlp: Language) -> None:
    report = nlp("Carcinome bronchique à petites cellules.")._.report
    assert [m.text for m in report.mentions] == ["Carcinome bronchique à petites cellules"]


def test_a_second_span_with_the_same_offsets_keeps_code_and_flags(nlp: Language) -> None:
    doc = nlp("Pas de métastase.")
    [first] = doc.spans["oncotext"]
    doc.spans["mine"] = [Span(doc, first.start, first.end, label=first.label)]
    other = Span(doc, first.start, first.end, label="MINE")
    other._.is_negated = False
    for span in (first, doc.spans["mine"][0], doc.ents[0]):
        assert span._.code == "8000/6"
        assert span._.is_negated
        assert span._.cues["negated"]["text"] == "Pas de"


def test_pipes_can_be_left_out_and_set(tmp_path: Path) -> None:
    lexicon = tmp_path / "mine.tsv"
    lexicon.write_text(
        "id\tlabel\tcode\tpreferred\tvariants\tattrs\tsource\tnote\nx\tDRUG\tx\tproduit X\n",
        encoding="utf-8",
    )
    left_out = ["oncotext.histology", "oncotext.topography", "oncotext.toxicity"]
    pipeline = oncotext.load(
        disable=left_out, config={"oncotext.drug": {"lexicon": [str(lexicon)]}}
    )
    assert not set(left_out) & set(pipeline.pipe_names)
    [mention] = pipeline("Cancer traité par produit X.")._.report.mentions
    assert (mention.label, mention.code, mention.rule) == ("DRUG", "x", "x")


def test_unknown_names_are_answered_with_the_closest() -> None:
    with pytest.raises(UnknownNameError, match="fr_onco_rules"):
        oncotext.load("fr_onco_rule")
    with pytest.raises(UnknownNameError, match=r"oncotext\.tnm"):
        oncotext.load(disable=["oncotext.tmn"])
    with pytest.raises(UnknownNameError, match=r"oncotext\.drug"):
        oncotext.load(config={"oncotext.drugs": {}})
    with pytest.raises(UsageError):
        oncotext.extract("texte", pipeline=3)  # type: ignore[arg-type]


# -- carrying it --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(nlp: Language, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved")
    nlp.to_disk(path)
    return path


def test_saved_and_loaded_in_a_fresh_process(
    nlp: Language, saved: Path, run_python: Callable[[str], str]
) -> None:
    printed = run_python(
        f"import spacy, json\nnlp = spacy.load({str(saved)!r})\n"
        f"print(json.dumps([nlp(t)._.report.to_json() for t in json.loads({json.dumps(TEXTS)!r})]))"
    )
    assert json.loads(printed) == lines([nlp(text) for text in TEXTS])


def test_a_saved_pipeline_serves_every_call(nlp: Language, saved: Path) -> None:
    again = oncotext.load(saved)
    assert oncotext.extract(PATHOLOGY, pipeline=again).mentions == nlp(PATHOLOGY)._.report.mentions
    assert oncotext.find_sections(PATHOLOGY, pipeline=saved) == oncotext.find_sections(PATHOLOGY)
    assert oncotext.assert_spans("Pas de fièvre.", [(7, 13)], pipeline=saved)[0].negated
    fewer = oncotext.load(saved, disable=["oncotext.record", "oncotext.tnm"])
    assert len(fewer.pipe_names) == len(again.pipe_names) - 2


def test_bytes_and_docbin(nlp: Language) -> None:
    docs = [nlp(text) for text in TEXTS]
    expected = lines(docs)
    assert lines([Doc(Vocab()).from_bytes(doc.to_bytes()) for doc in docs]) == expected
    data = DocBin(store_user_data=True, docs=docs).to_bytes()
    assert lines(list(DocBin().from_bytes(data).get_docs(Vocab()))) == expected


def test_docbin_read_where_no_pipeline_was_loaded(
    nlp: Language, tmp_path: Path, run_python: Callable[[str], str]
) -> None:
    docs = [nlp(text) for text in TEXTS]
    DocBin(store_user_data=True, docs=docs).to_disk(tmp_path / "docs.spacy")
    printed = run_python(
        "import oncotext, json\nfrom spacy.tokens import DocBin\nfrom spacy.vocab import Vocab\n"
        "oncotext.register_extensions()\n"
        f"docs = DocBin().from_disk({str(tmp_path / 'docs.spacy')!r}).get_docs(Vocab())\n"
        "print(json.dumps([[d._.report.to_json(), [s._.code for s in d.ents]] for d in docs]))"
    )
    expected = [
        [line, [s._.code for s in d.ents]] for line, d in zip(lines(docs), docs, strict=True)
    ]
    assert json.loads(printed) == expected


def test_two_worker_processes_give_the_same(nlp: Language) -> None:
    texts = TEXTS * 3
    docs = list(nlp.pipe(texts, n_process=2, batch_size=2))
    assert lines(docs) == lines([nlp(text) for text in texts])
    assert [span._.code for span in docs[0].ents] == [m.code for m in docs[0]._.report.mentions]


@pytest.mark.parametrize("order", ["before", "after", "never"])
def test_medspacy_imported_before_after_or_never(
    order: str, run_python: Callable[[str], str]
) -> None:
    if order != "never" and importlib.util.find_spec("medspacy") is None:
        pytest.skip("medspacy is not installed")
    script = f"""
import json
if {order!r} == "before":
    import medspacy
import oncotext
from oncotext.language.tokenizer import OncoFrench
nlp = OncoFrench()
for name in {MEDSPACY_PIPES!r}:
    nlp.add_pipe(name)
if {order!r} == "after":
    import medspacy
doc = nlp({PATHOLOGY!r})
flags = [[s._.code, s._.is_negated, s._.section_category] for s in doc.spans["oncotext"]]
theirs = None
if {order!r} != "never":
    from medspacy.context import ConText, ConTextRule
    other = __import__("spacy").blank("en")
    other.add_pipe("sentencizer")
    context = other.add_pipe("medspacy_context", config={{"rules": None}})
    context.add([ConTextRule("no", "NEGATED_EXISTENCE", direction="FORWARD")])
    ill = other.make_doc("She has no fever . She has pain .")
    ill = other.get_pipe("sentencizer")(ill)
    ill.set_ents([ill.char_span(11, 16, label="X"), ill.char_span(27, 31, label="X")])
    ill = context(ill)
    theirs = [e._.is_negated for e in ill.ents]
print(json.dumps([doc._.report.to_json(), flags, theirs]))
"""
    report, flags, theirs = json.loads(run_python(script).splitlines()[-1])
    here = OncoFrench()
    for name in MEDSPACY_PIPES:
        here.add_pipe(name)
    doc = here(PATHOLOGY)
    assert report == doc._.report.to_json()
    assert [code for code, negated, _ in flags if negated] == ["8000/6"]
    assert flags == [
        [s._.code, s._.is_negated, s._.section_category] for s in doc.spans["oncotext"]
    ]
    assert theirs == (None if order == "never" else [True, False])


# -- odd texts ----------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " ", "\n\r\n\t\u00a0\u3000"])
def test_no_text(text: str) -> None:
    with pytest.raises(EmptyReportError):
        oncotext.extract(text)


@pytest.mark.parametrize("text", ["Cancer\x00 du sein", "Cancer \ud800 du sein", "\udcff"])
def test_what_is_not_text(text: str) -> None:
    with pytest.raises(BinaryInputError) as caught:
        oncotext.extract(text)
    assert "sein" not in str(caught.value)


@pytest.mark.parametrize("text", [None, b"Cancer", 3])
def test_what_is_no_str(text: object) -> None:
    with pytest.raises(UsageError):
        oncotext.extract(text)  # type: ignore[arg-type]


def test_too_long() -> None:
    with pytest.raises(ReportTooLongError, match="max-chars"):
        oncotext.extract("Cancer du sein.", max_chars=5)
    assert oncotext.extract("Cancer du sein.", max_chars=15).mentions


def codes(text: str) -> list[tuple[str, str | None, bool]]:
    return [(m.label, m.code, m.negated) for m in oncotext.extract(text).mentions]


EXPECTED = [
    ("MORPHOLOGY", "8500/3", False),
    ("TOPOGRAPHY", "C50.9", False),
    ("TNM", "pT2 pN0 M0", False),
    ("MORPHOLOGY", "8000/6", True),
    ("TOPOGRAPHY", "C22.0", True),
]
PLAIN = "Carcinome canalaire infiltrant du sein gauche, pT2 N0 M0.\nPas de métastase hépatique."


@pytest.mark.parametrize(
    "write",
    [
        str,
        str.upper,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", " \n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace("é", "e"),
        lambda text: f"🎗 {text} 👩‍⚕️",
        lambda text: f"\ufeff{text}",
        lambda text: text.replace("carcinome", "carci\u00adnome"),
        lambda text: text.replace("canalaire ", "canalaire\n"),
        lambda text: text.replace("canalaire ", "canalaire\r\n"),
    ],
    ids=["plain", "capitals", "crlf", "trailing-blank", "blank-line", "nbsp", "nfd", "no-accents",
         "emoji", "bom", "soft-hyphen", "wrapped", "wrapped-crlf"],
)  # fmt: skip
def test_however_a_text_is_written(write: Callable[[str], str]) -> None:
    assert codes(write(PLAIN)) == EXPECTED


ANY = st.characters(exclude_categories=("Cs",), exclude_characters="\x00")


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["carcinome", "canalaire", "sein gauche", "pT2", "N0", "stade", "IV", "grade 2",
                 "RE 90 %", "HER2", "FOLFOX", "OMS 1", "réponse", "32 x 20 mm", "nausées", "pas de",
                 "CONCLUSION :", "Antécédents", "\n", "\n\n", "\r\n", "-", "•", ":", ".", ",", "(",
                 "l'", "œ", "e\u0301", "🎗", "\u00ad", "1", "II", "mm", "/", "+", "=", "%"]
            ),
            st.text(ANY, max_size=5),
        ),
        max_size=40,
    ),
    st.sampled_from(["", " "]),
)  # fmt: skip
@settings(max_examples=60)
def test_any_text_gives_a_valid_report(pieces: list[str], blank: str) -> None:
    text = blank.join(pieces)
    if not text.strip():
        return
    report = oncotext.extract(text)
    assert report.text == text
    assert AnnotatedReport.from_json(report.to_json()) == report


SENTENCES = (
    "Adénocarcinome du côlon sigmoïde pT3 N1a M0 stade IIIB, grade 2, 32 x 20 mm, métastases "
    "hépatiques, pulmonaires, pas de nausées ni diarrhée grade 1 sous FOLFOX, OMS 1, RE 90 %, "
    "réponse partielle"
)


@pytest.mark.parametrize(
    ("joint", "size"),
    [(", ", 100_000), (". ", 25_000), ("\n", 25_000), ("\n\n", 25_000), (" ", 25_000)],
    ids=repr,
)
def test_time_grows_with_the_text_only(joint: str, size: int) -> None:
    def seconds(size: int) -> float:
        text = (SENTENCES + joint) * (size // len(SENTENCES))
        begin = time.process_time()
        assert oncotext.extract(text).mentions
        return time.process_time() - begin

    seconds(2_000)
    small, large = seconds(size), seconds(4 * size)
    # four times the text; quadratic work would take sixteen times as long
    assert large < 9 * small + 0.1


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "Carcinome " * 20_000,
        "pT2" * 60_000,
        "pT2 " * 50_000,
        "1 x " * 50_000,
        "(" * 200_000,
        "sein, foie, " * 16_000,
        " " * 199_990 + "cancer",
        "\n" * 199_990 + "cancer",
        "- " * 100_000,
        "e\u0301" * 100_000,
        "9" * 200_000,
        "pas de " * 28_000,
        "RE " * 60_000,
        "CONCLUSION : " * 15_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_a_monotonous_text_of_200_kb(text: str) -> None:
    begin = time.process_time()
    assert oncotext.extract(text).text == text
    assert time.process_time() - begin < 20
