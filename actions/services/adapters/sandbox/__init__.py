"""The adapters for CloudMart's sandbox, a module a service: follow them for a shop of your own."""
