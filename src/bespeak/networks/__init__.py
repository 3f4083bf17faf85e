"""Networks while they learn: the only place that needs PyTorch, and none of it serves.

Modules here are loaded by name while a model trains. They take and give numpy arrays, under
BERT's own names where these are weights, so that who calls them sees no tensor.
"""
