"""The OpenAPI document of what works."""

from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.api.base import AlwaysJson, answer


class Schema(APIView):
    """Open to everybody: it says how to ask, and nothing of what is there."""

    authentication_classes: ClassVar[list[Any]] = []
    permission_classes = [AllowAny]
    content_negotiation_class = AlwaysJson

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponseBase:
        """The OpenAPI document."""
        return answer(document())


def document() -> dict[str, Any]:
    """The whole document, whoever asks."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema
