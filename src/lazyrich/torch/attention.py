"""The products of attention heads as two-layer linear networks: W_QᵀW_K of the logits, W_OW_V of the outputs."""

import numpy as np
import torch

from .. import checks
from ..linear.initialisation import Weights
from .inplace import as_matrix, bias_of, copied, new_biases, new_weights, nonzero, write, zeros


def query_key_weights(query, key, n_heads):
    """`Weights` of the logits of every head, w1 = W_K,h (n_heads, d_head, ·) and w2 = W_Q,hᵀ (n_heads, ·, d_head).

    `query` and `key` are `torch.nn.Linear` or torch matrices, (n_heads · d_head, ·). Biases are not looked at.
    """
    return _stacked(_query_key(query, key, n_heads))


def value_output_weights(value, output, n_heads):
    """`Weights` of what every head adds, w1 = W_V,h (n_heads, d_head, ·) and w2 = W_O[:, h] (n_heads, ·, d_head).

    `value` is (n_heads · d_head, ·) and `output` (·, n_heads · d_head); see `query_key_weights`.
    """
    return _stacked(_value_output(value, output, n_heads))


def attention_weights(attention):
    """(query_key, value_output), the `Weights` of every head of a `torch.nn.MultiheadAttention`."""
    query, key, value, _ = _projections(attention)
    n_heads = attention.num_heads
    return query_key_weights(query, key, n_heads), value_output_weights(value, attention.out_proj, n_heads)


def lambda_balanced_query_key_(query, key, lam, *, n_heads, rng, scale=0.1, keep_product=False):
    """Make W_QᵀW_K of every head λ-balanced in place: W_Q,h W_Q,hᵀ − W_K,h W_K,hᵀ = λI.

    Parameters
    ----------
    query, key : `torch.nn.Linear`, parameters or tensors, (n_heads · d_head, ·)
    lam : λ, or one a head; both signs need d_head ≤ d_model
    rng, scale, keep_product : as in `lambda_balanced_`, for every head by itself

    ValueError : wrong matrices, a λ that the shape forbids or the dtype cannot hold, or a bias of the queries where the
        product is kept: the logits would change
    """
    write(_new_query_key(_query_key(query, key, n_heads), bias_of(query), bias_of(key), lam, rng, scale, keep_product))


def lambda_balanced_value_output_(value, output, lam, *, n_heads, rng, scale=0.1, keep_product=False):
    """Make W_OW_V of every head λ-balanced in place: W_O[:, h]ᵀ W_O[:, h] − W_V,h W_V,hᵀ = λI.

    `value` is (n_heads · d_head, ·) and `output` (·, n_heads · d_head); see `lambda_balanced_query_key_`.
    """
    pairs = _value_output(value, output, n_heads)
    write(_new_value_output(pairs, bias_of(value), bias_of(output), lam, rng, scale, keep_product))


def lambda_balanced_attention_(attention, *, rng, query_key=None, value_output=None, scale=0.1, keep_product=False):
    """Make the heads of a `torch.nn.MultiheadAttention` λ-balanced in place; it is returned.

    `query_key` and `value_output` are λ of the two products, a number or one a head; None leaves a product as it is.
    The rest is as in `lambda_balanced_query_key_` and `lambda_balanced_value_output_`.
    """
    query, key, value, biases = _projections(attention)
    n_heads, how = attention.num_heads, (rng, scale, keep_product)
    new = []
    if query_key is not None:
        new += _new_query_key(_query_key(query, key, n_heads), *biases[:2], query_key, *how)
    if value_output is not None:
        pairs = _value_output(value, attention.out_proj, n_heads)
        new += _new_value_output(pairs, biases[2], attention.out_proj.bias, value_output, *how)
    write(new)
    return attention


def _new_query_key(pairs, query_bias, key_bias, lam, rng, scale, keep_product):
    if keep_product and nonzero(query_bias):
        raise ValueError(
            "the bias of the queries is not zero, and the logits would change with it: set it to zero first, "
            "or draw the weights (keep_product=False)"
        )
    return new_weights(pairs, lam, rng, scale, keep_product) + zeros(query_bias, key_bias)


def _new_value_output(pairs, value_bias, output_bias, lam, rng, scale, keep_product):
    new = new_weights(pairs, lam, rng, scale, keep_product)
    return new + new_biases(new, ("value", value_bias), ("output", output_bias), keep_product)


def _heads(names, first, second, n_heads):
    """Rows of each head of two matrices, views (d_head, ·)."""
    n_heads = checks.count("n_heads", n_heads)
    if second.shape[0] != first.shape[0] or first.shape[0] % n_heads:
        raise ValueError(
            f"{names[0]} and {names[1]} must share n_heads · d_head directions, n_heads = {n_heads}; "
            f"got {first.shape[0]} and {second.shape[0]}"
        )
    return zip(first.chunk(n_heads), second.chunk(n_heads), strict=True)


def _query_key(query, key, n_heads):
    heads = _heads(("query", "key"), as_matrix("query", query), as_matrix("key", key), n_heads)
    return [(of_key, of_query.T) for of_query, of_key in heads]


def _value_output(value, output, n_heads):
    heads = _heads(("value", "output"), as_matrix("value", value), as_matrix("output", output).T, n_heads)
    return [(of_value, of_output.T) for of_value, of_output in heads]


def _stacked(pairs):
    return Weights(*(np.stack([copied(tensor) for tensor in part]) for part in zip(*pairs, strict=True)))


def _projections(attention):
    """Query, key and value matrices of a MultiheadAttention, and their three biases."""
    if not isinstance(attention, torch.nn.MultiheadAttention):
        raise ValueError(f"attention must be a torch.nn.MultiheadAttention; got {type(attention).__name__}")
    if attention.bias_k is not None:
        raise ValueError("attention has a key and a value of its own (add_bias_kv=True), which no λ here is for")
    parts = attention.q_proj_weight, attention.k_proj_weight, attention.v_proj_weight
    if attention.in_proj_weight is not None:
        parts = as_matrix("attention.in_proj_weight", attention.in_proj_weight).chunk(3)
    bias = attention.in_proj_bias
    return *parts, [None] * 3 if bias is None else bias.detach().chunk(3)
