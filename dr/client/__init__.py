"""The client for terminals: sends transactions open-loop and writes down what became of them."""
