"""Rosters without cell types: delimited text in several encodings, and web pages called workbooks."""

from tests.factories.unseen_rosters import Unseen, certno, ending_in_x, mistyped, wide

LEDGER = (
    *("序号", "身份证号", "姓名", "医疗救助身份", "镇（街）", "村（居）", "纳入资助时间", "缴费时间"),
    "身份变更情况",
)


def _delimited(rows: list[list[str]], mark: str) -> str:
    return "\r\n".join(mark.join(row) for row in rows) + "\r\n"


def from_a_village_office() -> Unseen:
    """GB18030 without a mark, saved from a spreadsheet: titles above, digits lost, footer below."""
    n = [certno(serial) for serial in range(101, 108)]
    rows = [
        ["常州市新北区2025年12月低保对象名单", "", "", "", "", ""],
        ["制表单位：区民政局", "", "", "", "日期：2025.12.5", ""],
        ["序号", "姓 名", "公民身份号码", "救助身份", "起始保障年月", "镇（街）"],
        ["1", "𠮷田娜", n[0], "农村低保", "2019-05", "孟河镇"],
        ["2", "䶮小明", f'="{n[1]}"', "城市低保", "201907", "孟河镇"],
        ["3", "阿依古丽·买买提", "3.20411E+17", "农村低保", "2020年1月", "孟河镇"],
        ["4", "王五", f"'{n[3]}", "低保", "2018/03", "孟河镇"],
        ["5", "赵六", n[4], "低保", "2024.1", "孟河镇"],
        ["6", '"孙\n七"', n[5], "低保", "长期", "孟河镇"],
        ["7", "--", n[6], "低保", "2018-03", "孟河镇"],
        ["小计", "", "", "7人", "", ""],
        ["以下空白", "", "", "", "", ""],
        ["审核人：李某", "", "填表人：", "", "", ""],
    ]
    sheet = "低保名单（最终版2）"
    return Unseen(
        f"{sheet}.csv",
        _delimited(rows, ",").encode("gb18030"),
        ((sheet, False, True, 7),),
        accepted=4,
        rejected=(
            (sheet, 6, "certno", "certno_malformed"),
            (sheet, 8, "start", "month_invalid"),
            (sheet, 10, "psn_name", "name_missing"),
        ),
        repaired=((sheet, 7, "certno"), (sheet, 9, "psn_name")),
        skipped=((sheet, 11), (sheet, 12), (sheet, 13)),
        covered={2025: 0, 2026: 4},
        encoding="gb18030",
    )


def from_a_web_system() -> Unseen:
    """UTF-16 text with tabs called .xls, columns in an odd order, every look-alike of a digit and of X."""
    x = [ending_in_x(place) for place in range(4)]
    n = [certno(serial) for serial in range(111, 120)]
    head = ["备注", "保障对象姓名", "与户主关系", "户主", "居民身份证号码", "持证类别", "批准日期", "镇街"]

    def row(name: str, number: str, remark: str = "", category: str = "农村低保") -> list[str]:
        return [remark, name, "户主", "某某", number, category, "2024-01-15", "薛家镇"]

    rows = [
        head,
        row("王　芳", wide(n[0])),
        row("李小", x[0].lower()),
        row("李二", x[1][:17] + "Х"),
        row("李三", x[2][:17] + "Ⅹ"),
        row("李四", x[3][:17] + "×"),
        row("李五", f" {n[1][:6]} {n[1][6:14]}\u00a0{n[1][14:]} "),
        row("李六", f"{n[2][:6]}-{n[2][6:14]}-{n[2][14:]}"),
        row("李七", n[3].replace("0", "O", 1)),
        row("李八", n[4].replace("1", "l", 1)),
        row("李九", "无"),
        row("李十", ""),
        row("周一", n[5], "2025.3死亡"),
        row("周二", n[6], "渐退期"),
        row("周三", n[7], "", "低保边缘家庭"),
    ]
    sheet = "导出数据"
    return Unseen(
        f"{sheet}.xls",
        _delimited(rows, "\t").encode("utf-16"),
        ((sheet, False, True, 14),),
        accepted=10,
        rejected=(
            (sheet, 9, "certno", "certno_malformed"),
            (sheet, 10, "certno", "certno_malformed"),
            (sheet, 11, "certno", "certno_missing"),
            (sheet, 12, "certno", "certno_missing"),
        ),
        repaired=(
            (sheet, 2, "certno"),
            (sheet, 2, "psn_name"),
            *((sheet, row, "certno") for row in range(3, 9)),
        ),
        # neither the dead one nor the one at the margin
        covered={2025: 0, 2026: 8},
        encoding="utf-16",
    )


def as_a_web_page() -> Unseen:
    """A page called .xls: a table of its own for the title, spans over a household, the header again."""
    n = [certno(serial) for serial in range(121, 127)]
    head = "".join(
        f"<th>{word}</th>"
        for word in (
            "街道乡镇",
            "村（居）",
            "户主姓名",
            "成员姓名",
            "成员身份证号码",
            "对象类别",
            "开始享受低保时间",
        )
    )
    body = f"""
    <tr>{head}</tr>
    <tr><td rowspan=3>龙虎塘街道<td rowspan=3>百丈社区<td rowspan=3>钱大<td>钱大<td>{n[0]}
        <td rowspan=3>农村低保<td>2015.06</tr>
    <tr><td>钱二</td><td>{n[1]}</td><td>2015.06</td></tr>
    <tr><td>钱三</td><td>{n[2]}</td><td>2020.1</td></tr>
    <tr>{head}</tr>
    <tr><td>三井街道<td>华山社区<td>周一<td>周一<td>{n[3]}&nbsp;<td>城市低保<td>2021-07</tr>
    <tr><td>三井街道<td>华山社区<td>周一<td>周二<td>{n[4]}42<td>城市低保<td>2021-07</tr>
    <tr><td>&nbsp;<td>&nbsp;<td>&nbsp;<td>&nbsp;<td>&nbsp;<td>&nbsp;<td>&nbsp;</tr>
    <tr><td colspan=7>合计：5人</tr>
    <tr><td colspan=7>填表人：张某&nbsp;&nbsp;&nbsp;审核人：</tr>
    """
    page = (
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>'
        '<meta http-equiv=Content-Type content="text/html; charset=gb2312">'
        "<style>td {mso-number-format:'\\@';}</style></head><body>"
        f"<table><tr><td>统计口径：2025年12月</td></tr></table><table border=1>{body}</table></body></html>"
    )
    sheet = "救助对象-2"
    return Unseen(
        "救助对象.xls",
        page.encode("gb18030"),
        (("救助对象-1", False, False, 0), (sheet, False, True, 5)),
        accepted=3,
        rejected=((sheet, 4, "start", "month_invalid"), (sheet, 7, "certno", "certno_malformed")),
        repaired=((sheet, 6, "certno"),),
        skipped=((sheet, 5), (sheet, 9), (sheet, 10)),
        covered={2025: 0, 2026: 3},
        encoding="gb18030",
    )


def from_the_ledger_of_assistance() -> Unseen:
    """The insurance office's own ledger for Nantong: UTF-8 with a mark, several categories in one cell."""
    n = [certno(serial, "19580211", "320602") for serial in range(131, 142)]
    rows = [
        [*LEDGER],
        ["1", n[0], "丁一", '"特困,低保"', "城东镇", "一村", "2023/5/1", "2025-11-02", ""],
        ["2", n[1], "丁二", "低边", "城东镇", "一村", "2023-05", "2025-11-02", "新增"],
        ["3", n[2], "丁三", "低边、低保", "城东镇", "一村", "2023年5月1日", "", "变更"],
        ["4", n[3], "--", "低保", "城东镇", "一村", "2023-05", "", ""],
        ["5", n[4], "丁五", "刚性支出困难家庭", "城东镇", "一村", "2023-05", "", ""],
        ["6", n[5], "丁六", "事实无人抚养儿童", "城东镇", "一村", "202305", "", ""],
        ["7", n[6], "丁七", "建档立卡", "城东镇", "一村", "", "", ""],
        ["8", n[7], "丁八", "持证残疾人", "城东镇", "一村", "2023-05", "", ""],
        ["9", n[8], "丁九", "低保", "城东镇", "一村", "2023-05", "", "取消"],
        ["10", n[1], "丁二", "低边", "城东镇", "一村", "2023-05", "2025-11-02", "新增"],
        ["11", n[1], "丁仁", "低边", "城东镇", "一村", "2023-05", "", ""],
        ["12", n[9], "丁十", "20230501", "城东镇", "一村", "低保", "", ""],
    ]
    sheet = "资助参保对象全量明细"
    return Unseen(
        f"{sheet}.csv",
        _delimited(rows, ",").encode("utf-8-sig"),
        ((sheet, False, True, 11),),
        accepted=7,
        rejected=(
            (sheet, 5, "psn_name", "name_missing"),
            (sheet, 9, "category", "category_unknown"),
            (sheet, 12, "certno", "duplicate_conflict"),
            (sheet, 13, "category", "category_unknown"),
        ),
        skipped=((sheet, 11),),
        encoding="utf-8",
        scheme="nantong",
    )


def with_commas_in_cells() -> Unseen:
    """UTF-8 without a mark and with semicolons: marks and quotes inside cells, blank lines, notes below."""
    n = [certno(serial) for serial in range(151, 160)]
    rows = [
        ["姓名（必填）", "证 件 号 码*", "救助类别【单选】", "居住地址", "一卡通账号", "状态"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        ["何一", n[0], "低保", '"孟河镇,二组;甲"', "6228 4800 1234 5678 901", "正常"],
        [],
        ["何二", n[1], "城镇最低生活保障对象（单人）", '"他说""好"""', "", "恢复"],
        ["何三", n[2], "低保停发", "", "", ""],
        ["何四", n[3], "原低保", "", "", ""],
        ["何五", mistyped(n[4]), "低保", "", "", ""],
        ["尉迟 六", n[5], "单人保", "", "", "停保"],
        ["John  Smith", n[6], "单人保", "", "", ""],
        ["合计", "", "7人", "", "", ""],
        ["说明：本表一式三份。", "", "", "", "", ""],
        ["2.由各镇填报，每月5日前报送。", "", "", "", "", ""],
    ]
    sheet = "名册"
    return Unseen(
        f"{sheet}.csv",
        _delimited(rows, ";").encode(),
        ((sheet, False, True, 7),),
        accepted=5,
        rejected=((sheet, 7, "category", "category_unknown"), (sheet, 8, "certno", "certno_checksum")),
        repaired=((sheet, 9, "psn_name"), (sheet, 10, "psn_name")),
        skipped=((sheet, 2), (sheet, 11), (sheet, 12), (sheet, 13)),
        covered={2025: 0, 2026: 3},
        encoding="utf-8",
    )


TEXTS = (
    from_a_village_office,
    from_a_web_system,
    as_a_web_page,
    from_the_ledger_of_assistance,
    with_commas_in_cells,
)
