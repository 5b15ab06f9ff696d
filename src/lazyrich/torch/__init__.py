"""λ-balanced weights in PyTorch: pairs of linear layers, and the two products of attention heads.

`import lazyrich.torch`; torch is an extra, ``pip install lazyrich[torch]``. Numbers are computed in float64 and rounded
once to the module's dtype. Modules are changed in place, on their device, without a gradient, and nothing is written
unless everything can be. As in all of the package randomness comes from a ``numpy.random.Generator``.

A pair is a two-layer linear network, and λ-balanced means W2ᵀW2 − W1W1ᵀ = λI:

=============  ===============================  =======================  =============================
pair           what it computes                 w1                       w2
=============  ===============================  =======================  =============================
two layers     linear2(linear1(x))              linear1.weight           linear2.weight
query, key     logits of head h, xᵀW_QᵀW_K y    W_K,h (d_head, d_model)  W_Q,hᵀ (d_model, d_head)
value, output  what head h adds, W_OW_V y       W_V,h (d_head, d_model)  W_O[:, h] (d_model, d_head)
=============  ===============================  =======================  =============================

The rows h·d_head … (h + 1)·d_head − 1 of a projection are head h's, and so are these columns of W_O, as in
`torch.nn.MultiheadAttention`. Hence λ > 0 makes queries and outputs the larger layer, λ < 0 keys and values.

Biases: the theory has none. Weights that are drawn come with biases of zero. Where the product is kept, so is the whole
map: the inner bias goes through the second layer into the outer one, and that of keys, which no softmax sees, becomes
zero.
"""

try:
    import torch as _torch  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ImportError("lazyrich.torch needs torch: pip install lazyrich[torch]", name="torch") from None

from .attention import (
    attention_weights,
    lambda_balanced_attention_,
    lambda_balanced_query_key_,
    lambda_balanced_value_output_,
    query_key_weights,
    value_output_weights,
)
from .layers import lambda_balanced_, weights

__all__ = [
    "attention_weights",
    "lambda_balanced_",
    "lambda_balanced_attention_",
    "lambda_balanced_query_key_",
    "lambda_balanced_value_output_",
    "query_key_weights",
    "value_output_weights",
    "weights",
]
