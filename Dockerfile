# One image for release, web, worker and beat: bin/process runs that line of the Procfile.
FROM python:3.13.7-slim-trixie AS build
WORKDIR /srv/desk
COPY requirements.txt ./
RUN python -m venv --without-pip .venv && \
    pip --python .venv/bin/python install --no-cache-dir --no-input --disable-pip-version-check \
        --require-hashes --only-binary :all: --requirement requirements.txt
COPY . .
# A key for this one command, and for localhost alone: the desk's own never comes into an image.
RUN mkdir -p /var/lib/desk/media /var/lib/desk/backups && \
    .venv/bin/python -m compileall -q celerytask task && \
    SECRET_KEY=build ALLOWED_HOSTS=localhost SITE_URL=http://localhost VAR_DIR=/var/lib/desk \
        .venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.13.7-slim-trixie
# PostgreSQL's client is for backups, and must not be older than the server. Debian keeps one version of it.
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install -y --no-install-recommends postgresql-client && \
    rm -rf /var/lib/apt/lists/* && \
    pip uninstall --yes --quiet --root-user-action ignore pip && \
    useradd --uid 10001 --user-group --home-dir /var/lib/desk --shell /usr/sbin/nologin desk
COPY --from=build /srv/desk /srv/desk
COPY --from=build --chown=desk:desk /var/lib/desk /var/lib/desk
WORKDIR /srv/desk
ENV PATH=/srv/desk/.venv/bin:$PATH VAR_DIR=/var/lib/desk PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 8000
# Worker and beat have no door to knock at: compose.yaml switches it off for them.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 8000)}/healthz', timeout=4)"]
ENTRYPOINT ["bin/process"]
CMD ["web"]
