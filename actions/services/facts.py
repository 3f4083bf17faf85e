"""What all services' facts share: frozen, checked as they come in, money in whole cents."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Cents = Annotated[int, Field(ge=0, strict=True)]
"""An amount in the smallest unit of the currency beside it; never a fraction, never below 0."""

Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
"""An ISO 4217 code, `EUR`."""

Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
"""An ISO 3166-1 alpha-2 code, `DE`."""


class Facts(BaseModel):
    """What a service said. Fields that we do not know are left out, wrong ones are an error."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Address(Facts):
    """Where parcels go. `region` is a state or province where the country writes one."""

    name: str
    street: str
    city: str
    postcode: str
    country: Country
    region: str = ""
    phone: str = ""
