#!/usr/bin/env python3
"""Fits the coefficients of src/dpr/tensor/activations-inl.h and prints them.

Minimax fits by sequential linear programming (scipy 1.17, numpy 2.4 were used):
  GELU   x Phi(x) = max(x, 0) - a t(a) with a = |x|, t(a) = Phi(-a) ~ 1 / g(a)^16, g of degree 7;
         least largest |1 / g^16 - t(a)| max(a, 1/2), so that Phi, which gelu' needs, is as good.
  rough GELU  the same with a t(a) itself a polynomial of degree 8 without constant on a <= 4;
         least error.
  exp    e^r on |r| <= ln 2 / 2, degree 6, the first two coefficients 1; least relative error.
  tanh   x + x^3 P(x^2) on |x| <= 0.625, P of degree 4; least relative error.
"""

import numpy as np
from scipy.optimize import linprog
from scipy.special import ndtr


def minimax(columns, target):
    """Coefficients c that minimise max |columns @ c - target|."""
    scale = 1e8
    ones = np.ones((len(target), 1))
    a = np.block([[scale * columns, -ones], [-scale * columns, -ones]])
    b = scale * np.concatenate([target, -target])
    cost = np.zeros(columns.shape[1] + 1)
    cost[-1] = 1
    bounds = [(None, None)] * columns.shape[1] + [(0, None)]
    solution = linprog(cost, A_ub=a, b_ub=b, bounds=bounds, method="highs-ds")
    return solution.x[:-1], solution.x[-1] / scale


def fit_gelu(degree=7, power=16, end=9.0, points=3000):
    a = np.linspace(0, end, points)
    scale = np.maximum(a, 0.5)
    tail = scale * ndtr(-a)
    basis = np.vander(a / end, degree + 1, increasing=True)
    start = ndtr(-a) ** (-1 / power)
    weight = power * scale * np.minimum(start ** (-power - 1.0), 1e3) + 1e-12
    x = np.linalg.lstsq(basis * weight[:, None], start * weight, rcond=None)[0]
    best = (np.inf, x)
    for _ in range(30):
        g = basis @ x
        residual = scale / g**power - tail
        if np.abs(residual).max() < best[0]:
            best = (np.abs(residual).max(), x)
        slope = -power * scale * g ** (-power - 1.0)
        step, _ = minimax(slope[:, None] * basis, -residual)
        change = np.abs(basis @ step / g).max()
        x = x + step * min(1.0, 0.02 / change)
    return best[1] / end ** np.arange(degree + 1), best[0]


def fit_rough_gelu(degree=8, end=4.0, points=8001):
    a = np.linspace(0, end, points)
    columns = np.stack([(a / end) ** k for k in range(1, degree + 1)], 1)
    coefficients, error = minimax(columns, a * ndtr(-a))
    return coefficients / end ** np.arange(1, degree + 1), error


def fit_exp(degree=6, points=4001):
    r = np.linspace(-np.log(2) / 2, np.log(2) / 2, points)
    columns = np.stack([r**k / np.exp(r) for k in range(2, degree + 1)], 1)
    return minimax(columns, (np.exp(r) - 1 - r) / np.exp(r))


def fit_tanh(degree=4, end=0.625, points=4001):
    x = np.linspace(1e-3, end, points)
    columns = np.stack([x ** (2 * k + 3) / np.tanh(x) for k in range(degree + 1)], 1)
    return minimax(columns, (np.tanh(x) - x) / np.tanh(x))


def main():
    for name, (coefficients, error) in (
        ("GELU, from the constant up", fit_gelu()),
        ("rough GELU, from a up", fit_rough_gelu()),
        ("exp, from r^2 up", fit_exp()),
        ("tanh, from x^3 up", fit_tanh()),
    ):
        print(f"{name}: largest error {error:.2e} before rounding")
        for value in coefficients:
            print(f"  {np.float32(value):.9g}f")


if __name__ == "__main__":
    main()
