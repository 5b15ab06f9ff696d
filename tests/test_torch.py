"""λ-balanced weights in torch's own modules: balance, product, map, dtype, and what is refused."""

import re
from pathlib import Path

import numpy as np
import pytest

import lazyrich as lr

torch = pytest.importorskip("torch")

import lazyrich.torch as lt  # noqa: E402

LAMS = (0.0, 1e-3, -1e-3, 2.0, -2.0, 200.0, -200.0)
SHAPE = (16, 4, 12)
D_MODEL, HEADS = 24, 4


def layers(n_in=SHAPE[0], n_hidden=SHAPE[1], n_out=SHAPE[2], *, bias=False, dtype=torch.float32, seed=0):
    torch.manual_seed(seed)
    how = {"bias": bias, "dtype": dtype}
    return torch.nn.Linear(n_in, n_hidden, **how), torch.nn.Linear(n_hidden, n_out, **how)


def attention(*, biases=False, dtype=torch.float64, **how):
    torch.manual_seed(0)
    module = torch.nn.MultiheadAttention(D_MODEL, HEADS, batch_first=True, dtype=dtype, **how)
    if biases:
        for bias in (module.in_proj_bias[D_MODEL:], module.out_proj.bias):  # all but those of the queries
            torch.nn.init.normal_(bias.detach())
    return module


def imbalance(w1, w2, lam):
    """‖W2ᵀW2 − W1W1ᵀ − λI‖ relative to the weights."""
    w1, w2 = (w.astype(float) for w in (w1, w2))
    difference = (
        w2.swapaxes(-1, -2) @ w2 - w1 @ w1.swapaxes(-1, -2) - np.asarray(lam)[..., None, None] * np.eye(w1.shape[-2])
    )
    return np.linalg.norm(difference) / ((w1**2).sum() + (w2**2).sum())


@pytest.mark.parametrize("lam", LAMS)
@pytest.mark.parametrize("keep_product", [False, True])
def test_layers_of_single_precision_are_balanced_enough_for_the_exact_solution(lam, keep_product):
    task = lr.random_regression(SHAPE[0], SHAPE[2], 40, rng=np.random.default_rng(0))
    for seed in range(10):
        pair = layers(seed=seed)
        before = np.matmul(*(w.astype(float) for w in lt.weights(*pair)[::-1]))
        assert lt.lambda_balanced_(*pair, lam, rng=np.random.default_rng(seed), keep_product=keep_product) == pair
        w1, w2 = lt.weights(*pair)
        assert w1.dtype == w2.dtype == np.float32
        exact = lr.exact_solution(w1, w2, task, [0.0, 1.0])
        assert exact.lam == pytest.approx(lam, rel=1e-5, abs=1e-5)
        if keep_product:
            assert np.abs(w2.astype(float) @ w1 - before).max() < 1e-6 * np.abs(before).max()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_every_dtype_is_kept_and_balanced_to_its_rounding(dtype):
    pair = layers(dtype=dtype, bias=True)
    lt.lambda_balanced_(*pair, 2.0, rng=np.random.default_rng(1))
    assert {p.dtype for module in pair for p in module.parameters()} == {dtype}
    assert all(p.requires_grad and p.grad_fn is None for module in pair for p in module.parameters())
    assert not any(module.bias.any() for module in pair)
    assert imbalance(*lt.weights(*pair), 2.0) < 8 * torch.finfo(dtype).eps


@pytest.mark.parametrize("shape", [(16, 4, 12), (3, 20, 5), (5, 5, 5), (20, 9, 3)])
def test_the_product_drawn_is_that_of_the_package(shape):
    pair = layers(*shape, dtype=torch.float64)
    lt.lambda_balanced_(*pair, 0.0, rng=np.random.default_rng(3), scale=0.2)
    w1, w2 = lt.weights(*pair)
    v1, v2 = lr.lambda_balanced_weights(0.0, *shape, rng=np.random.default_rng(3), scale=0.2)
    assert np.allclose(w2 @ w1, v2 @ v1, atol=1e-14)
    assert imbalance(w1, w2, 0.0) < 1e-14


def test_the_map_is_kept_with_its_biases():
    pair, x = layers(bias=True, dtype=torch.float64), torch.randn(7, SHAPE[0], dtype=torch.float64)
    before = pair[1](pair[0](x))
    lt.lambda_balanced_(*pair, 5.0, rng=np.random.default_rng(1), keep_product=True)
    assert torch.allclose(pair[1](pair[0](x)), before, rtol=1e-12, atol=1e-12)
    assert not pair[0].bias.any()
    outer = pair[1].bias.clone()
    lt.lambda_balanced_(*pair, 5.0, rng=np.random.default_rng(2), keep_product=True)
    assert torch.equal(pair[1].bias, outer)


def test_weights_are_copies_and_diagnose_reads_them():
    pair = layers()
    w1, w2 = lt.weights(*pair)
    before = w1.copy()
    torch.nn.init.ones_(pair[0].weight)
    assert np.array_equal(w1, before)
    task = lr.random_regression(SHAPE[0], SHAPE[2], 40, rng=np.random.default_rng(0))
    assert lr.diagnose(w1, w2, task.sigma_yx).regime
    assert lr.laziness((w1, w2), lt.weights(*pair)).w1 > 0.5


def test_biases_are_said_unless_they_are_to_be_ignored():
    pair = layers(bias=True)
    with pytest.raises(ValueError, match=r"linear1.bias is not zero.*bias=False.*zeros_\(linear1.bias\).*ignore_bias"):
        lt.weights(*pair)
    assert lt.weights(*pair, ignore_bias=True).w1.shape == SHAPE[1::-1]
    torch.nn.init.zeros_(pair[0].bias)
    with pytest.raises(ValueError, match=r"linear2.bias is not zero"):
        lt.weights(*pair)


@pytest.mark.parametrize("lams", [2.0, -2.0, [0.0, 1.0, -3.0, 50.0]])
def test_every_head_keeps_its_products_at_another_scale(lams):
    module = attention()
    before = lt.attention_weights(module)
    assert before[0].w1.shape == before[1].w1.shape == (HEADS, D_MODEL // HEADS, D_MODEL)
    rng = np.random.default_rng(2)
    lt.lambda_balanced_attention_(module, rng=rng, query_key=lams, value_output=lams, keep_product=True)
    for old, new in zip(before, lt.attention_weights(module), strict=True):
        assert np.allclose(new.w2 @ new.w1, old.w2 @ old.w1, atol=1e-13)
        for head, lam in enumerate(np.broadcast_to(lams, HEADS)):
            assert imbalance(new.w1[head], new.w2[head], lam) < 1e-13


@pytest.mark.parametrize("how", [{}, {"kdim": 10, "vdim": 18}, {"bias": False}])
def test_attention_gives_the_same_output_where_products_are_kept(how):
    module = attention(biases=how == {}, **how).eval()
    if how == {}:
        assert module.in_proj_bias[D_MODEL:].abs().min() > 0
    wide = {"query": D_MODEL, "key": how.get("kdim", D_MODEL), "value": how.get("vdim", D_MODEL)}
    inputs = {name: torch.randn(2, 5, width, dtype=torch.float64) for name, width in wide.items()}
    before, seen = module(**inputs, average_attn_weights=False)
    old = [p.clone() for p in module.parameters()]
    rng = np.random.default_rng(2)
    lt.lambda_balanced_attention_(module, rng=rng, query_key=3.0, value_output=-3.0, keep_product=True)
    after, seen_after = module(**inputs, average_attn_weights=False)
    assert torch.allclose(seen_after, seen, atol=1e-12)
    assert torch.allclose(after, before, atol=1e-12)
    changed = [not torch.equal(a, b) for a, b in zip(old, module.parameters(), strict=True)]
    assert all(changed[k] for k, p in enumerate(module.parameters()) if p.ndim == 2)


def test_a_products_layers_stay_as_they_are_without_a_scale():
    module = attention(biases=True, dtype=torch.float32)
    before = lt.attention_weights(module)
    value_bias = module.in_proj_bias[2 * D_MODEL :].clone()
    lt.lambda_balanced_attention_(module, rng=np.random.default_rng(2), query_key=3.0, scale=0.05)
    query_key, value_output = lt.attention_weights(module)
    assert all(np.array_equal(a, b) for a, b in zip(before[1], value_output, strict=True))
    assert torch.equal(module.in_proj_bias[2 * D_MODEL :], value_bias)
    assert not module.in_proj_bias[: 2 * D_MODEL].any()
    assert imbalance(*query_key, 3.0) < 1e-6
    assert query_key.w1.dtype == np.float32


def test_projections_that_are_linear_layers_or_plain_matrices():
    rng = np.random.default_rng(4)
    query, key, value, output = (torch.nn.Linear(D_MODEL, D_MODEL) for _ in range(4))
    lt.lambda_balanced_query_key_(query, key, 4.0, n_heads=HEADS, rng=rng)
    lt.lambda_balanced_value_output_(value.weight, output.weight, -4.0, n_heads=HEADS, rng=rng)
    assert imbalance(*lt.query_key_weights(query, key, HEADS), 4.0) < 1e-6
    assert imbalance(*lt.value_output_weights(value, output, HEADS), -4.0) < 1e-6
    assert not query.bias.any()
    assert value.bias.any()  # a plain matrix has none
    head = slice(6, 12)
    w1, w2 = (w[1] for w in lt.query_key_weights(query, key, HEADS))
    assert np.array_equal(w1, key.weight[head].detach())
    assert np.array_equal(w2, query.weight[head].detach().T)
    w1, w2 = (w[1] for w in lt.value_output_weights(value, output, HEADS))
    assert np.array_equal(w1, value.weight[head].detach())
    assert np.array_equal(w2, output.weight[:, head].detach())


def test_nothing_is_written_where_something_cannot_be():
    pair = layers(dtype=torch.float16)
    before = [module.weight.clone() for module in pair]
    with pytest.raises(ValueError, match=r"too large for torch.float16: choose a smaller λ or scale"):
        lt.lambda_balanced_(*pair, 1e10, rng=np.random.default_rng(1))
    assert all(torch.equal(module.weight, old) for module, old in zip(pair, before, strict=True))
    module = attention()
    old = module.in_proj_weight.clone()
    with pytest.raises(ValueError, match="one for each of 4 heads"):
        lt.lambda_balanced_attention_(module, rng=np.random.default_rng(1), query_key=1.0, value_output=[1.0, 2.0])
    assert torch.equal(module.in_proj_weight, old)


def test_a_bias_that_would_be_lost_is_refused():
    rng = np.random.default_rng(1)
    pair = layers(bias=True)[0], layers()[1]
    with pytest.raises(ValueError, match="bias of linear1 is not zero, and linear2 has none to take it"):
        lt.lambda_balanced_(*pair, 1.0, rng=rng, keep_product=True)
    query, key = (torch.nn.Linear(D_MODEL, D_MODEL) for _ in range(2))
    with pytest.raises(ValueError, match="bias of the queries is not zero"):
        lt.lambda_balanced_query_key_(query, key, 1.0, n_heads=HEADS, rng=rng, keep_product=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: lt.weights(layers()[0], torch.nn.ReLU()), "linear2 must be a torch.nn.Linear; got ReLU"),
        (lambda rng: lt.weights(*layers()[::-1]), "gives 12 features, linear2 takes 16; in the other order they chain"),
        (lambda rng: lt.weights(torch.nn.LazyLinear(4), layers()[1]), "weight of linear1 has no numbers yet"),
        (lambda rng: lt.lambda_balanced_(*layers(), 1.0, rng=3), "rng must be a numpy.random.Generator"),
        (lambda rng: lt.lambda_balanced_(*layers(4, 9, 5), 1.0, rng=rng), "needs n_hidden ≤ n_out.*= 9 and n_out = 5"),
        (lambda rng: lt.lambda_balanced_(*layers(), 1.0, rng=rng, scale=0), "scale must be a finite number larger"),
        (lambda rng: lt.lambda_balanced_(*[torch.nn.Linear(4, 4)] * 2, 1.0, rng=rng), "share one weight"),
        (lambda rng: lt.attention_weights(layers()[0]), "must be a torch.nn.MultiheadAttention; got Linear"),
        (lambda rng: lt.attention_weights(attention(add_bias_kv=True)), "add_bias_kv=True"),
        (lambda rng: lt.query_key_weights(torch.ones(8, 4), torch.ones(4, 4), 2), "n_heads = 2; got 8 and 4"),
        (lambda rng: lt.query_key_weights(torch.ones(8, 4), np.ones((8, 4)), 2), "key must be .* got ndarray"),
        (lambda rng: lt.value_output_weights(torch.ones(9, 4), torch.ones(4, 9), 2), "n_heads = 2; got 9 and 9"),
        (lambda rng: lt.query_key_weights(torch.ones(8), torch.ones(8), 2), r"matrix of real numbers.*shape \(8,\)"),
    ],
)
def test_mistakes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(1))


def test_a_weight_made_by_a_parametrization_is_refused():
    first, second = layers()
    torch.nn.utils.parametrizations.orthogonal(first)
    with pytest.raises(ValueError, match=r"linear1.weight is made by a parametrization"):
        lt.lambda_balanced_(first, second, 1.0, rng=np.random.default_rng(1))


def test_training_follows_the_exact_solution_from_its_start():
    rng = np.random.default_rng(5)
    task = lr.random_regression(6, 4, 20, rng=rng)
    pair = layers(6, 4, 4, dtype=torch.float64)
    lt.lambda_balanced_(*pair, 1.0, rng=rng, scale=0.3)
    start, eta, steps = lt.weights(*pair), 1e-3, 1000
    x, y = (torch.from_numpy(a.T) for a in (task.x, task.y))
    optimiser = torch.optim.SGD([p for module in pair for p in module.parameters()], lr=eta)
    for _ in range(steps):
        optimiser.zero_grad()
        (((pair[1](pair[0](x)) - y) ** 2).sum() / (2 * len(x))).backward()
        optimiser.step()
    exact = lr.exact_solution(*start, task, [0.0, eta * steps])
    w1, w2 = lt.weights(*pair)
    assert np.abs(w2 @ w1 - exact.network_function[-1]).max() < 5e-3
    trained = lr.laziness(start, (w1, w2), task)
    assert trained.kernel == pytest.approx(exact.laziness().kernel[-1], abs=5e-3)


def test_the_readme_example_runs():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (code,) = (code for code in re.findall(r"```python\n(.*?)```", readme, re.S) if "import lazyrich.torch" in code)
    made = {}
    exec(code, made)
    assert imbalance(made["w1"], made["w2"], 2.0) < 1e-6
