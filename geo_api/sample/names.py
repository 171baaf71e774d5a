"""Names: streets, villages, communities, businesses, people. All are invented; likeness to real ones is chance."""

# ruff: noqa: SIM905 (lists of words are easier to read and extend as text)

from __future__ import annotations

import numpy as np

_MAIN = (
    "人民路 建设大道 解放大道 文昌大道 云溪大道 中山路 青年路 府前路 工业大道 迎宾大道 兴业路 学府路 凤凰大道 "
    "体育路 东湖路 西湖路 滨湖大道 光明路 胜利路 民主路 和平路 团结路 振兴路 友谊路 朝阳路 幸福路 新华路 红旗路 "
    "前进路 健康路 文化路 长安路 永安路 广场路 车站路 园林路 教育路 科技路 金桥路 银河路"
).split()
_STEMS = (
    "书院 学宫 文庙 城隍 鼓楼 钟楼 状元 进士 贡院 衙门 米市 菜市 鱼市 盐店 布店 油坊 染坊 铁铺 豆腐 竹器 皮匠 "
    "打铜 裁缝 柴家 井水 双井 石井 桂花 槐树 柳树 樟树 银杏 梧桐 紫薇 玉兰 茶园 桃园 李园 橘园 荷塘 莲花 芙蓉 "
    "牡丹 海棠 翠竹 青松 龙泉 凤山 麒麟 白鹤 金鸡 玉兔 石狮 卧龙 青龙 白虎 云台 云峰 云汉 溪畔 溪口 河街 河坊 "
    "码头 渡口 船厂 桥头 桥南 桥北 南塘 北塘 东塘 西塘 月塘 沙塘 新塘 后塘 长塘 清泉 甘泉 碧泉 丰乐 丰华 丰收 "
    "永兴 永昌 永乐 永丰 德胜 德政 德化 仁和 仁义 崇文 崇德 崇礼 崇仁 尚志 尚德 尚贤 怡园 怡和 怡景 兴隆 兴旺 "
    "兴盛 兴民 富强 富民 富康 康宁 康乐 康泰 康庄 安康 安宁 安民 太平 升平 承平 景秀 景明 景福 锦绣 锦江 锦华 "
    "春晖 春风 春江 秋实 秋月 晓月 晓风 星光 星海 星辰 曙光 晨光 霞光 华光 华兴 育才 育英 育秀 启明 启航 创业 "
    "创新 纺织 机床 化工 粮库 水厂 电厂 农机 供销 百货 邮电 气象 林场 苗圃 药王 财神 观音 关帝 土桥 石板 青砖 "
    "红砖 瓦窑 砖窑 炭市 牛市 马坊 驿站 驿前 校场 演武 箭道 旗杆 牌坊 祠堂 照壁 花园 果园 菜园 北园 南苑 东苑"
).split()
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余于杜叶程苏魏吕丁任沈姚卢"
    "姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严"
)
_GIVEN_ONE = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚鹏辉斌波玲浩宇婷雪健琳凯晶琴飞红梅兰峰亮"
_GIVEN_TWO = (
    "建国 志强 晓东 海燕 文斌 丽华 国庆 春梅 俊杰 雅琴 永红 立新 子涵 思远 佳怡 天佑 玉兰 秀英 桂香 红军 卫东 "
    "爱民 学文 明辉 德海 长江 新华 小平 云飞 雨桐 一鸣 振华 光明 凤英 景行 书豪 慧敏 世杰 正平 家乐 启航 若兰 "
    "守信 克勤"
).split()
_SHOP_NAMES = (
    "老街坊 好再来 一家人 邻里 小城故事 云溪人家 半亩田 老味道 外婆家 同心 好日子 春满园 四季青 喜相逢".split()
)
_LANDMARKS = "桥 塘 冲 湾 岭 坪 畈 垸 咀 港 店 铺 河 坡 洼 台 林 庙 堰 墩".split()
_VILLAGE_FIRST = (
    "石 柳 杨 梅 竹 松 枫 茶 桃 李 荷 金 银 铁 铜 龙 凤 鹤 马 牛 羊 双 三 五 七 九 大 小 高 长 新 老 白 黄 青 红 "
    "东 西 南 北"
).split()
_COMMUNITY = (
    "鼓楼 文昌 书院 西门 东门 南门 北门 学宫 解放 人民 建设 滨江 云台 桂花 槐荫 双井 凤凰 新华 胜利 和平 育才 "
    "车站 金桥 锦绣 康乐 永安 幸福 朝阳 光明 迎宾 荷塘 柳堤 青松 紫薇 龙泉 崇文"
).split()


def main_streets(n: int, rng: np.random.Generator) -> list[str]:
    """As many different names for arterials and collectors, the best-known first."""
    more = [f"{stem}{kind}" for kind in ("大道", "路") for stem in rng.permutation(_STEMS)[:60]]
    return [*_MAIN, *dict.fromkeys(more)][:n]


def local_streets(n: int, taken: set[str], rng: np.random.Generator) -> list[str]:
    """As many different names for local streets, none of them taken."""
    plain = [f"{stem}{kind}" for kind in ("街", "路", "巷") for stem in _STEMS]
    sides = [f"{stem}{side}{kind}" for stem in _STEMS for side in "东西南北" for kind in ("街", "路", "巷")]
    rows = [f"{stem}{row}路" for stem in _STEMS for row in ("一", "二", "三", "四")]
    pool = [*rng.permutation(plain), *rng.permutation(sides + rows)]
    free = [str(name) for name in dict.fromkeys(pool) if name not in taken]
    if len(free) < n:
        raise ValueError(f"names run out: {n} local streets wanted, {len(free)} names left")
    return free[:n]


def village_streets(village: str, n: int) -> list[str]:
    """As many different names for the streets of a village, which carry its name."""
    kinds = (
        "中心路 老街 东路 西路 南路 北路 新街 前街 后街 一组路 二组路 三组路 四组路 五组路 六组路 七组路 八组路".split()
    )
    return [f"{village}{kind}" for kind in [*kinds, *(f"{i}号路" for i in range(1, 40))]][:n]


def villages(n: int, rng: np.random.Generator) -> list[str]:
    """As many different village names; the second is that of an island, the first that of a former state farm."""
    pool = rng.permutation([f"{a}{b}村" for a in _VILLAGE_FIRST for b in _LANDMARKS])
    return ["青石农场村", "江心洲村", *(str(name) for name in pool)][:n]


def communities(n: int, rng: np.random.Generator) -> list[str]:
    """As many different names of urban communities."""
    more = [f"{stem}社区" for stem in rng.permutation(_STEMS) if stem not in _COMMUNITY]
    return [*(f"{stem}社区" for stem in _COMMUNITY), *more][:n]


def short(name: str) -> str:
    """The first two characters of a place name, without 镇, 集 or 村."""
    return name.rstrip("镇集村")[:2]


def people(n: int, rng: np.random.Generator) -> list[str]:
    """As many different names of persons."""
    given = np.array([*_GIVEN_ONE, *_GIVEN_TWO])
    surnames = np.array(list(_SURNAMES))
    drawn = np.char.add(rng.choice(surnames, 4 * n + 40), rng.choice(given, 4 * n + 40))
    return list(dict.fromkeys(str(name) for name in drawn))[:n]


def brands(n: int, rng: np.random.Generator) -> np.ndarray:
    """As many shop names, repeats allowed: 鑫源, 张记, 老街坊, ..."""
    first = np.array(list("鑫宏福瑞祥盛兴隆恒泰昌顺德聚金宝嘉佳美华丰万千百天地源和润泽诚信永"))
    second = np.array(list("源达盛发旺隆泰祥和康顺丰茂兴美佳缘客来福辉腾宇悦诚信鸿阳"))
    special = np.array(
        "老街坊 好再来 一家人 邻里 小城故事 云溪人家 半亩田 老味道 外婆家 同心 好日子 春满园 四季青 喜相逢 百姓".split()
    )
    pair = np.char.add(rng.choice(first, n), rng.choice(second, n))
    person = np.char.add(
        rng.choice(np.array(list(_SURNAMES)), n), rng.choice(np.array(["记", "氏", "家", "姐", "嫂"]), n)
    )
    luck = rng.random(n)
    return np.where(luck < 0.62, pair, np.where(luck < 0.86, person, rng.choice(special, n)))
