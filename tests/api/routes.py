"""Every route of the API: who is behind it, for the tests by strangers and by nobody."""

NOBODYS = "00000000-0000-0000-0000-000000000000"
# Of everybody who is logged in, or (None) of anybody: name → a path
ROUTES = {
    "root": None, "schema": None, "docs": None, "redoc": None,
    "job-list": "/api/jobs/",
    "book-bulk-create": "/api/books/bulk-create", "file-list": "/api/books/files/",
    "book-list": "/api/books/", "book-facets": "/api/books/facets/",
    "book-detail": "/api/books/9780345418913/", "book-history": "/api/books/9780345418913/history/",
    "author-list": "/api/authors/", "author-detail": "/api/authors/1/", "author-books": "/api/authors/1/books/",
    "person-list": "/api/people/", "person-detail": "/api/people/1/", "person-books": "/api/people/1/books/",
    "subject-list": "/api/subjects/", "subject-detail": "/api/subjects/1/", "subject-books": "/api/subjects/1/books/",
    "book-removed": "/api/books/removed/",
    "book-cover": "/api/books/9780345418913/cover/",
    "book-copies": "/api/books/9780345418913/copies/", "book-location": "/api/books/9780345418913/location/",
    "book-remove": "/api/books/9780345418913/remove/", "book-put-back": "/api/books/9780345418913/put-back/",
    "export-list": "/api/exports/",
    "cart-list": "/api/carts/", "scan-list": "/api/scans/",
    "order-list": "/api/orders/",
    "playground-list": "/api/playground/",
    "report-list": "/api/reports/",
    "user-generate": "/api/users/generate/",
    "backup-list": "/api/backups/", "backup-detail": "/api/backups/1/",
    "webhook-list": "/api/webhooks/",
    "backup-file": "/api/backups/1/file/",
    "book-look-up-all": "/api/books/look-up/",
    "profile": "/api/profile/", "first-steps": "/api/first-steps/",
    "user-list": "/api/users/", "user-batch-list": "/api/users/batches/",
    "user-batch-detail": "/api/users/batches/1/", "user-batch-users": "/api/users/batches/1/users/",
    "sign-up": "/api/users/sign-up/", "invitation-list": "/api/users/invitations/",
    "invitation-detail": f"/api/users/invitations/{NOBODYS}/",
    "invitation-withdraw": f"/api/users/invitations/{NOBODYS}/withdraw/",
    "email-list": "/api/emails/", "email-test": "/api/emails/test/", "job-plug": f"/api/jobs/{NOBODYS}/plug/",
    "source-list": "/api/sources/", "source-detail": "/api/sources/k10plus/", "source-try": "/api/sources/try/",
    "source-raw": "/api/sources/k10plus/raw/9780345418913/",
    "schedule-kinds": "/api/schedules/kinds/",
    "schedule-list": "/api/schedules/", "schedule-detail": "/api/schedules/1/", "schedule-run": "/api/schedules/1/run/",
}  # fmt: skip
POST_ALONE = {
    "book-copies", "book-location", "book-remove", "book-put-back", "scan-list",
    "book-bulk-create", "book-look-up-all", "user-generate", "schedule-run", "invitation-withdraw", "email-test",
    "job-plug", "source-try",
}  # fmt: skip
# Of one person: name → (method, a path with the row's key)
OWNED = {
    "cart-detail": ("get", "/api/carts/{}/"),
    "cart-scans": ("get", "/api/carts/{}/scans/"),
    **{
        f"cart-{name}": ("post", f"/api/carts/{{}}/{name}/")
        for name in ("edit", "finish", "go-on", "try-again", "undo")
    },
    "scan-detail": ("get", "/api/scans/{}/"),
    **{
        f"scan-{name}": ("post", f"/api/scans/{{}}/{name}/")
        for name in ("undo", "put-back", "mend", "dismiss", "add-copy", "try-again")
    },
    "job-detail": ("get", "/api/jobs/{}/"),
    "job-cancel": ("post", "/api/jobs/{}/cancel/"),
    "job-retry": ("post", "/api/jobs/{}/retry/"),
    "job-dismiss": ("post", "/api/jobs/{}/dismiss/"),
    "job-emails": ("get", "/api/jobs/{}/emails/"),
    "email-detail": ("get", "/api/emails/{}/"),
    "book-revert": ("post", "/api/books/{}/take-back/"),
    "book-look-up": ("post", "/api/books/{}/look-up/"),
    "export-detail": ("get", "/api/exports/{}/"),
    "export-file": ("get", "/api/exports/{}/file/"),
    "file-detail": ("get", "/api/books/files/{}/"),
    "file-read": ("post", "/api/books/files/{}/read/"),
    "file-refused": ("get", "/api/books/files/{}/refused/"),
    "file-mend": ("post", "/api/books/files/{}/mend/"),
    "file-add": ("post", "/api/books/files/{}/add/"),
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

# What a page does, by the name of its address → the route that does it for programs
TWINS = {
    "backup_new": "backup-list",
    "batch_delete": "user-batch-detail",
    "book_edit": "book-detail", "book_lookup": "book-look-up", "book_new": "book-list",
    "books_bulk_create": "book-bulk-create", "books_lookup": "book-look-up-all",
    "books_scan": "book-bulk-create",
    "book_cover": "book-cover", "book_copies": "book-copies", "book_holding": "book-copies",
    "book_revert": "book-revert",
    "book_put_back": "book-put-back", "book_remove": "book-remove",
    "cart_edit": "cart-edit", "cart_finish": "cart-finish", "cart_go_on": "cart-go-on", "cart_mend": "scan-mend",
    "cart_new": "cart-list", "cart_try_again": "cart-try-again", "cart_undo": "cart-undo",
    "scan_add_copy": "scan-add-copy", "scan_dismiss": "scan-dismiss", "scan_mend": "scan-mend",
    "scan_put_back": "scan-put-back", "scan_try_again": "scan-try-again", "scan_undo": "scan-undo",
    "scans_send": "scan-list",
    "emails_test": "email-test",
    "first_steps_dismiss": "first-steps", "first_steps_show": "first-steps",
    "export_delete": "export-detail", "export_new": "export-list",
    "file_new": "file-list", "file_read": "file-read", "file_add": "file-add",
    "file_mend": "file-mend",
    "generate": "user-generate",
    "invitation_withdraw": "invitation-withdraw", "invitations": "invitation-list", "signup_switch": "sign-up",
    "job_cancel": "job-cancel", "job_dismiss": "job-dismiss", "job_kill_runner": "job-plug", "job_retry": "job-retry",
    "order_cancel": "order-cancel", "order_fulfil": "order-fulfil", "order_new": "order-list",
    "playground": "playground-list",
    "profile": "profile",
    "report_delete": "report-detail", "report_new": "report-list",
    "schedule_new": "schedule-list", "schedule_run": "schedule-run", "schedule_switch": "schedule-detail",
    "source_pause": "source-detail", "source_resume": "source-detail", "sources_try": "source-try",
    "webhook_again": "webhook-again", "webhook_delete": "webhook-detail", "webhook_new": "webhook-list",
    "webhook_switch": "webhook-detail",
}  # fmt: skip
# Sessions, passwords and what lets somebody in are a browser's business, and so is how pages look
NO_TWINS = {
    "login", "logout", "password_change", "password_reset", "password_reset_confirm",
    "signup", "signup_finish", "invited", "token_new", "token_revoke", "theme",
}  # fmt: skip
