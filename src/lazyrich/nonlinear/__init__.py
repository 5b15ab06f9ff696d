"""Networks with tanh and ReLU units: of two layers (`units`, `relu`), and deep classifiers (`classifiers`)."""
