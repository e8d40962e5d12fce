"""The small picture of a photo, for its owner and staff."""

from uuid import UUID

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.views import View

from task.books.photos.models import Photo


class PhotoView(LoginRequiredMixin, View):
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, uuid: UUID) -> HttpResponse:
        small = Photo.objects.seen_by(request.user).filter(uuid=uuid).values_list("small", flat=True).first()
        if not small:
            raise Http404("No such photo.")
        headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
        return HttpResponse(bytes(small), content_type="image/jpeg", headers=headers)
