"""The adapters: a module a vendor, named in `actions.services.registry.ADAPTERS`."""
