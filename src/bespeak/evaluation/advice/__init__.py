"""What a designer should do about the examples, each piece with the messages that are its cause."""
