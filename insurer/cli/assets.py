"""``insurer assets``: the web assets and letter fonts of a checkout, built into ``build/``."""

import click


@click.command("assets", help="准备页面资源和信函字体。/ Build web assets and letter fonts.")
def assets() -> None:
    """Copy and name the web assets, subset the letter fonts."""
    from insurer.platform.fonts import BUILT_FONTS, build_fonts
    from insurer.platform.settings import ROOT
    from insurer.web.assets import build_assets

    build_assets(ROOT, ROOT / "build" / "static")
    build_fonts(BUILT_FONTS)
    click.echo("页面资源和信函字体已准备好")
