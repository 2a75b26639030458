"""Calls to another service over HTTP, with its failures told apart."""

import requests
from requests.adapters import HTTPAdapter

from workload.service import Refused
from workload.site import Site
from workload.watched_file import Json

CONNECT_TIMEOUT_S = 0.5


class Remote:
    """One service that this process calls. Connections are kept and reused; nothing is retried."""

    def __init__(self, site: Site, name: str) -> None:
        self._name, self._url = name, site.url(name)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_maxsize=64))

    def get(self, path: str, *, timeout_s: float) -> Json:
        """Return the answer to a GET; raises as post does."""
        return self._call("GET", path, None, timeout_s)

    def post(self, path: str, body: Json, *, timeout_s: float) -> Json:
        """Return the answer to a POST.

        Raises Refused: with the remote's own status below 500, 502 where it failed or cannot be reached, 504 where it
        did not answer in time.
        """
        return self._call("POST", path, body, timeout_s)

    def _call(self, method: str, path: str, body: Json | None, timeout_s: float) -> Json:
        url, limits = self._url + path, (CONNECT_TIMEOUT_S, timeout_s)
        try:
            response = self._session.request(method, url, json=body, timeout=limits)  # type: ignore[arg-type]
        except requests.Timeout as error:
            raise Refused(504, f"{self._name} did not answer in time") from error
        except requests.ConnectionError as error:
            raise Refused(502, f"{self._name} cannot be reached") from error
        answer: Json = response.json()
        if response.status_code >= 500:
            raise Refused(502, f"{self._name} answered {response.status_code}: {answer.get('error')}")
        if response.status_code >= 400:
            raise Refused(response.status_code, str(answer.get("error")))
        return answer
