"""Pages: bytes to an article's text, or the reason why there is none; a text to an event."""
