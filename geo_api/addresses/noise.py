"""What is no part of an address: telephone numbers, postal codes, names of persons. Cut, never repeated."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PHONE = re.compile(
    r"(?:(?:联系|咨询|订餐|服务|投诉)?(?:电话|手机|热线|身份证|TEL|PHONE|MOBILE)(?:号码?)?[:. ]{0,3})?"
    r"(?<![\d-])(?:(?:\+?86[- ]?)?1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[- ]?[2-8]\d{6,7}(?:-\d{1,5})?|400[- ]?\d{3}[- ]?\d{4}"
    r"|(?<=[号室楼层 ,:])[2-8]\d{6,7}(?=$|[ ,)])|\d{17}[\dX])(?![\dX])"
)
_PHONE_AFTER_NUMBER = re.compile(r"(?<=号)1[3-9]\d{9}(?!\d)")
_ZIP = re.compile(
    r"(?:邮政?编码?|邮编)[: ]{0,2}(\d{6})(?!\d)|^(\d{6})[ ,](?=\D)|(?<=[ ,(])(\d{6})\)?$|(?<=\D)(?<![\d-])(\d{6})$"
)
_LABEL = re.compile(
    r"(?:^|(?<=[ ,(]))(?:详细|注册|经营|收货|单位|公司|联系|通讯|家庭|现)?(?:地址|住址|住所|经营场所)[: ]{1,2}"
)
_PERSON_LABEL = re.compile(
    r"(?:联系人|收货人|收件人|负责人|经办人|法人|业主|姓名)[: ]{0,2}[\u4e00-\u9fff]{2,4}(?=$|[ ,、)(/])"
)
_SURNAME = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余于杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_PERSON = re.compile(rf"(?:^|[ ,、])[{_SURNAME}][\u4e00-\u9fff]{{0,2}}(?:先生|女士|小姐|老师|师傅|经理|老板|收)?$")
_TITLED = re.compile(
    rf"[ ,、]?[{_SURNAME}][\u4e00-\u9fff]?(?:先生|女士|小姐|师傅)(?=$|[ ,])|[ ,][\u4e00-\u9fff]{{2,4}}\(?收\)?$"
)
_JOINS = re.compile(r"^[ ,、/:-]+|[ ,、/:-]+$")


@dataclass(frozen=True, slots=True)
class Clean:
    """An address without what is none.

    Attributes:
        text: what is left.
        zip_code: postal code; "".
        phone: a telephone number was cut.
        person: what seems to be a person was cut.
    """

    text: str
    zip_code: str = ""
    phone: bool = False
    person: bool = False


def clean(text: str) -> Clean:
    """Cut telephone numbers, postal codes, labels and persons off an address whose characters are folded.

    A name is cut only behind a label (联系人), with a title (张先生), or where it stands alone at the end of a text in
    which a telephone number was found.

    >>> clean("人民路12号 张三 13800138000")
    Clean(text='人民路12号', zip_code='', phone=True, person=True)
    """
    digits = sum(map(str.isdigit, text))
    phone = person = False
    if digits >= 7:
        text, n = _PHONE_AFTER_NUMBER.subn(" ", text)
        text, m = _PHONE.subn(" ", text)
        phone = n + m > 0
        text = _JOINS.sub("", text)
    zip_code = ""
    if digits >= 6 and (found := _ZIP.search(text)):
        zip_code = next(g for g in found.groups() if g)
        text = _JOINS.sub("", text[: found.start()] + " " + text[found.end() :])
    if ":" in text or "址" in text or "人" in text or "姓" in text or "主" in text:
        text = _LABEL.sub("", text)
        text, n = _PERSON_LABEL.subn("", text)
        person = n > 0
    if phone or "生" in text or "收" in text or "女士" in text or "师傅" in text or "小姐" in text:
        text, n = _TITLED.subn("", text)
        m = 0
        if phone:
            text, m = _PERSON.subn("", text)
        person = person or n + m > 0
    return Clean(_JOINS.sub("", text), zip_code, phone, person)
