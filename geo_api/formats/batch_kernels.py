"""Compiled loops over the bytes of batches: rows of CSV into numbers, answers into the columns of CSV and JSON.

A number is read here only where its text has an obvious value: digits, perhaps a sign and a point, at most 19 digits and
22 decimals, and where the nearest float64 is certain. Every other text is left to Python, so that each row is read as
``float()`` reads it.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]

TEN = 10.0 ** np.arange(23)
"""Powers of ten that float64 holds exactly."""

COMMA, QUOTE, LF, CR, POINT, PLUS, MINUS, ZERO = (ord(c) for c in ',"\n\r.+-0')
BLANK, TAB = 32, 9
TOO_MANY_DIGITS = 19
SPLIT = 134_217_729.0
"""2**27 + 1: cuts a float64 into halves whose products are exact (Dekker 1971)."""

EMPTY, PLAIN, HARD = 0, 1, 2
FAULT_NONE, FAULT_QUOTE = 0, 1


EIGHT_ZEROS = np.uint64(0x3030303030303030)
HIGH_HALVES = np.uint64(0xF0F0F0F0F0F0F0F0)
SIXES = np.uint64(0x0606060606060606)
SLACK = 8
"""Bytes that lists of words, and what they are written to, have at their ends: words are copied in steps of eight."""

AHEAD = 40
"""Bytes that must lie ahead for a number to be read in steps of eight: sign, digits and what follows."""


@nb.njit(cache=True, nogil=True, inline="always")
def eight(text: Bytes, at: int) -> Any:
    """text[at:at+8] as one whole number, the first byte lowest; compiled to a single load."""
    i = np.uint64(at)
    word = np.uint64(text[i])
    word |= np.uint64(text[i + np.uint64(1)]) << np.uint64(8)
    word |= np.uint64(text[i + np.uint64(2)]) << np.uint64(16)
    word |= np.uint64(text[i + np.uint64(3)]) << np.uint64(24)
    word |= np.uint64(text[i + np.uint64(4)]) << np.uint64(32)
    word |= np.uint64(text[i + np.uint64(5)]) << np.uint64(40)
    word |= np.uint64(text[i + np.uint64(6)]) << np.uint64(48)
    word |= np.uint64(text[i + np.uint64(7)]) << np.uint64(56)
    return word


@nb.njit(cache=True, nogil=True, inline="always")
def are_digits(word: Any) -> bool:
    """Whether all eight bytes are 0 to 9."""
    return bool(
        ((word & HIGH_HALVES) | (((word + SIXES) & HIGH_HALVES) >> np.uint64(4))) == np.uint64(0x3333333333333333)
    )


@nb.njit(cache=True, nogil=True, inline="always")
def eight_digits(word: Any) -> int:
    """The number that eight digits write: pairs, then fours, then all, each step for all of them at once."""
    word = word - EIGHT_ZEROS
    word = word * np.uint64(10) + (word >> np.uint64(8))
    pairs = np.uint64(0x000000FF000000FF)
    high = (word & pairs) * np.uint64(0x000F424000000064)
    low = ((word >> np.uint64(16)) & pairs) * np.uint64(0x0000271000000001)
    return np.int64(((high + low) >> np.uint64(32)) & np.uint64(0xFFFFFFFF))  # type: ignore[return-value]


@nb.njit(cache=True, nogil=True)
def quotient(digits: int, ten: float) -> tuple[float, bool]:
    """Digits / ten, correctly rounded, for digits < 10**19 and ten an exact power of ten; False where it is not certain.

    It is worked out to twice the precision: the exact remainder of the first quotient gives its second part.
    """
    low = digits & 2047
    high = float(digits - low)
    first = high / ten
    product = first * ten
    a = SPLIT * first
    a_high = a - (a - first)
    a_low = first - a_high
    b = SPLIT * ten
    b_high = b - (b - ten)
    b_low = ten - b_high
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    second = (((high - product) - error) + float(low)) / ten
    value = first + second
    margin = 1e-9
    return value, first + second * (1.0 - margin) == value and first + second * (1.0 + margin) == value


@nb.njit(cache=True, nogil=True)
def number(text: Bytes, begin: int, end: int) -> tuple[int, float, int]:
    """The number that text[begin:end] begins with: (PLAIN, value, where it stops), else (HARD, nan, begin)."""
    i = begin
    negative = i < end and text[i] == MINUS
    if negative or (i < end and text[i] == PLUS):
        i += 1
    start, digits, significant = i, 0, 0
    while i < end:
        digit = int(text[i]) - ZERO
        if digit < 0 or digit > 9:
            break
        significant += significant > 0 or digit > 0
        digits = digits * 10 + digit
        i += 1
    count, decimals = i - start, 0
    if i < end and text[i] == POINT:
        i += 1
        start = i
        while i < end:
            digit = int(text[i]) - ZERO
            if digit < 0 or digit > 9:
                break
            significant += significant > 0 or digit > 0
            digits = digits * 10 + digit
            i += 1
        decimals = i - start
    if count + decimals == 0 or significant >= TOO_MANY_DIGITS or decimals >= TEN.size:
        return HARD, np.nan, begin
    certain = True
    if digits <= 9_007_199_254_740_992:  # both are exact, so one division rounds once
        value = float(digits) / TEN[decimals]
    else:
        value, certain = quotient(digits, TEN[decimals])
    if not certain:
        return HARD, np.nan, begin
    return PLAIN, -value if negative else value, i


@nb.njit(cache=True, nogil=True)
def plain_number(text: Bytes, begin: int, end: int) -> tuple[int, float, int]:
    """As :func:`number`, for the form that nearly all have: few digits, a point, many digits; eight of these in a step."""
    if end - begin < AHEAD:
        return number(text, begin, end)
    i = begin
    negative = text[i] == MINUS
    i += negative
    start, digits = i, 0
    while i - start < 4:
        digit = int(text[i]) - ZERO
        if digit < 0 or digit > 9:
            break
        digits = digits * 10 + digit
        i += 1
    if i == start or text[i] != POINT:
        return number(text, begin, end)
    whole = i - start
    i += 1
    start = i
    word = eight(text, i)
    while i - start < 16 and are_digits(word):
        digits = digits * 100_000_000 + eight_digits(word)
        i += 8
        word = eight(text, i)
    lower = (word & np.uint64(0xFFFFFFFF)) | (EIGHT_ZEROS << np.uint64(32))
    if are_digits(lower):
        digits = digits * 10_000 + eight_digits((lower << np.uint64(32)) | (EIGHT_ZEROS >> np.uint64(32)))
        i += 4
    while i - start < TOO_MANY_DIGITS:
        digit = int(text[i]) - ZERO
        if digit < 0 or digit > 9:
            break
        digits = digits * 10 + digit
        i += 1
    decimals = i - start
    if whole + decimals >= TOO_MANY_DIGITS:
        return number(text, begin, end)
    if digits <= 9_007_199_254_740_992:
        value = float(digits) / TEN[decimals]
    else:
        value, certain = quotient(digits, TEN[decimals])
        if not certain:
            return HARD, np.nan, begin
    return PLAIN, -value if negative else value, i


@nb.njit(cache=True, nogil=True)
def ends(text: Bytes, at: int, size: int) -> bool:
    """Whether a field ends here: at a comma, at the end of the line, of the text."""
    if at >= size:
        return True
    c = text[at]
    return c == COMMA or c == LF or (c == CR and (at + 1 == size or text[at + 1] == LF))  # noqa: PLR1714


@nb.njit(cache=True, nogil=True)
def read_rows(
    text: Bytes, begin: int, columns: NDArray[np.int64], numbers: NDArray[np.float64], kinds: NDArray[np.int8],
    spans: NDArray[np.int64],
) -> int:  # fmt: skip
    """Take the lines of text[begin:] apart; the number of rows, or -1 where a quotation mark or a lone CR is met.

    Args:
        text: lines that end in LF or CR LF, the last perhaps without.
        begin: the first byte of the first row.
        columns: position of lon, lat and a third column in a row, -1 = there is none.
        numbers: (2, rows) for lon and lat; nan where the field is missing, empty or hard.
        kinds: (2, rows) EMPTY, PLAIN or HARD; hard ones are to be read again by who calls.
        spans: (rows, 6) where the fields lon, lat and the third begin and end, of hard and of third ones alone.
    """
    rows, at, size = 0, begin, text.size
    lon, lat, third = columns[0], columns[1], columns[2]
    while at < size:
        if text[at] == LF:
            at += 1
            continue
        if text[at] == CR and (at + 1 == size or text[at + 1] == LF):
            at += 2
            continue
        for k in range(2):
            numbers[k, rows], kinds[k, rows] = np.nan, EMPTY
        if third >= 0:
            spans[rows, 4] = spans[rows, 5] = 0
        field = 0
        while True:
            start, which = at, 0 if field == lon else (1 if field == lat else -1)
            if which >= 0:
                kind, value, at = plain_number(text, at, size)
                if kind == PLAIN and ends(text, at, size):
                    numbers[which, rows], kinds[which, rows] = value, PLAIN
                else:
                    at = start
            while not ends(text, at, size):
                if text[at] == QUOTE or text[at] == CR:
                    return -1
                at += 1
            if which >= 0 and kinds[which, rows] == EMPTY and at > start:
                kinds[which, rows] = HARD
                spans[rows, 2 * which], spans[rows, 2 * which + 1] = start, at
            if field == third:
                spans[rows, 4], spans[rows, 5] = start, at
            field += 1
            if at >= size or text[at] != COMMA:
                break
            at += 1
        at += 1 if at < size and text[at] == LF else 2
        rows += 1
    return rows


@nb.njit(cache=True, nogil=True)
def gather(text: Bytes, begins: Offsets, ends: Offsets) -> tuple[Bytes, Offsets]:
    """The spans one after the other, and where each begins in that (one more than there are)."""
    offsets = np.zeros(begins.size + 1, np.int64)
    for i in range(begins.size):
        offsets[i + 1] = offsets[i] + ends[i] - begins[i]
    flat = np.empty(offsets[-1] + SLACK, np.uint8)
    for i in range(begins.size):
        flat[offsets[i] : offsets[i + 1]] = text[begins[i] : ends[i]]
    return flat, offsets


@nb.njit(cache=True, nogil=True, inline="always")
def put_eight(out: Bytes, at: int, word: Any) -> None:
    """out[at:at+8] from one whole number; compiled to a single store."""
    i = np.uint64(at)
    out[i] = word & np.uint64(255)
    out[i + np.uint64(1)] = (word >> np.uint64(8)) & np.uint64(255)
    out[i + np.uint64(2)] = (word >> np.uint64(16)) & np.uint64(255)
    out[i + np.uint64(3)] = (word >> np.uint64(24)) & np.uint64(255)
    out[i + np.uint64(4)] = (word >> np.uint64(32)) & np.uint64(255)
    out[i + np.uint64(5)] = (word >> np.uint64(40)) & np.uint64(255)
    out[i + np.uint64(6)] = (word >> np.uint64(48)) & np.uint64(255)
    out[i + np.uint64(7)] = (word >> np.uint64(56)) & np.uint64(255)


@nb.njit(cache=True, nogil=True)
def put(out: Bytes, at: int, words: Bytes, offsets: Offsets, which: int) -> int:
    """Write a word of a list; the position behind it. Position -1 is the last word.

    In steps of eight bytes: up to seven bytes behind the word are read and written too, see :data:`SLACK`.
    """
    if which < 0:
        which += offsets.size - 1
    begin, end = offsets[which], offsets[which + 1]
    i = at
    while begin < end:
        put_eight(out, i, eight(words, begin))
        i += 8
        begin += 8
    return i - int(begin - end)


@nb.njit(cache=True, nogil=True)
def put_whole(out: Bytes, at: int, value: int) -> int:
    """Write a whole number, not negative; the position behind it."""
    digits, rest = 1, value
    while rest >= 10:
        rest //= 10
        digits += 1
    for i in range(digits):
        out[at + digits - 1 - i] = ZERO + value % 10
        value //= 10
    return at + digits


@nb.njit(cache=True, nogil=True)
def count_up(text: Bytes, begin: int) -> int:
    """Add one to the decimal number at the end of ``text``, from ``begin`` on; where it begins then."""
    i = text.size - 1 - SLACK
    while i >= begin and text[i] == ZERO + 9:
        text[i] = ZERO
        i -= 1
    if i >= begin:
        text[i] += 1
        return begin
    text[begin - 1] = ZERO + 1
    return begin - 1


@nb.njit(cache=True, nogil=True)
def put_cents(out: Bytes, at: int, hundredths: int) -> int:
    """Write hundredths as metres the way Python writes the float: 6.4, 12.0, 0.05."""
    rest = hundredths % 100
    at = put_whole(out, at, hundredths // 100)
    out[at] = POINT
    out[at + 1] = ZERO + rest // 10
    at += 2
    if rest % 10:
        out[at] = ZERO + rest % 10
        at += 1
    return at


@nb.njit(cache=True, nogil=True)
def write_rows(
    out: Bytes, ids: Bytes, id_offsets: Offsets, first: int, verdict: Any, words: Bytes, word_offsets: Offsets,
    beyond: Any, codes: Bytes, code_offsets: Offsets, metres: Any, with_border: bool,
    tails: Bytes, tail_offsets: Offsets,
) -> int:  # fmt: skip
    """Write lines ``id,code,status[,metres,code beyond][tail]``; the bytes written. ``out`` must be long enough.

    ``verdict`` is the position of "code,status" in ``words``. Without ids the rows are named by their numbers, from
    ``first`` on.
    """
    at = 0
    name = np.zeros(24 + SLACK, np.uint8)  # the row's number
    digits = put_whole(name, 0, first - 1)
    begin = 24 - digits
    for i in range(digits):
        name[23 - i] = name[digits - 1 - i]
    for row in range(verdict.size):
        if id_offsets.size:
            at = put(out, at, ids, id_offsets, row)
        else:
            begin = count_up(name, begin)
            for i in range(begin, 24, 8):
                put_eight(out, at + i - begin, eight(name, i))
            at += 24 - begin
        out[at] = COMMA
        at = put(out, at + 1, words, word_offsets, verdict[row])
        if with_border:
            out[at] = COMMA
            at += 1
            if metres[row] == metres[row]:
                at = put_cents(out, at, int(np.rint(metres[row] * 100.0)))
            out[at] = COMMA
            at = put(out, at + 1, codes, code_offsets, beyond[row])
        if tail_offsets.size:
            at = put(out, at, tails, tail_offsets, row)
        out[at] = LF
        at += 1
    return at


@nb.njit(cache=True, nogil=True)
def write_words(out: Bytes, which: Any, words: Bytes, offsets: Offsets) -> int:
    """Write ``word,word,...,`` by their positions; the bytes written."""
    at = 0
    for row in range(which.size):
        at = put(out, at, words, offsets, which[row])
        out[at] = COMMA
        at += 1
    return at


@nb.njit(cache=True, nogil=True)
def write_metres(out: Bytes, metres: Any) -> int:
    """Write ``6.4,null,12.0,``; the bytes written."""
    at = 0
    for row in range(metres.size):
        if metres[row] == metres[row]:
            at = put_cents(out, at, int(np.rint(metres[row] * 100.0)))
        else:
            for c in (110, 117, 108, 108):  # null
                out[at] = c
                at += 1
        out[at] = COMMA
        at += 1
    return at
