"""Text to vectors of tokens and of sentences, on one core, without a deep-learning framework."""
