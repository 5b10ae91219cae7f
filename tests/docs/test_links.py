"""No link of a document leads nowhere."""

from __future__ import annotations

import re

import pytest

from tests.docs.documents import ROOT, Place, anchors, documents, links

PACKAGED = ROOT / "charts" / "keda" / "README.md"


def test_documents_are_found() -> None:
    assert "README.md" in {file.name for file in documents()}
    assert links()


@pytest.mark.parametrize("link", [pytest.param(link, id=f"{link.id}-{link.text}") for link in links()])
def test_no_link_leads_nowhere(link: Place) -> None:
    path, _, anchor = link.text.partition("#")
    target = (link.file.parent / path).resolve() if path else link.file
    assert target.exists(), f"{target} does not exist"
    if anchor:
        assert anchor in anchors(target), f"{target.name} has the headings {sorted(anchors(target))}"


def test_the_page_in_the_package_names_only_pages_that_there_are() -> None:
    named = re.findall(r"`(docs/[\w./-]+)`", PACKAGED.read_text())
    assert len(named) > 4
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_page_in_the_package_has_no_link_into_a_repository_that_its_reader_does_not_have() -> None:
    assert PACKAGED in documents()
    assert [link.text for link in links() if link.file == PACKAGED and not link.text.startswith("#")] == []


def test_no_page_is_one_that_nobody_is_led_to() -> None:
    contents = ROOT / "docs" / "README.md"
    listed = {link.text for link in links() if link.file == contents}
    pages = sorted(page.name for page in (ROOT / "docs").glob("*.md") if page != contents)
    assert len(pages) > 10
    assert [page for page in pages if page not in listed] == []
