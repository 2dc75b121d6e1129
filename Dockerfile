# The production image: one for web, worker, beat and the jobs. Built in two stages, so that no tool of the build is in it.
FROM python:3.11-slim AS build
WORKDIR /opt/distsync
RUN python -m venv .venv
COPY requirements/bootstrap.txt requirements/runtime.txt requirements/
RUN .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
    && .venv/bin/uv pip sync --no-cache --require-hashes --compile-bytecode --python .venv/bin/python requirements/runtime.txt \
    && .venv/bin/pip uninstall --yes uv
COPY manage.py ./
COPY apps apps
COPY distsync distsync
COPY static static
COPY templates templates
RUN DISTSYNC_PRODUCTION=1 .venv/bin/python manage.py collectstatic --noinput

FROM python:3.11-slim
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin distsync \
    && install --directory --owner distsync --group distsync /var/lib/distsync
WORKDIR /opt/distsync
COPY --from=build /opt/distsync ./
ENV PATH=/opt/distsync/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DISTSYNC_PRODUCTION=1 \
    DISTSYNC_DEMO=off \
    DISTSYNC_DATA=/var/lib/distsync \
    DISTSYNC_BIND=0.0.0.0:8000
USER distsync
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-m", "distsync.stack", "ready"]
CMD ["gunicorn", "--config", "python:distsync.gunicorn", "distsync.wsgi"]
