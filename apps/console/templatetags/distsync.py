"""Template tags of the console: times, chips, icons, quantities, truncated identifiers. All text is escaped."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.console import words
from apps.console.times import Instant

register = template.Library()

LONGEST_UNBROKEN = 36  # a longer one would run over its column


@register.simple_tag(takes_context=True)
def when(context: RequestContext, moment: datetime | Instant | None, empty: str = "") -> SafeString | str:
    """A time as its distance from now; the exact one in the tooltip."""
    instant = _instant(context, moment)
    if instant is None:
        return empty
    return format_html('<time datetime="{}" title="{}">{}</time>', instant.iso, instant.exact, instant.relative)


@register.simple_tag(takes_context=True)
def at(context: RequestContext, moment: datetime | Instant | None, empty: str = "") -> SafeString | str:
    """A time on the calendar, in the reader's zone; the exact one in the tooltip."""
    instant = _instant(context, moment)
    if instant is None:
        return empty
    return format_html('<time datetime="{}" title="{}">{}</time>', instant.iso, instant.exact, instant.short)


def _instant(context: RequestContext, moment: datetime | Instant | None) -> Instant | None:
    if moment is None or isinstance(moment, Instant):
        return moment
    found: Instant = context["clock"].instant(moment)
    return found


@register.simple_tag
def icon(name: str, css: str = "icon") -> SafeString:
    """A decorative icon of the sprite; whoever uses it alone gives its button a name."""
    sprite = static("vendor/lucide/icons.svg")
    return format_html('<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#i-{}"/></svg>', css, sprite, name)


@register.simple_tag
def chip(shown: words.Chip) -> SafeString:
    if shown.title:
        return format_html('<span class="chip {}" title="{}">{}</span>', shown.tone, shown.title, shown.word)
    return format_html('<span class="chip {}">{}</span>', shown.tone, shown.word)


@register.filter
def quantity(amount: Decimal) -> str:
    return words.quantity(amount)


@register.filter
def middle(text: str, most: int = 18) -> str:
    return words.middle(text, most)


@register.filter
def unbroken(text: str) -> SafeString:
    """A sentence whose identifiers stay in one piece where it is broken into lines."""
    parts = [
        format_html('<span class="nowrap">{}</span>', word) if "-" in word and len(word) <= LONGEST_UNBROKEN else word
        for word in text.split(" ")
    ]
    return format_html_join(" ", "{}", ((part,) for part in parts))


@register.simple_tag
def copyable(text: str, most: int = 22) -> SafeString:
    """An identifier that a click copies; a long one keeps its beginning and its end."""
    return format_html(
        '<button type="button" class="copy mono" data-copy="{}" title="Copy {}">{}</button>',
        text,
        text,
        words.middle(text, most),
    )
