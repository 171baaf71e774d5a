"""Make the font that documents are printed with: a subset of Noto Sans CJK SC with TrueType outlines.

    .venv/bin/python ops/make_font.py [FONT.ttc] [TARGET.ttf]

GB 2312 (6,763 characters and its signs), characters that people are named with, Latin with accents, punctuation. PDFs
want TrueType outlines to be read by every printer: the curves are converted, at most one unit of 1,000 off. The same
input gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

SOURCE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
TARGET = Path(__file__).resolve().parents[1] / "layers/static/fonts/GridwardSansSC.ttf"
SIMPLIFIED_CHINESE = "Noto Sans CJK SC"
OFF_BY = 1.0
"""Units of 1,000 that a converted curve may be off."""
RARE = (
    "喆堃淼犇骉垚镕翀昇珺玥甯濛祎翯旸玚玙琎璟璐璠瑀瑨瑄瑢珩珣珮珅琤琰翊翃翎翙晔晞晟晗昕昉旻旼昀暄曈朦胧赟贇韡韫頔颢颀飏飚骁骅骎"
    "鑫焱焜烜烨煜煊熠燚燊炘炅炜炫沅沄沐沚泓泠洺洳浠淏涵湉湜滢滟潆潇澍澔灏瀚瀛瀹芃芮苒茜茗荃荻莀莘莜菡萱葳蓁蕙蕤薇藜蘅虢衎"
    "妤妍姁姞姣娅娉婕婳婵媛嫄嫣嬿孜孛宓宸寔屹岚峣峻崧崟嵘嵩嶷巍彧彣徕恺恽悫惇惟愔慜懿扆挺捷斐斓昶晁桁桢梓梵棣棠楠榕樾檀檬歆毓"
    "煐熹爔犟猷玎玕玘玢玹琇琚琛琨琬琳瑗瑾璇璋璎瓅畀畅畯皑皓皞盱眭睿瞻矞砚砺硕碶祁祜祺禛秾稷穆竑竣笪筠筱箐箫篁紘纮绂绎绛绠绥"
    "綦缃缙缦罡羿翮耆聿肜胤舸艾芊芯苓茆荞莳蒨蓥蔺薛藁蘧虓蜃袆裎裕觐訚詹诩诚诠谌谧谦豫赪赵趵跞轩轶辇辚迩逄逯逴遐邈邕邙邝邬邰邳"
    "郄郅郇郓郗郝郢郦郯郾鄢鄯鄱酆酉醴釜钊钏钗钰钲铄铎铖铠铭铮锃锟锳锴镁镒镛镠镡镢閠闳闵闶阆阚陟隗隽雒雯霁霈霏霖霡靓靖韬颉颖馡馥"
    "馨驰骐骞骢骥骧髙髦魁鲲鲸鳌鸢鸣鸾鹄鹏鹭麒麾黛黼齐龑龢㛃䶮堉塬奭妘姮嫚孖孙尧屾峯嶙幵廙弢憙挼揆撄敉斝旴昃昇昺晛晥暻曌杋枨栐栻梽棽椿"
)
"""Characters that people are named with and that GB 2312 lacks (or has: then they are there anyhow)."""
NAME = "Gridward Sans SC"
"""The licence lets nobody but its owner call a changed font by the reserved name."""


def characters() -> set[int]:
    """Code points of the subset."""
    chosen = {*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2028), 0x2030, 0x20AC, 0x2103, 0x2192, 0x3013}
    chosen |= {0x25A1, 0x2611, 0x2610, 0x2713, *range(0x2460, 0x2474), 0x00B2, 0x2264, 0x2265}
    for first in range(0xA1, 0xF8):
        for second in range(0xA1, 0xFF):
            try:
                chosen.add(ord(bytes((first, second)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return chosen | {ord(c) for c in RARE}


def face(path: Path) -> TTFont:
    """The face for simplified Chinese of a font or a collection of fonts."""
    for number in range(20):
        font = TTFont(path, fontNumber=number)
        if font["name"].getDebugName(1) == SIMPLIFIED_CHINESE:
            return font
    raise SystemExit(f"{path} has no face {SIMPLIFIED_CHINESE}")


def to_true_type(font: TTFont) -> None:
    """Outlines as quadratic curves in a table ``glyf``."""
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    made = {}
    for name in order:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, OFF_BY, reverse_direction=True))
        made[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = order, made
    del font["CFF "]
    for table in ("VORG", "vhea", "vmtx"):
        if table in font:
            del font[table]
    font["glyf"].compile(font)
    most = font["maxp"]
    most.tableVersion = 0x00010000
    for name in ("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs",
                 "maxStackElements", "maxSizeOfInstructions", "maxComponentElements"):  # fmt: skip
        setattr(most, name, 1 if name == "maxZones" else 0)
    font["post"].formatType = 3.0
    font.sfntVersion = "\000\001\000\000"
    for glyph_name in order:
        width, _ = font["hmtx"][glyph_name]
        glyph = made[glyph_name]
        font["hmtx"][glyph_name] = (width, getattr(glyph, "xMin", 0) if glyph.numberOfContours else 0)


def rename(font: TTFont) -> None:
    """A name of its own; copyright, licence and its address stay."""
    kept = {0, 5, 7, 13, 14}
    font["name"].names = [n for n in font["name"].names if n.nameID in kept and n.platformID == 3]
    for number, text in ((1, NAME), (2, "Regular"), (3, NAME), (4, NAME), (6, NAME.replace(" ", ""))):
        font["name"].setName(text, number, 3, 1, 0x409)


def main(arguments: list[str]) -> None:
    """Read the font, write the subset."""
    source = Path(arguments[0]) if arguments else SOURCE
    target = Path(arguments[1]) if arguments[1:] else TARGET
    font = face(source)
    options = subset.Options(
        layout_features=[], hinting=False, desubroutinize=True, notdef_outline=True, name_IDs=["*"], glyph_names=False
    )
    options.drop_tables += ["BASE", "GSUB", "GPOS", "GDEF"]
    work = subset.Subsetter(options)
    work.populate(unicodes=characters())
    work.subset(font)
    to_true_type(font)
    rename(font)
    font["head"].created = font["head"].modified = 3_786_912_000  # 2024-01-01: the same bytes at any time
    font.recalcTimestamp = False
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)
    sys.stdout.write(f"{target}: {target.stat().st_size / 1e6:.2f} MB, {len(font.getGlyphOrder())} glyphs\n")


if __name__ == "__main__":
    main(sys.argv[1:])
