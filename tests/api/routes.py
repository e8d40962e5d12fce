"""Every route of the API: who is behind it, for the tests by strangers and by nobody."""

# Of everybody who is logged in, or (None) of anybody: name → a path
ROUTES = {
    "root": None, "schema": None, "docs": None, "redoc": None,
    "job-list": "/api/jobs/",
    "book-bulk-create": "/api/books/bulk-create",
    "book-list": "/api/books/",
    "book-detail": "/api/books/9780345418913/",
    "author-list": "/api/authors/", "author-detail": "/api/authors/1/", "author-books": "/api/authors/1/books/",
    "person-list": "/api/people/", "person-detail": "/api/people/1/", "person-books": "/api/people/1/books/",
    "subject-list": "/api/subjects/", "subject-detail": "/api/subjects/1/", "subject-books": "/api/subjects/1/books/",
    "order-list": "/api/orders/",
    "playground-list": "/api/playground/",
    "report-list": "/api/reports/",
    "user-generate": "/api/users/generate/",
    "backup-list": "/api/backups/", "backup-detail": "/api/backups/1/",
    "webhook-list": "/api/webhooks/",
    "schedule-list": "/api/schedules/", "schedule-detail": "/api/schedules/1/", "schedule-run": "/api/schedules/1/run/",
}  # fmt: skip
POST_ALONE = {"book-bulk-create", "user-generate", "schedule-run"}
# Of one person: name → (method, a path with the row's key)
OWNED = {
    "job-detail": ("get", "/api/jobs/{}/"),
    "job-cancel": ("post", "/api/jobs/{}/cancel/"),
    "job-retry": ("post", "/api/jobs/{}/retry/"),
    "book-look-up": ("post", "/api/books/{}/look-up/"),
    "order-detail": ("get", "/api/orders/{}/"),
    "order-cancel": ("post", "/api/orders/{}/cancel/"),
    "order-fulfil": ("post", "/api/orders/{}/fulfil/"),
    "report-detail": ("get", "/api/reports/{}/"),
    "report-repositories": ("get", "/api/reports/{}/repositories/"),
    "playground-detail": ("get", "/api/playground/{}/"),
    "report-file": ("get", "/api/reports/{}/file/"),
    "webhook-detail": ("get", "/api/webhooks/{}/"),
    "webhook-deliveries": ("get", "/api/webhooks/{}/deliveries/"),
    "webhook-again": ("post", "/api/webhooks/{}/send-again/"),
}
