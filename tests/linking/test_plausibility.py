"""Which histologies occur at which sites."""

from __future__ import annotations

import importlib.machinery
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncotext.lexicon import load_concepts, load_cues
from oncotext.linking.plausibility import plausible
from oncotext.linking.ranges import histologies, organs, sites

ROOT = Path(__file__).parents[2]
SEER = ROOT.parent / "shared/reference/icdo3/seer_valid_site_histology_2015.tsv"


@pytest.mark.parametrize(
    ("site", "kind"),
    [("C50.4", "8500/3"), ("C50.9", "8500/2"), ("C18.7", "8140/3"), ("C61.9", "8140/3"),
     ("C64.9", "8310/3"), ("C34.1", "8041/3"), ("C22.0", "8170/3"), ("C71.1", "9440/3"),
     ("C42.1", "9732/3"), ("C77.3", "9690/3"), ("C67.2", "8130/2"), ("C44.5", "8743/3"),
     ("C62.1", "9061/3"), ("C40.2", "9180/3"), ("C70.0", "9530/0"), ("C75.1", "8272/0"),
     ("C71.9", "9350/1"), ("C50", "8500/3"), ("C53.9", "8077/2")],
)  # fmt: skip
def test_what_is_usual(site: str, kind: str) -> None:
    assert plausible(site, kind) is True


@pytest.mark.parametrize(
    ("site", "kind"),
    [("C50.9", "8170/3"), ("C61.9", "8520/3"), ("C71.1", "8140/3"), ("C22.0", "8520/3"),
     ("C41.2", "8140/3"), ("C34.9", "8312/3"), ("C18", "9440/3"), ("C73.9", "8170/3"),
     ("C34.9", "8720/3"), ("C71.9", "8472/1")],
)  # fmt: skip
def test_what_is_not(site: str, kind: str) -> None:
    assert plausible(site, kind) is False


@pytest.mark.parametrize(
    ("site", "kind"),
    [
        ("C50.9", "8500/6"),  # a metastasis
        ("C80.9", "8170/3"),  # where it came to notice
        ("C76.0", "8170/3"),
        ("C77.3", "8500/3"),  # of a node, and no lymphoma
        ("C50.9", "8170/0"),  # benign tumours are listed inside the skull and the spine only
        ("C56.9", "8170/1"),
        ("C10.9", "8085/3"),  # younger than the list
        ("C44.3", "8090/3"),  # not registered
        ("C57.0", "8461/3"),
        ("C18.9", "9732/3"),  # a myeloma where it showed itself
        ("C34.9", "9700/3"),
        ("C67.9", "8246/3"),
        ("C50.9", "8890/1"),
        ("C99.9", "8140/3"),
        ("C50.9", "8500"),
        ("sein", "8500/3"),
        ("", ""),
    ],
)
def test_what_the_list_does_not_say(site: str, kind: str) -> None:
    assert plausible(site, kind) is None


def test_a_carcinoma_without_a_type_is_at_home_anywhere() -> None:
    for site in ("C50.4", "C71.1", "C41.2", "C22.0"):
        assert plausible(site, "8000/3")
        assert plausible(site, "8010/3")


@pytest.mark.parametrize("kind", ["8542/3", "8211/3"])
def test_a_site_without_precision_and_its_subsites_have_the_same(kind: str) -> None:
    assert plausible("C51.0", kind) == plausible("C51.9", kind)


ROWS = [row for row in load_cues("site_histology") if row.category in "23"]


@given(st.data())
def test_every_listed_pair_is_plausible(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(ROWS))
    site = data.draw(st.sampled_from(list(sites(row.scope))))
    number = data.draw(st.sampled_from(list(histologies(row.literal))))
    solid_in_a_node = site.startswith("C77") and number < 9590
    expected = None if site.startswith(("C76", "C80")) or solid_in_a_node else True
    assert plausible(site, f"{number}/{row.category}") is expected


@given(st.integers(8000, 9999), st.integers(0, 80), st.integers(0, 9), st.sampled_from("0123469"))
def test_any_codes_have_an_answer(number: int, organ: int, sub: int, behaviour: str) -> None:
    assert plausible(f"C{organ:02}.{sub}", f"{number}/{behaviour}") in (True, False, None)


@pytest.mark.parametrize(
    ("site", "words"),
    [("C22.0", "hépatocellulaire"), ("C64.9", " rénal"), ("C37.9", "thymi"), ("C61.9", "prostat"),
     ("C73.9", " thyroïd"), ("C56.9", "ovari"), ("C34.9", "pulmonaire"), ("C25.9", "pancréa")],
)  # fmt: skip
def test_a_type_that_names_its_organ_is_not_improbable_there(site: str, words: str) -> None:
    kinds = [c for c in load_concepts("histology") if words in c.preferred]
    assert kinds
    assert [c for c in kinds if plausible(site, c.code) is False] == []


def test_ranges() -> None:
    assert list(histologies("8000-8002 8010")) == [8000, 8001, 8002, 8010]
    assert list(sites("C00.0-2 C16.9")) == ["C00.0", "C00.1", "C00.2", "C16.9"]
    assert list(organs("C00-C02 C44")) == ["C00", "C01", "C02", "C44"]
    assert len(list(organs("*"))) == 81


@pytest.fixture
def rebuild() -> ModuleType:
    """The script that writes the list."""
    path = ROOT / "scripts/site_histology"
    loader = importlib.machinery.SourceFileLoader("site_histology", str(path))
    spec = importlib.util.spec_from_loader("site_histology", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_script_writes_ranges_that_are_read_alike(rebuild: ModuleType) -> None:
    numbers = frozenset((8000, 8001, 8002, 8010, 8140, 8141))
    assert rebuild.ranges(numbers) == "8000-8002 8010 8140-8141"
    assert frozenset(histologies(rebuild.ranges(numbers))) == numbers
    assert rebuild.site_ranges(["C00.0", "C00.1", "C00.3", "C01.9"]) == "C00.0-1 C00.3 C01.9"


@pytest.mark.skipif(not SEER.exists(), reason="the list itself is not beside this checkout")
def test_the_shipped_list_is_the_whole_list(
    rebuild: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "site_histology.tsv"
    shipped = rebuild.TARGET.read_bytes()
    copy.write_bytes(shipped)
    monkeypatch.setattr(rebuild, "TARGET", copy)
    rebuild.main(str(SEER))
    assert copy.read_bytes() == shipped
