"""Random users for programs: making them, listing them, and (staff) deleting a batch."""

from typing import Any, ClassVar

from django.contrib.auth.hashers import make_password
from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from task.accounts.filters import UserFilter
from task.accounts.forms import FEWEST, MOST, GenerateForm
from task.accounts.models import User, UserBatch, UserQuerySet
from task.accounts.random_users import LARGEST_BATCH
from task.accounts.random_views import GONE, STILL_MADE, BeingDeleted, UsersListView, set_deleting
from task.accounts.tasks import delete_random_users, generate_random_users
from task.jobs.models import Job, unlisted
from task.jobs.pages.api import IDEMPOTENCY_KEY, PROBLEMS, WAIT, JobRequest, JobSerializer
from task.kit.api import FormRequest, ProblemSerializer, StaffOnly, WholeNumber, reader_of, refusal

REFUSED = {409: OpenApiResponse(ProblemSerializer, "It is still being made, or already deleted.")}
EXAMPLE = OpenApiExample("Two hundred users", {"total": 200}, request_only=True)


# Users


class UserSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields: ClassVar[Any] = [
            "id", "username", "email", "first_name", "last_name", "is_random", "is_staff", "date_joined",
        ]  # fmt: skip
        read_only_fields: ClassVar[Any] = fields


class UserViewSet(mixins.ListModelMixin, GenericViewSet[User]):
    serializer_class = UserSerializer
    filterset_class = UserFilter
    sorts: ClassVar[dict[str, tuple[str, ...]]] = UsersListView.sorts
    queryset = User.objects.none()

    def get_queryset(self) -> UserQuerySet:
        users: UserQuerySet = UsersListView.queryset.all()
        return users if reader_of(self.request).is_staff else users.random()

    @extend_schema(responses={200: UserSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The random users; for staff everyone."""
        return super().list(request, *args, **kwargs)


# Making them


class GenerateRequest(FormRequest):
    form_class = GenerateForm

    total = WholeNumber(least=FEWEST, most=LARGEST_BATCH, help_text=f"At most {MOST} unless you are staff.")
    password = serializers.CharField(
        required=False, max_length=128, trim_whitespace=False, help_text="Staff: one password for all of them."
    )


class GenerateView(APIView):
    @extend_schema(
        request=GenerateRequest, responses={202: JobSerializer, **PROBLEMS}, parameters=[IDEMPOTENCY_KEY, WAIT],
        examples=[EXAMPLE],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Make random users, by a job."""
        asked = JobRequest(request)
        if first := asked.before():
            return first
        is_staff = reader_of(request).is_staff
        wanted: dict[str, Any] = GenerateRequest(data=request.data).form(staff=is_staff).cleaned_data
        password = wanted.get("password")
        password_hash = make_password(password) if password else ""

        def save(job: Job) -> None:
            UserBatch.objects.create(job=job, owner=job.owner, total=wanted["total"], password=password_hash)

        return asked.start(generate_random_users, {"total": wanted["total"]}, save)


# Batches


class BatchSerializer(serializers.ModelSerializer[UserBatch]):
    url = serializers.HyperlinkedIdentityField(view_name="api:user-batch-detail")
    users = serializers.HyperlinkedIdentityField(view_name="api:user-batch-users")
    job = serializers.UUIDField(source="job_id", help_text="The id of the job that makes its users.")
    requested_by = serializers.SerializerMethodField(help_text="Null once that account is gone.")

    class Meta:
        model = UserBatch
        fields: ClassVar[Any] = ["id", "url", "users", "job", "requested_by", "total", "made", "created", "deleted"]
        read_only_fields: ClassVar[Any] = fields

    def get_requested_by(self, batch: UserBatch) -> str | None:
        return str(batch.owner) if batch.owner else None


class BatchViewSet(ReadOnlyModelViewSet[UserBatch]):
    permission_classes = [StaffOnly]
    serializer_class = BatchSerializer
    sorts: ClassVar[dict[str, tuple[str, ...]]] = {"newest": ("-id",), "oldest": ("id",)}
    queryset = UserBatch.objects.select_related("owner", "job").defer(
        "password", "owner__password", *unlisted("job")
    )  # fmt: skip

    @extend_schema(responses={200: BatchSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All batches of random users."""
        return super().list(request, *args, **kwargs)

    @extend_schema(responses={200: BatchSerializer, **PROBLEMS})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One batch."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(responses={202: JobSerializer, **REFUSED, **PROBLEMS}, parameters=[IDEMPOTENCY_KEY, WAIT])
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete its users, by a job."""
        batch, asked = self.get_object(), JobRequest(request)
        if first := asked.before():
            return first
        if batch.is_being_made:
            return refusal(409, STILL_MADE)
        try:
            return asked.start(delete_random_users, {"batch": batch.pk}, lambda job: set_deleting(batch, job))
        except BeingDeleted:
            return asked.before() or refusal(409, GONE)


class BatchUsersViewSet(mixins.ListModelMixin, GenericViewSet[User]):
    serializer_class = UserSerializer
    sorts: ClassVar[dict[str, tuple[str, ...]]] = UsersListView.batch_sorts
    queryset = User.objects.none()

    def get_queryset(self) -> UserQuerySet:
        batch = get_object_or_404(UserBatch.objects.defer("password"), pk=self.kwargs["pk"])
        users: UserQuerySet = UsersListView.queryset.filter(batch=batch.pk)
        return users

    @extend_schema(responses={200: UserSerializer(many=True), **PROBLEMS})
    @action(detail=True, methods=["get"])
    def users(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The random users of a batch."""
        return super().list(request, *args, **kwargs)


urlpatterns = [
    path("users/", UserViewSet.as_view({"get": "list"}), name="user-list"),
    path("users/generate/", GenerateView.as_view(), name="user-generate"),
    path("users/batches/", BatchViewSet.as_view({"get": "list"}), name="user-batch-list"),
    path(
        "users/batches/<int:pk>/",
        BatchViewSet.as_view({"get": "retrieve", "delete": "destroy"}),
        name="user-batch-detail",
    ),
    path("users/batches/<int:pk>/users/", BatchUsersViewSet.as_view({"get": "users"}), name="user-batch-users"),
]
