"""Eyes for pages: axe (WCAG 2.2 AA), the strict policy, one first heading, and no width beyond the phone's edge."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.fixtures.browser import NARROW, WIDE

AXE = next((Path(__file__).parent / "vendor").glob("axe-core-*/axe.min.js"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

JUDGE = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ['violations'], preload: false });
  return found.violations.map((v) =>
    `${v.id} (${v.nodes.length}): ${v.nodes[0].target.join(' ')} ${v.nodes[0].any.map((a) => a.message)[0] || ''}`);
}"""
# By name, since a form with an input called "attributes" hides its own list of them.
HANDLERS = """() => [...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()
  .filter((name) => name.startsWith('on') || /^\\s*javascript:/i.test(e.getAttribute(name)))
  .map((name) => `${e.tagName} ${name}=${e.getAttribute(name).slice(0, 60)}`))"""
TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1
    && !e.closest('.sh-scroll, .sh-tabs, .table-responsive, [hidden]')).slice(0, 3)
  .map((e) => `${e.tagName}.${e.className} reaches ${Math.round(e.getBoundingClientRect().right)}`)
  .concat('the page scrolls sideways')"""
# Rows that become cards on a phone never lie beyond the edge, at no width: what a bill comes to would be hidden.
CUT_OFF = """() => [...document.querySelectorAll('.sh-scroll:has(> .sh-rows)')]
  .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => `${e.ariaLabel} is cut off`)"""
# In the next frame the page has heard of its new width and theme.  Colours would fade in from parent to child, one
# after the other; what is judged is where they end, so here they do not fade.
SETTLED = """async (theme) => {
  if (!document.adoptedStyleSheets.length) {
    const still = new CSSStyleSheet();
    still.replaceSync("*, *::before, *::after { transition: none !important }");
    document.adoptedStyleSheets = [still];
  }
  const worn = document.documentElement.dataset;
  for (let frame = 0; frame < 20; frame += 1) {
    await new Promise(requestAnimationFrame);
    if (!theme || !worn.bsTheme || worn.bsTheme === theme) return;
  }
}"""
HEADINGS = "() => document.querySelectorAll('h1').length"

Look = tuple[str, Any, Any]
"""How a page is seen: the name of the way, the size of the window, the theme."""
LOOKS: tuple[Look, ...] = (("phone, dark", NARROW, "dark"), ("wide, light", WIDE, "light"))
ALL_LOOKS: tuple[Look, ...] = (*LOOKS, ("phone, light", NARROW, "light"), ("wide, dark", WIDE, "dark"))


class Eyes:
    """Looks at pages and remembers what was wrong with which."""

    def __init__(self, page: Page, looks: tuple[Look, ...] = LOOKS) -> None:
        """Listen to the console of `page` from now on; each page is seen in each of `looks`."""
        self.page = page
        self.looks = looks
        self.wrong: list[str] = []
        self.heard: list[str] = []
        self.seen_as: Look | None = None
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.heard.append(f"uncaught: {error}"))

    def _hear(self, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.heard.append(message.text)

    def look_at(self, address: str) -> None:
        """Open a page once and hold every measure against it, in every way of looking."""
        self.page.goto(address, wait_until="load")
        complaints = [*self.page.evaluate(HANDLERS)]
        if (headings := self.page.evaluate(HEADINGS)) != 1:
            complaints.append(f"{headings} first headings")
        # The way in which the last page was left is the first in which this one is seen.
        for look in sorted(self.looks, key=lambda look: look is not self.seen_as):
            name, viewport, theme = look
            if look is not self.seen_as:
                self.page.set_viewport_size(viewport)
                self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                self.seen_as = look
            self.page.evaluate(SETTLED, theme)
            measured = [one for measure in (TOO_WIDE, CUT_OFF) for one in self.page.evaluate(measure)]
            seen = [*self.page.evaluate(JUDGE, RULES), *measured, *self.heard]
            self.heard.clear()
            complaints += [f"{name}: {complaint}" for complaint in seen]
        self.wrong += [f"{urlsplit(address).path}: {complaint}" for complaint in complaints]
