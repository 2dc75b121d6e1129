"""Django's settings, derived from `distsync.env`. What a deployment may change is a variable there, never an edit here."""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from pydantic import ValidationError

from distsync.env import LOG_LEVELS, ROOT, Env, data_folder, explain
from distsync.logs import configure
from distsync.redaction import secrets_of

try:
    ENV = Env()
except ValidationError as error:
    raise ImproperlyConfigured(explain(error)) from None
BASE_DIR: Path = ROOT
DATA_DIR: Path = data_folder()
PRODUCTION = ENV.production
DEBUG = False
# Commands that need no secret run without one; whoever serves without one signs with a key that nobody else knows.
SECRET_KEY = ENV.secret_key or secrets.token_urlsafe(50)
SECRET_KEY_FALLBACKS = ENV.secret_key_fallbacks
ALLOWED_HOSTS = ENV.hosts
CSRF_TRUSTED_ORIGINS = ENV.origins

INSTALLED_APPS = [
    "apps.core",
    "apps.eventlog",
    "apps.partners",
    "apps.accounts",
    "apps.acts",
    "apps.contracts",
    "apps.intake",
    "apps.translation",
    "apps.orders",
    "apps.sla",
    "apps.exceptions",
    "apps.pipeline",
    "apps.delivery",
    "apps.insights",
    "apps.live",
    "apps.api",
    "apps.console",
    "apps.demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "csp",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "apps.core.request_ids.RequestIdMiddleware",
    "apps.core.paths.EncodedSlashMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "apps.core.safety.SafetyMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.core.short_ways.ShortWayMiddleware",
    # From here on for people: what machines post comes no further.
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
SHORT_WAYS = {"/api/v1/events": "apps.intake.views.events"}

ROOT_URLCONF = "distsync.urls"
WSGI_APPLICATION = "distsync.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,  # allauth's own pages, in the elements of templates/allauth
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.console.context.shell",
            ],
            "libraries": {"distsync": "apps.console.templatetags.distsync"},
        },
    }
]


# What PostgreSQL asks of its side of a session's connection: a peer that is silent for 10 seconds is gone.
SERVER_SIDE_TCP = " ".join(
    f"-c tcp_{name}" for name in ("keepalives_idle=3", "keepalives_interval=3", "keepalives_count=3", "user_timeout=10000")
)


def database(url: str) -> dict[str, Any]:
    """A `postgresql://user:password@host:port/name` URL (host may be a percent-encoded socket folder) as Django's dict."""
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "apps.core.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", "")) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or query.get("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # A worker cut off from the network gives its rows back: the server ends what it cannot reach, and what idles.
            "options": f"-c idle_in_transaction_session_timeout=60s -c timezone=UTC {SERVER_SIDE_TCP}",
            # And whoever waits for a server that is gone asks again, instead of for the two hours of the kernel's default.
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,
            "keepalives_idle": 3,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "application_name": "distsync",
        },
        "TEST": {"NAME": "test_distsync"},
    }


DATABASES = {"default": database(ENV.database_url)}
# Migrations and partition upkeep run as the owner of the tables; the application's role owns none of them.
DATABASE_OWNER_URL = ENV.database_owner_url or ENV.database_url
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = ENV.redis_url
CACHES = {
    "default": {
        "BACKEND": "apps.core.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 5,  # a consumer on a connection that died in silence comes back in 11 seconds, not in 51
    "visibility_timeout": 600,
}
CELERY_DB_REUSE_MAX = (
    1_000_000  # else Celery closes the connection around every task: 5.0 against 1.3 ms of PostgreSQL an event
)
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # A run that nobody could take is dropped when the next one is due: they do not pile up behind a worker that was away.
    "seal": {"task": "eventlog.seal", "schedule": 10, "options": {"expires": 10}},
    "partitions": {"task": "eventlog.make_partitions", "schedule": 6 * 3600, "options": {"expires": 3600}},
    "forget": {"task": "accounts.forget_what_is_over", "schedule": 3600, "options": {"expires": 600}},
}

AUTH_USER_MODEL = "accounts.User"
# The first lets nobody in: it keeps out who failed too often.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",  # costs memory as well as time
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "apps.accounts.adapter.ClosedSignupAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
# What one name suffers from all addresses together; the same name from one address is axes' to count.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,50/h/key"}
MFA_ADAPTER = "apps.accounts.adapter.SealedSecretsAdapter"
MFA_FORMS = {
    "authenticate": "apps.accounts.throttle.ThrottledAuthenticateForm",
    "reauthenticate": "apps.accounts.throttle.ThrottledReauthenticateForm",
}
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "apps.accounts.throttle.counted_name"
AXES_CLIENT_IP_CALLABLE = "apps.core.clients.client_address"
AXES_LOCKOUT_CALLABLE = "apps.accounts.throttle.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # else whoever keeps trying keeps the rightful one out
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username"]  # people type passwords into the wrong field

# `__Host-`: the browser keeps such a cookie only from this very host, over TLS, for all paths.
_COOKIE = "__Host-distsync-" if PRODUCTION else "distsync-"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_COOKIE}session", f"{_COOKIE}csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # pages carry the form's token in a field
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # a working day; whoever asks to stay signed in:
ACCOUNT_SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
# Probes come without TLS. Machines are refused without it (apps.core.safety), since a redirect would lose what they send.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$", r"^(api|v1|hooks)/"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
TRUSTED_PROXIES = ENV.proxy_count if ENV.behind_proxy else 0
if ENV.behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src-elem": [SELF],
        "style-src": [SELF],
        "style-src-attr": ["'unsafe-inline'"],  # only because Plotly sets style attributes
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
DEPLOYMENT_TIME_ZONE = ENV.time_zone
DEPLOYMENT_CURRENCY = ENV.currency
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# In production the image holds the collected, hashed and compressed files; a checkout serves `static/` as it lies there.
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
STORAGES = {
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # of a form; the doors read their bodies themselves, to a bound of their own
INTAKE_BODY_LIMIT_BYTES = ENV.body_limit_bytes
INTAKE_BATCH_LIMIT_EVENTS = ENV.batch_limit_events
INTAKE_PENDING_LIMIT = ENV.pending_limit
PIPELINE_HELP_FROM = ENV.help_from
INTAKE_RATE_LIMIT_PER_SECOND = ENV.rate_limit_per_second
METRICS_TOKEN = ENV.metrics_token
DEMO = ENV.demo

# Where notifications' links lead, and how they leave (apps.delivery). Without a mail server e-mail is printed to the terminal
# in development, and in production given up with the reason.
PUBLIC_URL = ENV.url.rstrip("/")
WEBHOOKS_TO_PRIVATE = ENV.webhooks_to_private
EMAIL_IS_SET_UP = bool(ENV.email_host) or not PRODUCTION
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if ENV.email_host else 'console'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = ENV.email_host, ENV.email_port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENV.email_user, ENV.email_password
EMAIL_USE_TLS, EMAIL_USE_SSL = ENV.email_security == "starttls", ENV.email_security == "tls"
DEFAULT_FROM_EMAIL = ENV.email_from

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.api.authentication.BearerAuthentication",
        "apps.api.authentication.SessionAuthentication401",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.api.problems.handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "DistSync API",
    "DESCRIPTION": "Orders, their legs and messages, as every system told them.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "OAS_VERSION": "3.1.1",
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "apps.api.vocabulary.STATUSES",
        "LegStatus": "apps.api.vocabulary.LEG_STATUSES",
        "Overlay": "apps.api.vocabulary.OVERLAYS",
        "MoneyState": "apps.api.vocabulary.MONEY",
        "MessageState": "apps.api.vocabulary.MESSAGE_STATES",
        "ExceptionState": "apps.exceptions.cases.STATES",
        "Severity": "apps.api.vocabulary.SEVERITIES",
        "Resolution": "apps.api.exception_schemas.REASON_CODES",
        "JobState": "apps.api.vocabulary.JOB_STATES",
    },
}

LOGGING = configure(
    ENV.log_level if ENV.log_level in LOG_LEVELS else "INFO",
    as_json=ENV.logs_as_json,
    traffic=ENV.logs_traffic,
    secrets=secrets_of(
        SECRET_KEY,
        *SECRET_KEY_FALLBACKS,
        ENV.metrics_token,
        ENV.email_password,
        ENV.database_url,
        ENV.database_owner_url,
        ENV.redis_url,
    ),
)
