"""Two-layer ReLU networks without biases: scales, kernel and distances, batched gradient descent."""
