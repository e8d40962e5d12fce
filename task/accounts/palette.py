"""What the palette finds of the users, for staff: those that the list of users finds by the same words."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from task.accounts.filters import UserFilter
from task.accounts.models import User
from task.accounts.random_views import UsersListView
from task.face.drawing.icons import icon
from task.face.palette import Found, Row, found_of


def users(request: HttpRequest, text: str) -> Found:
    if not request.user.is_staff:
        return Found()
    found = UserFilter({"q": text}, queryset=UsersListView.queryset.all(), request=request)
    return found_of(found.qs.order_by("-id"), row_of)


def row_of(user: User) -> Row:
    url = f"{reverse('users_list')}?{urlencode({'q': user.email})}"
    state = "random user" if user.is_random else "staff" if user.is_staff else "member"
    return Row(str(user), url, detail=user.email, picture=icon("person"), state=state)
