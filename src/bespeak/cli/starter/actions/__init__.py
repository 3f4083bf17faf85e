"""The assistant's own actions."""
