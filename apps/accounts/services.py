"""What an administrator does to accounts and tokens, and how a token becomes its user."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.accounts.models import ApiToken, User
from apps.accounts.roles import Role
from apps.accounts.throttle import unlock
from apps.core.errors import Conflict, NotFound, Unauthenticated, Unreadable
from apps.core.guessing import note_good, note_guess, refuse_guessing
from apps.core.tokens import USER_PREFIX, digest_of, is_token_of, new_token

OVERLAP = timedelta(hours=24)
USE_IS_NOTED_EVERY = timedelta(minutes=1)


def find_user(name: str) -> User:
    """The user of that name. Raises NotFound."""
    user = User.objects.filter(username=name).first()
    if user is None:
        raise NotFound(f"There is no user {name!r}. `manage.py user list` shows those that there are.")
    return user


def create_user(name: str, *, role: Role, team: str = "", partner: str = "", password: str | None = None) -> User:
    """A new user; without a password one that can only use tokens. Raises Conflict for a name in use, Unreadable for
    a name that cannot be one, and for a partner's user without the partner."""
    user = User(username=name, role=role.value, team=team, partner=partner)
    user.set_password(password)
    _refuse_role_without_partner(user)
    try:
        user.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise Unreadable(f"{name!r} cannot be a user's name: {' '.join(error.messages)}") from error
    taken = Conflict(f"There is already a user {name!r}. Choose another name, or change it with `user set-role`.")
    if User.objects.filter(username__iexact=name).exists():
        raise taken  # the login does not tell Mia from mia
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise taken from error
    return user


def set_password(user: User, password: str) -> None:
    """Give the user another password, which ends every session; failed logins under the name are forgotten."""
    user.set_password(password)
    user.save(update_fields=["password"])
    unlock(user.username)


def set_active(user: User, *, active: bool) -> None:
    """Let the user in or keep them out, sessions and tokens included. Nothing of theirs is deleted."""
    user.is_active = active
    user.save(update_fields=["is_active"])


def set_role(user: User, *, role: Role, team: str | None = None, partner: str | None = None) -> None:
    """Give the user another role; `team` and `partner` stay where they are None. Raises Unreadable as `create_user`."""
    user.role = role.value
    user.team = user.team if team is None else team
    user.partner = user.partner if partner is None else partner
    _refuse_role_without_partner(user)
    user.save(update_fields=["role", "team", "partner"])


def _refuse_role_without_partner(user: User) -> None:
    if user.role == Role.PARTNER and not user.partner:
        raise Unreadable("A user with the role partner needs to know whose rows to see: give --partner.")


def issue_token(user: User, *, name: str = "", expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A new token of the user: its row, and the token itself, which can be read only here."""
    token = new_token(USER_PREFIX)
    return ApiToken.objects.create(user=user, name=name, digest=digest_of(token), expires_at=expires_at), token


def rotate_token(number: int, *, now: datetime, overlap: timedelta = OVERLAP) -> tuple[ApiToken, str]:
    """A new token in place of one that stays valid for `overlap` more, with its name, and a life as long as that one's
    was. Raises NotFound for a number that no token has, Conflict for one that has ended."""
    with transaction.atomic():
        row = ApiToken.objects.select_for_update(of=["self"]).select_related("user").filter(pk=number).first()
        if row is None:
            raise _no_token(number)
        if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
            raise Conflict(f"Token {number} has ended. `manage.py token create {row.user.username}` makes a new one.")
        life = None if row.expires_at is None else row.expires_at - row.created_at
        row.expires_at = min(row.expires_at or now + overlap, now + overlap)
        row.save(update_fields=["expires_at"])
        return issue_token(row.user, name=row.name, expires_at=None if life is None else now + life)


def user_of_token(token: str, *, now: datetime, address: str | None = None) -> User:
    """The active user that a valid token stands for. Raises Unauthenticated, with the same words for every reason that
    an outsider could probe, and another for a token that its owner let run out; TooMany where `address` keeps guessing."""
    digest = digest_of(token)
    refuse_guessing(address, digest)
    row = ApiToken.objects.select_related("user").filter(digest=digest).first()
    is_known = row is not None and is_token_of(token, row.digest)
    if row is None or not is_known or row.revoked_at is not None or not row.user.is_active:
        note_guess(address)
        raise Unauthenticated("This token is not known here. `manage.py token create USER` makes one.")
    if row.expires_at is not None and row.expires_at <= now:
        raise Unauthenticated("This token has expired. `manage.py token create USER` makes a new one.")
    _note_use(row, digest, now)
    return row.user


def _note_use(row: ApiToken, digest: bytes, now: datetime) -> None:
    stale = now - USE_IS_NOTED_EVERY
    if row.last_used_at is None or row.last_used_at < stale:
        unnoted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=stale)
        ApiToken.objects.filter(unnoted, pk=row.pk).update(last_used_at=now)
        note_good(digest)


def revoke_token(number: int, *, now: datetime) -> ApiToken:
    """End a token at once. Raises NotFound for a number that no token has, Conflict when it has ended before."""
    row = ApiToken.objects.select_related("user").filter(pk=number).first()
    if row is None:
        raise _no_token(number)
    if row.revoked_at is not None:
        raise Conflict(f"Token {number} was revoked before, at {row.revoked_at:%Y-%m-%d %H:%M} UTC.")
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    return row


def _no_token(number: int) -> NotFound:
    return NotFound(f"There is no token {number}. `manage.py token list` shows those that there are.")
