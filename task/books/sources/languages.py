"""Languages as catalogues code them: three letters of MARC (ISO 639-2/B), two of Google, as English names."""

from task.books.languages import language_named

MARC = {
    "afr": "af", "alb": "sq", "ara": "ar", "arm": "hy", "aze": "az", "baq": "eu", "bel": "be", "ben": "bn", "bos": "bs",
    "bre": "br", "bul": "bg", "bur": "my", "cat": "ca", "chi": "zh-hans", "cze": "cs", "dan": "da", "dut": "nl",
    "eng": "en", "epo": "eo", "est": "et", "fin": "fi", "fre": "fr", "fry": "fy", "geo": "ka", "ger": "de", "gla": "gd",
    "gle": "ga", "glg": "gl", "gre": "el", "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "ice": "is", "ind": "id",
    "ita": "it", "jpn": "ja", "kan": "kn", "kaz": "kk", "khm": "km", "kor": "ko", "lav": "lv", "lit": "lt", "ltz": "lb",
    "mac": "mk", "mal": "ml", "may": "ms", "mon": "mn", "nep": "ne", "nob": "nb", "nno": "nn", "nor": "nb", "per": "fa",
    "pol": "pl", "por": "pt", "pan": "pa", "rum": "ro", "rus": "ru", "slo": "sk", "slv": "sl", "spa": "es", "srp": "sr",
    "swa": "sw", "swe": "sv", "tam": "ta", "tel": "te", "tha": "th", "tur": "tr", "ukr": "uk", "urd": "ur", "uzb": "uz",
    "vie": "vi", "wel": "cy", "deu": "de", "fra": "fr", "nld": "nl", "ell": "el", "zho": "zh-hans", "ces": "cs",
}  # fmt: skip
NAMES = {
    "lat": "Latin", "grc": "Ancient Greek", "yid": "Yiddish", "san": "Sanskrit", "chi": "Chinese", "zho": "Chinese",
    "zh": "Chinese", "nor": "Norwegian", "gmh": "Middle High German", "fro": "Old French",
}  # fmt: skip


def language_of(code: str) -> str:
    """ "ger" and "de" are German; "" for what names no language ("und", "mul", "zxx", "|||")."""
    code = code.strip().lower()
    if code in NAMES:
        return NAMES[code]
    short = MARC.get(code, code if len(code) == 2 else "")
    name = language_named(short) if short else ""
    return name if name and name != short else ""
