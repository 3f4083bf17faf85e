"""What can go wrong with a service, as actions need to tell it apart."""


class ServiceError(Exception):
    """A service did not do what was asked."""


class ServiceUnavailable(ServiceError):
    """The service is down, slow, over its limits, or answered nonsense. Later may be better."""


class ServiceMisconfigured(ServiceError):
    """`endpoints.yml` or the key in it is wrong. Only whoever runs the assistant can mend it."""


class ServiceRefused(ServiceError):
    """The service understood and said no.

    `code` is the service's own word for the reason, empty where it gave none.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"The service answered {status} {code!r}.")
        self.status = status
        self.code = code
