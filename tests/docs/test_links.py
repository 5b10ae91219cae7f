"""No link of a document leads nowhere."""

from __future__ import annotations

import pytest

from tests.docs.documents import Place, anchors, documents, links


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
