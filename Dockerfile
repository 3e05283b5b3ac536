# One image for the web, the worker, the scheduler and the migration; the command tells them apart.
FROM python:3.12-slim AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/base.txt

FROM python:3.12-slim
# Pango lays out the PDF files; harfbuzz-subset makes that ten times as fast. curl is the health check.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/postloan --shell /usr/sbin/nologin postloan
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=postloan.settings \
    VAR_DIR=/srv/postloan/var \
    STATIC_ROOT=/srv/postloan/static \
    STATICFILES_BACKEND=whitenoise.storage.CompressedManifestStaticFilesStorage \
    WHITENOISE_USE_FINDERS=false
WORKDIR /srv/postloan/app
COPY . .
# The files under var/ (uploads, deliveries) are a volume; everything else is read-only to the service.
RUN mkdir -p "$VAR_DIR" \
    && python manage.py collectstatic --noinput \
    && chown -R postloan "$VAR_DIR"
USER postloan
VOLUME /srv/postloan/var
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["curl", "--fail", "--silent", "--show-error", "--header", "X-Forwarded-Proto: https", \
         "http://localhost:8000/healthz"]
CMD ["gunicorn", "postloan.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", \
     "--no-control-socket", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-", "--timeout", "60"]
