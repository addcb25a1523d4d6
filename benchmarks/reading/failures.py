"""Show what went wrong: a picture of each field that was read wrongly, and a list of them.

    python -m benchmarks.reading.failures DIR --out FOLDER [--outcomes wrong,lost,false] [--most 60]

DIR holds results of `measure`. Pictures are cut around the place that the field has on the form, with a wide margin,
as scans lie a little askew; of photographs the whole page is shown. `--outcomes review` shows what people were asked
although it could have been known.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from PIL import Image

from benchmarks.reading.judging import SILENT
from benchmarks.reading.measure import FieldResult, results
from benchmarks.reading.peers import opened
from benchmarks.reading.truth import DocumentTruth, FieldTruth, truths

_MARGIN = 45.0


def main(words: Sequence[str] | None = None) -> None:
    """Write the pictures and `failures.jsonl`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--outcomes", default=",".join(SILENT))
    parser.add_argument("--kinds", default="")
    parser.add_argument("--most", type=int, default=60)
    given = parser.parse_args(words)
    given.out.mkdir(parents=True, exist_ok=True)
    found = _failed(given.folder, given.outcomes.split(","), given.kinds)
    with (given.out / "failures.jsonl").open("w", encoding="utf-8") as lines:
        for number, (truth, field, result) in enumerate(islice(found, given.most)):
            picture = f"{number:03}-{truth.name}-{field.page}.png"
            _cut(given.folder, truth, field).save(given.out / picture)
            said = {"picture": picture, "document": truth.name, "truth": asdict(field), "read": asdict(result)}
            lines.write(json.dumps(said, ensure_ascii=False) + "\n")


def _failed(
    folder: Path, outcomes: Sequence[str], kinds: str
) -> Iterator[tuple[DocumentTruth, FieldTruth, FieldResult]]:
    known = {truth.name: truth for truth in truths(folder)}
    for pile in results(folder):
        for one in pile.documents if not kinds or pile.kind in kinds.split(",") else ():
            fields = {(field.address, field.page): field for field in known[one.name].fields}
            for result in one.fields:
                if result.outcome in outcomes:
                    yield known[one.name], fields[result.address, result.page], result


def _cut(folder: Path, truth: DocumentTruth, field: FieldTruth) -> Image.Image:
    pages = [page for name in truth.files for page in opened(folder / name, truth.dpi)]
    page = pages[field.page - 1]
    if truth.kind.startswith("photo"):
        page.thumbnail((1400, 1400))
        return page
    scale = page.width / 612
    lefts, bottoms, rights, tops = zip(*field.boxes, strict=True)
    high = page.height / scale
    box = min(lefts) - _MARGIN, high - max(tops) - _MARGIN, max(rights) + _MARGIN, high - min(bottoms) + _MARGIN
    return page.crop(tuple(round(edge * scale) for edge in box))


if __name__ == "__main__":
    main()
