"""Text to values, whole columns at once: dates, numbers, yes or no, codes that must stay text.

Every function takes a column as read (text, or a GIS file's own types) and returns the values together with a mask of
the rows that say something which cannot be read, so that the caller can report each of them.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Bools = NDArray[np.bool_]

_YES = ("1", "true", "yes", "y", "t", "是", "有", "有照", "已办照", "有证", "持证", "licensed")
_NO = ("0", "false", "no", "n", "f", "否", "无", "无照", "无证", "未办照", "unlicensed")
_FOREVER = ("长期", "永久", "无固定期限", "至今", "-", "--", "/", "无", "none", "null", "nan", "nat")
_FULL_WIDTH = str.maketrans({c + 0xFEE0: c for c in range(0x21, 0x7F)} | {0x3000: 0x20})
_EXCEL_EPOCH = np.datetime64("1899-12-30", "D")


def to_text(values: pd.Series) -> pd.Series:
    """Any column as trimmed text, "" where there is nothing; whole numbers lose their ".0" and never turn to floats.

    >>> to_text(pd.Series([1.0, None, 2.5])).tolist()
    ['1', '', '2.5']
    """
    if all_text(values):
        return pd.Series([v.strip() for v in values.to_numpy().tolist()], index=values.index, dtype=object)
    missing = values.isna()
    if pd.api.types.is_bool_dtype(values.dtype):
        text = values.map({True: "true", False: "false"}).astype(object)
    elif pd.api.types.is_float_dtype(values.dtype):
        filled = values.fillna(0.0)
        whole = filled.eq(filled.round()) & filled.abs().lt(2**53)
        text = filled.astype(str).astype(object)
        text[whole] = filled[whole].astype("int64").astype(str).astype(object)
    else:
        text = values.astype(object).where(~missing, "").astype(str).str.strip().astype(object)
    return text.where(~missing, "")


def all_text(values: pd.Series) -> bool:
    """Whether every value of a column of objects is text."""
    return values.dtype == object and (not len(values) or pd.api.types.infer_dtype(values, skipna=False) == "string")


def to_half_width(text: pd.Series) -> pd.Series:
    """Full-width letters and digits (``１２Ａ``) as plain ones."""
    return text.astype(object).str.translate(_FULL_WIDTH).str.strip().astype(object)


def to_codes(values: pd.Series) -> pd.Series:
    """Codes and numbers of things: text, half width, upper case, without blanks inside."""
    return to_half_width(to_text(values)).str.upper().str.replace(r"\s+", "", regex=True).astype(object)


def to_numbers(values: pd.Series) -> tuple[NDArray[np.float64], Bools]:
    """Numbers (NaN where empty) and the mask of rows that hold something else. Thousands separators are understood."""
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return numbers, np.isinf(numbers)
    text = to_half_width(to_text(values))
    grouped = text.str.match(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
    text = text.where(~grouped, text.str.replace(",", "", regex=False))
    numbers = pd.to_numeric(text.where(text.ne(""), None), errors="coerce").to_numpy(dtype=np.float64)
    bad = (np.isnan(numbers) & text.ne("").to_numpy()) | np.isinf(numbers)
    return np.where(bad, np.nan, numbers), bad


def to_bools(values: pd.Series, *, empty: bool) -> tuple[Bools, Bools]:
    """Yes or no (1/0, true/false, 是/否, 有照/无照), ``empty`` where nothing is said; mask of what is neither."""
    text = to_half_width(to_text(values)).str.lower()
    text = text.str.replace(r"\.0$", "", regex=True)
    yes, no = text.isin(_YES).to_numpy(), text.isin(_NO).to_numpy()
    blank = text.eq("").to_numpy()
    return np.where(blank, empty, yes).astype(bool), ~(yes | no | blank)


def to_dates(values: pd.Series) -> tuple[NDArray[np.object_], Bools]:
    """Days as ``datetime.date`` or None, and the mask of what cannot be read as a day.

    Understood: 2024-01-05, 2024/1/5, 2024.1.5, 2024年1月5日, 20240105, each with a time after it, and Excel's day
    numbers (45296). 长期 and years from 9999 on mean "no end" and give None.
    """
    text = to_half_width(to_text(values))
    text = text.where(~text.str.lower().isin(_FOREVER), "")
    parts = text.str.extract(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ].*)?$")  # not a text
    solid = text.str.extract(r"^(\d{4})(\d{2})(\d{2})(?:\d{6}|[T ].*)?$")
    parts = parts.where(parts[0].notna(), solid)
    found = parts[0].notna().to_numpy()
    numbers = parts.where(parts.notna(), "1").astype("int64")
    forever = found & (numbers[0] >= 9999).to_numpy()
    stamp = pd.to_datetime(
        pd.DataFrame({"year": numbers[0].clip(1, 9998), "month": numbers[1], "day": numbers[2]}), errors="coerce"
    )
    days = stamp.to_numpy().astype("datetime64[D]")
    days[~found] = np.datetime64("NaT")
    serial = pd.to_numeric(text.where(text.str.match(r"^\d{5}(\.\d+)?$"), None), errors="coerce").to_numpy(float)
    usable = (serial >= 10_000) & (serial < 80_000)  # 1927 to 2119
    days[usable] = _EXCEL_EPOCH + np.floor(serial[usable]).astype("timedelta64[D]")
    out = days.astype(object)  # datetime64[D] gives datetime.date, NaT gives None
    out[forever] = None
    read = np.array(~np.isnat(days)) | forever
    return out, ~read & text.ne("").to_numpy()


def day(value: object) -> date | None:
    """One day out of a text, None when it cannot be read."""
    return to_dates(pd.Series([value], dtype=object))[0][0]  # type: ignore[no-any-return]
