"""A timestamp authority asked over HTTP (RFC 3161): what it signs shows that a content existed at an instant."""

import httpx
from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper

from models.errors import Unavailable

SECONDS = 20
ASKED = "application/timestamp-query"
GIVEN = "application/timestamp-reply"


class Authority(TimeStamper):
    """The authority of an address, as pyHanko asks it."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url, self._transport = url, transport

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Return the answer of the authority, or say that it does not answer."""
        try:
            with httpx.Client(transport=self._transport, timeout=SECONDS) as client:
                answer = client.post(self._url, content=req.dump(), headers={"Content-Type": ASKED})
                answer.raise_for_status()
                return tsp.TimeStampResp.load(answer.content)
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"Le service d'horodatage ne répond pas : {error}.") from error
