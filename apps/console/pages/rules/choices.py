"""Names that a field of a rule may be filled with: those that are known. A rule may name others, which come later."""

from apps.partners.models import Partner, Region, Site

LIMIT = 500


def choices() -> dict[str, list[str]]:
    """Codes by field, up to LIMIT each."""
    return {
        "partner": [*Partner.objects.order_by("code").values_list("code", flat=True)[:LIMIT]],
        "site": [*Site.objects.order_by("code").values_list("code", flat=True)[:LIMIT]],
        "region": [*Region.objects.order_by("code").values_list("code", flat=True)[:LIMIT]],
    }
