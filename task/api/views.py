"""What is at `/api/`: the addresses of the lists."""

from typing import Any

from django.urls import get_resolver
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView


class Root(APIView):
    permission_classes = [AllowAny]
    throttle_classes: list[Any] = []

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """The addresses of the API by name. `docs` is for people."""
        names = get_resolver().namespace_dict["api"][1].reverse_dict
        without = [name for name in names if isinstance(name, str) and not names.getlist(name)[0][0][0][1]]
        return Response({name: reverse(f"api:{name}", request=request) for name in sorted(without) if name != "root"})
