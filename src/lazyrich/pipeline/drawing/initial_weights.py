"""Schemes of random initial weights, in words, colours and markers."""

# apart from the colours that stand for the sign of λ
SCHEMES = {
    "lecun": ("LeCun", "#AA4499", "o"),
    "glorot": ("Glorot", "#E69F00", "s"),
    "he": ("He", "#56B4E9", "^"),
    "scaled": ("scaled", "#6E6E6E", "D"),
}
