"""A person's session in the console: logged in by the form, one kept connection."""

import http.client
import re
from http import HTTPStatus
from urllib.parse import urlencode

from bench.wire import PATIENCE_SECONDS, WireError

LOGIN = "/accounts/login/"
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


class Console:
    """Raises WireError when the login is refused."""

    def __init__(self, port: int, name: str, password: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._cookies: dict[str, str] = {}
        _, page = self.ask(LOGIN)
        found = _TOKEN.search(page)
        form = urlencode({"login": name, "password": password, "csrfmiddlewaretoken": found[1].decode() if found else ""})
        status, page = self._request("POST", LOGIN, form, {"Content-Type": "application/x-www-form-urlencoded"})
        if status != HTTPStatus.FOUND or not any(name.endswith("session") for name in self._cookies):
            raise WireError(f"The login of {name} was answered by {status}: {page[:300].decode(errors='replace')}")

    def ask(self, path: str) -> tuple[int, bytes]:
        return self._request("GET", path)

    def close(self) -> None:
        self._connection.close()

    def _request(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, body, {"Cookie": cookies, **(headers or {})})
        answer = self._connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read()
