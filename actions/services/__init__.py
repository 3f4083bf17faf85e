"""The services that actions call: one module a service, its adapters chosen in `endpoints.yml`."""
