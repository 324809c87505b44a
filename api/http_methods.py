"""HEAD and OPTIONS for every address that answers GET."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAndOptions:
    """Answers HEAD as GET without its body, and OPTIONS with the methods that an address takes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on whatever is neither."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            await self._app({**scope, "method": "GET"}, receive, _without_body(send))
        elif scope["type"] == "http" and scope["method"] == "OPTIONS":
            await self._app(scope, receive, _allowed_methods(send))
        else:
            await self._app(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head


def _allowed_methods(send: Send) -> Send:
    """Turns "405, but GET is allowed", which is how the router answers OPTIONS, into an empty 204."""
    is_known = False

    async def send_allowed(message: Message) -> None:
        nonlocal is_known
        if message["type"] == "http.response.start" and message["status"] == 405:
            is_known = True
            message = {**message, "status": 204, "headers": [(b"allow", b"GET, HEAD, OPTIONS")]}
        elif message["type"] == "http.response.body" and is_known:
            message = {**message, "body": b""}
        await send(message)

    return send_allowed
