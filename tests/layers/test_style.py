import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.style import PALETTE, DiagramStyle, Pen, colour_neighbours, neighbours, pen_options
from layers.texts import LANGUAGES, TEXTS

from .town import make_town

INK = "#10161c"  # of labels, see diagram.css

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    f = np.cbrt(np.maximum(TO_XYZ @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089], 0.008856))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def luminance(rgb: np.ndarray) -> float:
    return float(TO_XYZ[1] @ rgb)


@pytest.mark.parametrize("sight", SIGHT)
def test_fills_differ_for_every_kind_of_colour_vision(sight: str) -> None:
    seen = [lab(np.asarray(SIGHT[sight]) @ linear(c)) for c in PALETTE]
    nearest = min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert nearest > 12  # CIE76; about 2 is just noticeable


def test_labels_are_readable_on_every_fill() -> None:
    for colour in PALETTE:
        assert (luminance(linear(colour)) + 0.05) / (luminance(linear(INK)) + 0.05) > 7


def test_neighbouring_cells_never_share_a_colour() -> None:
    cells = make_town(9, 7).cells.geometry.to_numpy()
    pairs = neighbours(cells)
    colours = colour_neighbours(len(cells), pairs, len(PALETTE))
    assert len(pairs) > 2 * len(cells)
    assert (colours[pairs[:, 0]] != colours[pairs[:, 1]]).all()
    assert np.bincount(colours, minlength=len(PALETTE)).min() >= 4, "every colour is used"


@given(st.integers(2, 40), st.data())
def test_colouring_is_proper_where_things_have_few_neighbours(count: int, data: st.DataObject) -> None:
    every = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda p: p[0] < p[1])
    degree = np.zeros(count, dtype=int)
    pairs = []
    for pair in sorted(data.draw(st.sets(every, max_size=80))):
        if degree[list(pair)].max() < 5:  # six colours always suffice for five neighbours
            pairs.append(pair)
            degree[list(pair)] += 1
    array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    colours = colour_neighbours(count, array, 6)
    assert (colours >= 0).all()
    assert (colours < 6).all()
    assert (colours[array[:, 0]] != colours[array[:, 1]]).all()


def test_too_few_colours_are_shared_by_as_few_neighbours_as_possible() -> None:
    all_touch = np.array(list(itertools.combinations(range(7), 2)), dtype=np.int64)
    colours = colour_neighbours(7, all_touch, 6)
    assert sum(colours[i] == colours[j] for i, j in all_touch) == 1


def test_corners_count_as_neighbours() -> None:
    boxes = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2), shapely.box(3, 3, 4, 4)])
    assert neighbours(boxes).tolist() == [[0, 1]]
    assert neighbours(boxes[:1]).shape == (0, 2)


def test_pen_becomes_path_options() -> None:
    assert pen_options(Pen("#000", 2.0, dash="4 2")) == {
        "color": "#000",
        "weight": 2.0,
        "lineCap": "butt",
        "dashArray": "4 2",
    }
    assert "dashArray" not in pen_options(Pen("#000", 2.0))


def test_styles_share_nothing_that_can_be_changed() -> None:
    with pytest.raises(TypeError):
        DiagramStyle().lines["river"] = Pen("#000", 1.0)  # type: ignore[index]


def test_both_languages_say_the_same_things() -> None:
    fields = {
        lang: {k: sorted(part.split("}")[0] for part in v.split("{")[1:]) for k, v in TEXTS[lang].items()}
        for lang in LANGUAGES
    }
    assert fields["zh"] == fields["en"]
    assert all(text.strip() for lang in LANGUAGES for text in TEXTS[lang].values())
    assert not [k for k, v in TEXTS["en"].items() if k != "language" and any("一" <= c <= "鿿" for c in v)]
