"""What is at `/api/`: the addresses of the lists."""

from functools import lru_cache
from typing import Any

from django.urls import get_resolver
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from task.kit.api_throttles import Throttle


@lru_cache(maxsize=1)
def schema() -> Any:
    """Put together once a process: it takes longer than any page."""
    return spectacular_settings.DEFAULT_GENERATOR_CLASS().get_schema(request=None, public=True)


class SchemaView(SpectacularAPIView):
    """The schema of the API (OpenAPI 3)."""

    authentication_classes = []
    throttle_classes = [Throttle]

    def _get_schema_response(self, request: Request) -> Response:
        return Response(data=schema())


class Root(APIView):
    permission_classes = [AllowAny]
    throttle_classes: list[Any] = []

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """The addresses of the API by name. `docs` is for people."""
        patterns: list[Any] = get_resolver().namespace_dict["api"][1].url_patterns
        names = sorted(each.name for each in patterns if each.name != "root" and "<" not in str(each.pattern))
        return Response({name: reverse(f"api:{name}", request=request) for name in names})
