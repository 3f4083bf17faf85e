"""The services that actions call: what the assistant needs of a shop, and who provides it.

A module a service: `orders`, `shipping`, `payments`, `customers`, `tickets`, `products`. Each
holds frozen facts, the errors a customer should hear about, a Protocol, and a function
(`order_service()` …) that gives the adapter which `endpoints.yml: services` chooses.

**Who implements what** (`registry.ADAPTERS`; classes in `adapters/`, a module a vendor,
imported only when `endpoints.yml` names it):

| service   | Protocol                    | adapters                     |
|-----------|-----------------------------|------------------------------|
| orders    | `orders.OrderService`       | sandbox, shopify, woocommerce |
| shipping  | `shipping.ShippingService`  | sandbox, easypost            |
| payments  | `payments.PaymentService`   | sandbox, stripe              |
| customers | `customers.CustomerService` | sandbox, hubspot             |
| tickets   | `tickets.TicketService`     | sandbox, zendesk             |
| products  | `products.ProductService`   | sandbox                      |

**What an adapter is.** A class made with a `ServiceSettings`; what else it may be told in the
file are its keyword-only arguments. It is called from several threads at once. What its
vendor cannot do raises the method's own `NotPossible` with `Reason.NOT_SUPPORTED`. It hands
out facts only after it has checked for itself that they belong to the customer they are for.
Over our own HTTP it speaks through `client.JsonClient`.

**What the errors mean to an action** (`errors`):

- `NotFound` (`OrderNotFound` …): no such thing, or not this customer's. Count it as a failed
  attempt; never say which.
- `NotPossible` (`CannotCancel`, `OutOfStock` …): it is the customer's, and a rule says no. Pick
  the sentence by `reason`. `TooManyAttempts` ends the attempt to identify oneself.
- `ServiceUnavailable`: try later. With `maybe_done` the effect may have happened, so say that;
  the same call with the same `key` finds out.
- `ServiceMisconfigured`, `ServiceRefused`: only a person can help. Log it, offer one.

**Whose is it.** Orders are shown and changed for a number with its e-mail address, accounts for
an `identity.Identity`. Services check both on each call. **Once only.** Whatever has an effect
takes a `key`, `actions.turn.effect_key`: the same for the same message and step, however often
a turn is run. **Money** is whole cents beside a currency. **Times** know their zone.
"""
