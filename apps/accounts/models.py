"""Who may use DistSync: people with a role, their API tokens (only the hash is kept) and the views they saved."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts.roles import Role


class Theme(models.TextChoices):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class User(AbstractUser):
    """A person. `partner` is the code of the 3PL, carrier or supplier whose rows a partner user sees; `team` the queue
    that a person works; `time_zone` an IANA name, empty for the deployment's."""

    role = models.TextField(choices=[(role.value, role.value) for role in Role], default=Role.CUSTOMER_SERVICE.value)
    partner = models.TextField(blank=True, default="")
    team = models.TextField(blank=True, default="")
    time_zone = models.TextField(blank=True, default="")
    theme = models.TextField(choices=Theme, default=Theme.SYSTEM)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=[role.value for role in Role]), name="user_role_is_known"),
            models.CheckConstraint(
                condition=~models.Q(role=Role.PARTNER.value) | ~models.Q(partner=""), name="user_of_a_partner_names_it"
            ),
        ]


class ApiToken(models.Model):
    """A `dsu_…` token of a user. `digest` is its SHA-256; the token itself is shown once and never stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.TextField(blank=True, default="")
    digest = models.BinaryField(unique=True, max_length=32)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user.username}: {self.name or self.pk}"


class SavedView(models.Model):
    """A page's filters under a name, as the query string of its URL. `shared` shows it to everybody."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    page = models.TextField()
    name = models.TextField()
    query = models.TextField(blank=True, default="")
    shared = models.BooleanField(default=False)

    class Meta:
        ordering = ["page", "name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_view_name_is_unique_per_page")]

    def __str__(self) -> str:
        return f"{self.page}: {self.name}"
