"""The OpenAPI document of what works."""

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.api.base import AlwaysJson, answer
from apps.api.exception_schemas import CLOSED
from apps.contracts.fields import TEXT_PATTERN


class Schema(APIView):
    """Open to everybody: it says how to ask, and nothing of what is there."""

    authentication_classes = ()
    permission_classes = [AllowAny]
    content_negotiation_class = AlwaysJson

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponseBase:
        """The OpenAPI document."""
        return answer(document())


def document() -> dict[str, Any]:
    """The whole document, whoever asks."""
    generator: Any = SchemaGenerator  # drf-spectacular leaves it untyped
    schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    for operations in schema["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "query":
                    _complete(parameter)
    for name in (*CLOSED, "NotificationsUntil"):
        closed = schema["components"]["schemas"][name]
        closed["additionalProperties"] = False
        for field in closed["properties"].values():
            if "string" in field.get("type", ()) and not {"enum", "format", "pattern"} & field.keys():
                field["pattern"] = TEXT_PATTERN
    return schema


def _complete(parameter: dict[str, Any]) -> None:
    """What `parameters.Parameters` keeps to with every name: an empty value is as good as none, and text can be stored."""
    parameter["allowEmptyValue"] = True
    if parameter["schema"].get("type") == "string" and "enum" not in parameter["schema"]:
        parameter["schema"]["pattern"] = TEXT_PATTERN
