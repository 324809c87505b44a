"""From a question to exact figures: the catalogue, the request, the compiled SQL and the answer."""
