"""The shop's tables. What can be derived (an order's state, its total) is derived, not stored."""

from sandbox.tables.base import Table
from sandbox.tables.goods import Product, Store, Variant
from sandbox.tables.money import Invoice, Payment, PaymentFailure, Refund, RefundLine, RefundState
from sandbox.tables.office import FailedLookup, Mail, StoredReply, Ticket
from sandbox.tables.orders import Order, OrderLine, OrderState, ParcelState, Shipment, TrackingEvent
from sandbox.tables.people import Customer, SavedAddress

__all__ = [
    "Customer",
    "FailedLookup",
    "Invoice",
    "Mail",
    "Order",
    "OrderLine",
    "OrderState",
    "ParcelState",
    "Payment",
    "PaymentFailure",
    "Product",
    "Refund",
    "RefundLine",
    "RefundState",
    "SavedAddress",
    "Shipment",
    "Store",
    "StoredReply",
    "Table",
    "Ticket",
    "TrackingEvent",
    "Variant",
]
