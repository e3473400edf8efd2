"""The one way in which personal values are shown in lists, reports and messages."""

from insurer.people.characters import is_blank

_SHOWN_BLANK = "␣"


def mask_certno(value: str) -> str:
    """Show the first and last four of a person number, stars between; signs inside stay, blanks show as ␣.

    Anything shorter than 15 letters and digits is starred whole.
    """
    if len(value) == 18 and value.isascii() and value.isalnum():
        return f"{value[:4]}**********{value[14:]}"
    total = sum(character.isalnum() for character in value)
    shown: list[str] = []
    seen = 0
    for character in value:
        if is_blank(character):
            shown.append(_SHOWN_BLANK)
        elif not character.isalnum():
            shown.append(character)
        else:
            shown.append(character if total >= 15 and (seen < 4 or seen >= total - 4) else "*")
            seen += 1
    return "".join(shown)


def mask_name(value: str) -> str:
    """Show the first character of a name, stars for the others; blanks show as ␣."""
    shown: list[str] = []
    for character in value:
        if is_blank(character):
            shown.append(_SHOWN_BLANK)
        else:
            shown.append("*" if any(mark != _SHOWN_BLANK for mark in shown) else character)
    return "".join(shown)


def mask_names(before: str, after: str) -> tuple[str, str]:
    """Mask two spellings of one name so that what differs can be seen: 周锡明, 周锡民 give 周*明, 周*民.

    Spellings of different length are masked each for itself.
    """
    if len(before) != len(after):
        return mask_name(before), mask_name(after)
    pairs = list(zip(before, after, strict=True))

    def shown(which: int) -> str:
        return "".join(
            pair[which] if place == 0 or pair[0] != pair[1] else "*" for place, pair in enumerate(pairs)
        )

    return shown(0), shown(1)


def mask_phone(value: str) -> str:
    """Show the first three and last four digits of a telephone number; shorter ones only the last two."""
    if len(value) >= 11:
        return f"{value[:3]}{'*' * (len(value) - 7)}{value[-4:]}"
    return "*" * max(len(value) - 2, 0) + value[-2:]


def mask_account(value: str) -> str:
    """Show the last four digits of a bank account or card number."""
    return "*" * max(len(value) - 4, 0) + value[-4:] if len(value) > 4 else "*" * len(value)
