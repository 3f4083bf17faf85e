"""CloudMart's custom actions, a module per topic; `endpoints.yml` names this package."""
