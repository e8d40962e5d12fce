"""What a person does to one row of a cart: a button each, on the scan page and on the cart's."""

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views import View

from task.books.again import look_up_again
from task.books.carts import accept as carts
from task.books.carts import undo
from task.books.carts.large import forget
from task.books.carts.models import TEXT, Scan
from task.kit.redirects import redirect_back


class RowAction(LoginRequiredMixin, View):
    """Its owner's and the staff's; for anybody else the row is not there. Back to the field `next`."""

    http_method_names = ["post"]
    too_late = ""  # a sentence, when the row has changed meanwhile

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        scan = get_object_or_404(Scan.objects.seen_by(request.user).select_related("owner", "cart", "book"), pk=pk)
        if not self.do(scan) and self.too_late:
            messages.info(request, self.too_late)
        forget(scan.cart_id)
        return redirect_back(request, reverse("books_scan"))

    def do(self, scan: Scan) -> bool:
        """False: it did nothing."""
        raise NotImplementedError


class UndoView(RowAction):
    """What must stay is told on the row."""

    def do(self, scan: Scan) -> bool:
        return bool(undo.undo([scan.pk], self.request.user))


class PutBackView(RowAction):
    too_late = "This scan can't be put back any more. Scan the book again."

    def do(self, scan: Scan) -> bool:
        return not scan.undone or undo.put_back(scan, self.request.user)


class MendView(RowAction):
    too_late = "This scan was mended already."

    def do(self, scan: Scan) -> bool:
        text = self.request.POST.get("text", "")[:TEXT]
        return not text.strip() or carts.mend(scan, text)


class DismissView(RowAction):
    too_late = "This scan was mended already."

    def do(self, scan: Scan) -> bool:
        return bool(scan.dismissed) or carts.dismiss(scan)


class AddCopyView(RowAction):
    def do(self, scan: Scan) -> bool:
        return carts.add_copy(scan, self.request.user)


class TryAgainView(RowAction):
    too_late = "There is nothing to look up again."

    def do(self, scan: Scan) -> bool:
        return scan.book is not None and look_up_again([scan.book], self.request.user) is not None
