"""Pure rules of accounts: which names and passwords are accepted, and how long guessing is stopped."""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from insurer.kernel.errors import Problem

SHORTEST: Final = 12
LONGEST: Final = 128

FREE_TRIES: Final = 5
"""Wrong passwords for one account from one address before it has to wait."""

FIRST_WAIT: Final = timedelta(minutes=15)
LONGEST_WAIT: Final = timedelta(hours=2)
FORGOTTEN_AFTER: Final = timedelta(hours=24)

_LOGIN = re.compile(r"[\w.-]{2,32}")

_ROWS: Final = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "一二三四五六七八九十",
)
"""Runs along a keyboard or an alphabet; a piece of four or more of one counts as one sign."""

_WORD_LIST = """
    password passwort passw0rd p@ssw0rd pa55word letmein welcome welc0me admin administrator root user guest
    login master secret default changeme changeit iloveyou woaini sunshine princess dragon monkey football
    baseball superman batman shadow freedom whatever trustno hello computer internet samsung google apple
    qazwsx asdf zxcv aini wang zhang liming xiaoming abcd test testing demo sample temp example china beijing
    shanghai changzhou xinbei nantong jiangsu nanjing zhongguo baoxian yibao yiliao shebao lipei insurer
    insurance claim claims medical hospital bureau staff clerk reviewer supervisor finance auditor officer
    密码 口令 用户 管理员 系统 登录 测试 演示 默认 你好 我爱你 中国 北京 上海 江苏 南京 常州 新北 南通
    保险 医保 医疗 社保 理赔 补充 大病 救助 人社局 医保局 初审 复核 主管 财务 审计 员工 公司 生日 快乐
"""
_WORDS: Final = frozenset(_WORD_LIST.split())
"""Words that guessers try first: ours, not a downloaded list. Each counts as one sign, wherever it stands."""


def normal_login(text: str) -> str:
    """Return the form of a sign-in name under which an account is stored and found."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def normal_password(text: str) -> str:
    """Return the form that is hashed: full-width and half-width typing give the same password."""
    return unicodedata.normalize("NFKC", text)


def login_problems(login: str) -> list[Problem]:
    """Name what is wrong with a new sign-in name (already normalised)."""
    if _LOGIN.fullmatch(login):
        return []
    return [Problem("login", "登录名要 2 到 32 个字，可以用字母、数字、汉字、点、横线和下划线")]


def password_problems(password: str, *, login: str, name: str) -> list[Problem]:
    """Name what is wrong with a new password, ASCII or Chinese.

    At least twelve characters; and what is left when well-known words, runs and repetitions count as
    one sign each must still be eight, of which five different.
    """
    plain = normal_password(password)
    if len(plain) < SHORTEST:
        return [Problem("password", f"口令至少要 {SHORTEST} 个字，现在是 {len(plain)} 个")]
    if len(plain) > LONGEST:
        return [Problem("password", f"口令最多 {LONGEST} 个字")]
    signs = _signs(plain.casefold(), {login.casefold(), name.casefold()} - {""})
    if len(signs) < 8 or len(set(signs)) < 5:
        return [
            Problem("password", "这个口令容易被猜到。请换成几个不相关的词，不要用姓名、单位、连号或重复的字")
        ]
    return []


def _signs(text: str, own: set[str]) -> list[str]:
    """Break a password into signs: a refused word, a run or a repetition is one of them."""
    words = sorted(_WORDS | own, key=len, reverse=True)
    signs: list[str] = []
    place = 0
    while place < len(text):
        length = max(_word_at(text, place, words), _run_at(text, place), _repetition_at(text, place), 1)
        signs.append(text[place : place + length])
        place += length
    return signs


def _word_at(text: str, place: int, words: list[str]) -> int:
    return next((len(word) for word in words if text.startswith(word, place)), 0)


def _run_at(text: str, place: int) -> int:
    longest = 0
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        length = 4
        while place + length <= len(text) and text[place : place + length] in row:
            longest = max(longest, length)
            length += 1
    return longest


def _repetition_at(text: str, place: int) -> int:
    """Return the length of a unit of one to six characters that stands at least twice in a row."""
    longest = 0
    for size in range(1, 7):
        unit = text[place : place + size]
        count = 1
        while len(unit) == size and text.startswith(unit, place + count * size):
            count += 1
        if count * size >= max(3, 2 * size) and count > 1:
            longest = max(longest, count * size)
    return longest


def waits_until(failures: int, last_at: datetime) -> datetime | None:
    """Return until when an account may not be tried from an address; ``None`` when it may.

    The wait begins with the fifth wrong password and doubles with each further one, up to two hours;
    it concerns one address, so nobody can lock a colleague out from elsewhere, and it always ends.
    """
    if failures < FREE_TRIES:
        return None
    wait: timedelta = min(FIRST_WAIT * 2 ** min(failures - FREE_TRIES, 10), LONGEST_WAIT)
    return last_at + wait


def failures_now(failures: int, last_at: datetime, now: datetime) -> int:
    """Return how many of the counted failures still count: few are forgotten soon, many after a day."""
    forgotten = FIRST_WAIT if failures < FREE_TRIES else FORGOTTEN_AFTER
    return 0 if now - last_at >= forgotten else failures
