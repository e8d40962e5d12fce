from django.urls import include, path

from task.books import holding_views, shelves, views
from task.books.bulk_api import BulkCreateView
from task.books.by_hand import views as by_hand
from task.books.carts import actions, sending
from task.books.covers import views as covers
from task.books.photos import views as photos
from task.books.standing import views as standing

urlpatterns = [
    path("books/", shelves.BooksView.as_view(), name="books_list"),
    path("books/bulk-create", BulkCreateView.as_view(), name="books_bulk_create"),
    path("books/new/", by_hand.NewBookView.as_view(), name="book_new"),
    path("books/suggest/<str:kind>/", by_hand.SuggestView.as_view(), name="books_suggest"),
    path("books/scan/", photos.with_camera(views.ScanView.as_view()), name="books_scan"),
    path("books/scans/", sending.SendView.as_view(), name="scans_send"),
    path("books/scans/<int:pk>/undo/", actions.UndoView.as_view(), name="scan_undo"),
    path("books/scans/<int:pk>/put-back/", actions.PutBackView.as_view(), name="scan_put_back"),
    path("books/scans/<int:pk>/mend/", actions.MendView.as_view(), name="scan_mend"),
    path("books/scans/<int:pk>/dismiss/", actions.DismissView.as_view(), name="scan_dismiss"),
    path("books/scans/<int:pk>/add-copy/", actions.AddCopyView.as_view(), name="scan_add_copy"),
    path("books/scans/<int:pk>/try-again/", actions.TryAgainView.as_view(), name="scan_try_again"),
    path("books/files/", include("task.books.files.urls")),
    path("books/photos/<uuid:uuid>/", photos.PhotoView.as_view(), name="photo"),
    path("books/lookup/", views.LookUpAllView.as_view(), name="books_lookup"),
    path("books/removed/", holding_views.RemovedView.as_view(), name="books_removed"),
    path("books/<str:isbn>/edit/", by_hand.EditBookView.as_view(), name="book_edit"),
    path("books/<str:isbn>/history/<int:pk>/take-back/", by_hand.RevertView.as_view(), name="book_revert"),
    path("books/<str:isbn>/copies/", holding_views.CopiesView.as_view(), name="book_copies"),
    path("books/<str:isbn>/cover/", covers.OwnCoverView.as_view(), name="book_cover"),
    path("books/<str:isbn>/holding/", holding_views.HoldingView.as_view(), name="book_holding"),
    path("books/<str:isbn>/remove/", holding_views.RemoveView.as_view(), name="book_remove"),
    path("books/<str:isbn>/put-back/", holding_views.PutBackView.as_view(), name="book_put_back"),
    path("books/<str:isbn>/", views.BookView.as_view(), name="book_detail"),
    path("books/<str:isbn>/lookup/", views.LookUpView.as_view(), name="book_lookup"),
    path("covers/<slug:kind>/<slug:digest>-<slug:size>.webp", covers.cover, name="cover"),
    path("exports/", include("task.books.exports.urls")),
    path("carts/", include("task.books.carts.urls")),
    path("sources/", standing.SourcesView.as_view(), name="sources_list"),
    path("sources/try/", standing.TryView.as_view(), name="sources_try"),
    path("sources/<slug:key>/pause/", standing.SwitchView.as_view(pauses=True), name="source_pause"),
    path("sources/<slug:key>/resume/", standing.SwitchView.as_view(), name="source_resume"),
    path("sources/<slug:key>/move/", standing.MoveView.as_view(), name="source_move"),
    path("sources/<slug:key>/raw/<str:isbn>/", standing.RawView.as_view(), name="source_raw"),
    path("", include("task.books.merging.urls")),
    path("authors/", shelves.AuthorsView.as_view(), name="authors_list"),
    path("authors/<int:pk>/", shelves.AuthorView.as_view(), name="author_detail"),
    path("people/", shelves.PeopleView.as_view(), name="people_list"),
    path("people/<int:pk>/", shelves.PersonView.as_view(), name="person_detail"),
    path("subjects/", shelves.SubjectsView.as_view(), name="subjects_list"),
    path("subjects/<int:pk>/", shelves.SubjectView.as_view(), name="subject_detail"),
]
