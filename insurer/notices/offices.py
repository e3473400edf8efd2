"""Who signs the letters of each scheme: the insurer of the settings, the scheme's name and authority."""

from insurer.notices.letters import Office
from insurer.notices.money_letters import ReturnAccount
from insurer.platform.settings import Settings

SAMPLE_ADDRESS = "常州市新北区示例路 1 号"
"""Stands until the office's own address is configured."""

_SCHEMES = {
    "changzhou-xinbei": {
        "scheme_name": "新北区低保对象大病补充保险",
        "outlets": "各镇、街道理赔点",
        "bureau": "新北区人社局",
        "identity_matter": "低保和参保身份",
    },
    "nantong": {
        "scheme_name": "南通市医疗救助",
        "outlets": "各镇、街道医保服务点",
        "bureau": "当地医保局",
        "identity_matter": "救助身份",
    },
}


def return_account_for(settings: Settings) -> ReturnAccount | None:
    """Return our account for money that is given back; ``None`` where the settings name none."""
    if not (settings.return_bank and settings.return_account):
        return None
    return ReturnAccount(
        holder=settings.insurer_name, bank=settings.return_bank, number=settings.return_account
    )


def office_for(scheme: str, settings: Settings) -> Office:
    """Return the office that writes for ``scheme``."""
    return Office(
        company=settings.insurer_name,
        address=getattr(settings, "insurer_address", SAMPLE_ADDRESS),
        phone=settings.insurer_phone,
        hours="周一到周五 9:00 到 17:00",
        **_SCHEMES[scheme],
    )
