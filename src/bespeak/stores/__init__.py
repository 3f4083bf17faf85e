"""Where conversations are kept, and where their events go: the names endpoints.yml may use."""

from typing import Final

BUILTIN: Final = {
    "memory": "bespeak.stores.memory.InMemoryTrackerStore",
    "redis": "bespeak.stores.redis.RedisTrackerStore",
    "sql": "bespeak.stores.build.sql_store",
}
"""What `tracker_store: {type: …}` may say, besides an installed name or a class's module path."""

BROKERS: Final = {
    "file": "bespeak.stores.broker.FileEventBroker",
    "kafka": "bespeak.stores.kafka.KafkaEventBroker",
    "pika": "bespeak.stores.pika.PikaEventBroker",
    "sql": "bespeak.stores.build.sql_broker",
}
"""What `event_broker: {type: …}` may say, likewise."""
