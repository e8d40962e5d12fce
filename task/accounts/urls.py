from django.urls import path
from django.views.generic import RedirectView

from task.accounts import invitation_views, random_views, sign_up_views, views

urlpatterns = [
    path("accounts/signup/", sign_up_views.sign_up, name="signup"),
    path("accounts/signup/sent/", sign_up_views.SentView.as_view(), name="signup_sent"),
    path("accounts/signup/finish/<token>/", sign_up_views.FinishView.as_view(), name="signup_finish"),
    path("accounts/invitation/<token>/", sign_up_views.InvitedView.as_view(), name="invited"),
    path("accounts/login/", views.LoginView.as_view(), name="login"),
    path("accounts/logout/", views.LogoutView.as_view(), name="logout"),
    path("accounts/password_reset/", views.PasswordResetView.as_view(), name="password_reset"),
    path("accounts/password_reset/done/", views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "accounts/reset/<uidb64>/<token>/",
        views.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
    path("accounts/reset/done/", views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("accounts/profile/", views.ProfileView.as_view(), name="profile"),
    path("accounts/password_change/", views.PasswordChangeView.as_view(), name="password_change"),
    # Before the administration's own, which would let anybody guess the current password.
    path("admin/password_change/", RedirectView.as_view(pattern_name="password_change")),
    path("generate/", random_views.GenerateView.as_view(), name="generate"),
    path("generate/batches/<int:pk>/delete/", random_views.BatchDeleteView.as_view(), name="batch_delete"),
    path("users/invitations/", invitation_views.InvitationsView.as_view(), name="invitations"),
    path("users/invitations/<uuid:pk>/withdraw/", invitation_views.WithdrawView.as_view(), name="invitation_withdraw"),
    path("users/invitations/sign-up/", invitation_views.SignUpView.as_view(), name="signup_switch"),
    path("users/", random_views.UsersListView.as_view(), name="users_list"),
]
