"""Ways to talk to users: one a file. The table says which names credentials.yml may use."""

from typing import Final

BUILTIN: Final = {
    "rest": "bespeak.channels.rest.Rest",
    "callback": "bespeak.channels.callback.Callback",
    "socketio": "bespeak.channels.socketio.SocketIO",
}
