#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""scipy's least_squares on the rows that scipy_table wrote, and the table of both.

    scipy_fit.py OURS.json            without scipy: our columns, a message, exit 77

S1 Eq. 25b in numpy, from the paper: no code of model/. The corner of chi(T) at T_g (Eq. 22b) is
rounded over 0.25 K as in our fits; what that moves is shown against the sharp corner of the paper. Same rows, coordinates, start, box and
priors (as further residuals); derivatives by differences, as least_squares does by itself. The loss
"cauchy" is scipy's formula with f_scale = 2 for the data; priors stay Gaussian, as in our sum.
Exit 1: a budget is missed, or the parameters differ by more than 0.05 of a standard error.
"""
import json
import math
import os
import sys
import time

for library in ("OMP", "OPENBLAS", "MKL", "BLIS"):
    os.environ[library + "_NUM_THREADS"] = "1"
try:
    import numpy as np
    import scipy
    from scipy.interpolate import RectBivariateSpline
    from scipy.optimize import least_squares
    from scipy.special import wofz
except ImportError:
    scipy = None

R = 8.31446261815324
C = 2.0
REPEATS = 5
AGREEMENT = 0.05  # standard errors
ROUND_K = 0.25
FIT_MS, MEDIAN_MS, WORST_MS, FASTER, FLAT = 10.0, 3.0, 20.0, 10.0, 1.5
NAMES = ["ln_E_u", "ln_A_beta", "U_beta_J_mol", "ln_tau_beta_ref", "ln_B",
         "ln_A_an", "chi_Tg", "a1_per_K", "ln_tau_max_Tg", "T_g_K"]


def gumbel_debye(ln_x, B, step=0.5, low=-16.0, high=3.2):
    """<1/(1 + i x tau/tau_mode)> of the Gumbel spread of ln tau: trapezoid in y = B ln tau."""
    h = step * min(1.0, B)
    y = np.arange(low, high + h, h)
    weight = h * np.exp(y - np.exp(y))
    x = np.exp(ln_x)[:, None] * np.exp(y / B)[None, :]
    real = 1.0 / (1.0 + x * x)
    return real @ weight - 1j * ((x * real) @ weight)


def stretched_exponential(ln_x, chi):
    """J*/A_an of 1 - exp(-t^chi) at omega = e^ln_x: integral of exp(-z - i x z^(1/chi)) dz along
    z = t^chi, t = s exp(-i angle), trapezoid in ln s (from ln(s x) where x > 1)."""
    angle = min(0.5 * math.pi, 0.25 * math.pi / chi)  # the middle of where both factors decay
    h = 0.2 if chi > 0.5 else 0.3
    top = max(math.log(400.0 / math.sin(angle)), math.log(60.0 / math.cos(chi * angle)) / chi)
    v = np.arange(-36.0 / chi, top, h)[None, :]
    shift = np.maximum(ln_x, 0.0)[:, None]
    turn = np.exp(-1j * angle)
    ln_z = chi * (v - shift - 1j * angle)
    t = np.exp(np.minimum(v + ln_x[:, None] - shift, 8.0)) * turn
    exponent = ln_z - np.exp(np.minimum(ln_z.real, 8.0)) * np.exp(1j * ln_z.imag) - 1j * t
    exponent.real[:] = np.maximum(exponent.real, -700.0)
    return chi * h * np.exp(exponent).sum(axis=1)


class Anelastic:
    """The term of unit strength. `exact` from a spline of ln J* in ln(omega tau_an) and chi."""

    def __init__(self, form):
        self.form = form
        if form == "exact":
            self.ln_x = np.arange(-40.0, 60.0001, 0.2)
            self.chi = np.arange(0.10, 0.9801, 0.02)
            table = np.array([np.log(stretched_exponential(self.ln_x, c)) for c in self.chi])
            self.real = RectBivariateSpline(self.chi, self.ln_x, table.real)
            self.imag = RectBivariateSpline(self.chi, self.ln_x, table.imag)

    def __call__(self, ln_x, chi):
        if self.form == "printed":
            return np.exp(-chi * (ln_x + 0.5j * math.pi))
        inside = np.clip(ln_x, self.ln_x[0], self.ln_x[-1])
        chi = np.clip(chi, self.chi[0], self.chi[-1])
        ln_J = self.real.ev(chi, inside) + 1j * self.imag.ev(chi, inside)
        return np.exp(ln_J - chi * np.maximum(ln_x - inside, 0.0))


def excess(over_K, round_K):
    """max(0, T - T_g), its corner rounded by a parabola within round_K of it."""
    if round_K == 0.0:
        return np.maximum(0.0, over_K)
    inside = np.clip(over_K + round_K, 0.0, 2.0 * round_K)
    return np.where(over_K < round_K, inside * inside / (4.0 * round_K), over_K)


class Problem:
    round_K = ROUND_K

    def __init__(self, data):
        assert data["names"] == NAMES, data["names"]
        for name in ("temperature_K", "ln_omega", "storage_Pa", "loss_Pa", "storage_sigma_Pa",
                     "loss_sigma_Pa", "start", "prior_mean", "prior_sd"):
            setattr(self, name, np.array(data[name]))
        self.T_ref_K = data["T_ref_K"]
        self.low = np.array([-np.inf if v is None else v for v in data["low"]])
        self.high = np.array([np.inf if v is None else v for v in data["high"]])
        self.anelastic = Anelastic(data["form"])
        self.n_data = 2 * len(self.temperature_K)

    def modulus(self, q):
        """S1 Eqs. 8, 11b, 17b, 22, 25b: E* = 1/J*."""
        E_u, A_beta, B, A_an = np.exp(q[[0, 1, 4, 5]])
        U, ln_tau_ref, chi_Tg, a1, ln_tau_max_Tg, T_g = q[[2, 3, 6, 7, 8, 9]]
        T, ln_omega = self.temperature_K, self.ln_omega
        ln_tau_beta = ln_tau_ref + U / R * (1.0 / T - 1.0 / self.T_ref_K)
        at_Tg = ln_tau_ref + U / R * (1.0 / T_g - 1.0 / self.T_ref_K)
        chi = np.clip(chi_Tg + a1 * excess(T - T_g, self.round_K), 0.03, 0.97)
        ln_t0 = (at_Tg - chi_Tg * ln_tau_max_Tg) / (1.0 - chi_Tg)
        ln_tau_max = ln_t0 + (ln_tau_beta - ln_t0) / chi
        ln_tau_an = ln_tau_max + np.log(chi) / chi
        J = (1.0 / E_u + A_beta * gumbel_debye(ln_omega + ln_tau_beta, B)
             + A_an * self.anelastic(ln_omega + ln_tau_an, chi)
             - 1j * A_an * np.exp(-ln_omega - ln_tau_max))
        return 1.0 / J

    def residuals(self, q):
        E = self.modulus(q)
        return np.concatenate(((E.real - self.storage_Pa) / self.storage_sigma_Pa,
                               (E.imag - self.loss_Pa) / self.loss_sigma_Pa,
                               (q - self.prior_mean) / self.prior_sd))

    def cauchy(self, z):
        """scipy's "cauchy" for the data, squares for the priors."""
        rho = np.empty((3, len(z)))
        rho[:, :] = [z, np.ones_like(z), np.zeros_like(z)]
        d = z[:self.n_data]
        rho[:, :self.n_data] = [np.log1p(d), 1.0 / (1.0 + d), -1.0 / (1.0 + d) ** 2]
        return rho

    def cost(self, q, loss):
        r2 = self.residuals(q) ** 2
        return r2.sum() if loss == "linear" else C * C * self.cauchy(r2 / (C * C))[0].sum()

    def solve(self, loss, x_scale):
        return least_squares(self.residuals, self.start, bounds=(self.low, self.high),
                             method="trf", x_scale=x_scale,
                             loss=self.cauchy if loss == "cauchy" else "linear", f_scale=C)

    def best(self, loss):
        """The faster of two scalings of the coordinates: (median CPU ms, name, answer)."""
        found = []
        for name, x_scale in (("prior widths", self.prior_sd), ("jac", "jac")):
            ms = []
            for _ in range(REPEATS):
                before = time.process_time()
                answer = self.solve(loss, x_scale)
                ms.append(1e3 * (time.process_time() - before))
            found.append((sorted(ms)[REPEATS // 2], name, answer))
        lowest = min(self.cost(a.x, loss) for _, _, a in found)
        return min((f for f in found if self.cost(f[2].x, loss) < lowest + 0.01),
                   key=lambda f: f[0])


def half(x):
    """The same at chi = 1/2 in closed form: sqrt(pi) a exp(a^2) erfc(a), a = 1/(2 sqrt(i x))."""
    a = 0.5 / np.sqrt(1j * x)
    return math.sqrt(math.pi) * a * wofz(1j * a)


def check_model(problem):
    """The quadratures, against finer ones."""
    ln_x = np.linspace(-20.0, 20.0, 81)
    for B in (0.2, 0.5, 1.0, 2.0):
        fine = gumbel_debye(ln_x, B, 0.2, -42.0, 5.0)
        worst = np.abs(gumbel_debye(ln_x, B) - fine).max()
        assert worst < 1e-6, ("beta term", B, worst)
    if problem.anelastic.form == "exact":
        for chi in (0.31, 0.41, 0.53, 0.71, 0.89):
            ln_x = np.linspace(-12.05, 40.03, 60)
            exact = stretched_exponential(ln_x, chi)
            worst = np.abs(problem.anelastic(ln_x, np.full(60, chi)) / exact - 1.0).max()
            assert worst < 2e-6, ("anelastic term", chi, worst)
        x = np.exp(np.linspace(-8.0, 3.0, 12))
        error = np.abs(stretched_exponential(np.log(x), 0.5) - half(x)).max()
        assert error < 1e-9, ("closed form at 1/2", error)
        far = stretched_exponential(np.array([300.0]), 0.4)[0]
        law = math.gamma(1.4) * np.exp(-0.4 * (300.0 + 0.5j * math.pi))
        assert abs(far / law - 1.0) < 1e-8, ("power law", far, law)
        one = stretched_exponential(np.array([-60.0]), 0.4)[0]
        assert abs(one - 1.0) < 1e-8, ("static", one)


def farthest(q, other, error):
    """The largest difference in standard errors, as text too."""
    apart = np.abs(q - other) / error
    k = int(apart.argmax())
    return apart[k], f"{apart[k]:.4f} ({NAMES[k]})"


def compare(data, bad):
    problem = Problem(data)
    check_model(problem)
    form = data["form"]
    error = None
    for loss, ours_ms, key in (("linear", data["squares_ms"], "ours_squares"),
                               ("cauchy", data["fit_ms"], "ours_cauchy")):
        ms, scaling, theirs = problem.best(loss)
        if error is None:
            error = np.sqrt(np.diag(np.linalg.inv(theirs.jac.T @ theirs.jac)))
        ours = np.array(data[key])
        apart, where = farthest(ours, theirs.x, error)
        cost = problem.cost(ours, loss) - problem.cost(theirs.x, loss)
        problem.round_K = 0.0
        sharp = problem.solve(loss, problem.prior_sd if scaling == "prior widths" else "jac")
        problem.round_K = ROUND_K
        what = "squares, solver alone" if loss == "linear" else "Cauchy, the whole fit"
        print(f"{form:8} {what:22} {ours_ms:8.2f} {ms:9.1f} {ms / ours_ms:6.1f} {where:>26} "
              f"{cost:+9.1e} {theirs.nfev:5} {scaling:>13} {farthest(ours, sharp.x, error)[1]:>22}")
        if apart > AGREEMENT:
            bad.append(f"{form}, {what}: differs by {where} standard errors")
        if ms < FASTER * ours_ms:
            bad.append(f"{form}, {what}: only {ms / ours_ms:.1f} times faster than scipy")


def budgets(data, bad):
    def line(what, value, limit, unit="ms"):
        print(f"{what:44} {value:9.2f} {unit:3} (at most {limit:g})")
        if not value <= limit:
            bad.append(f"{what}: {value:.2f} {unit}, at most {limit:g}")

    for form in data["forms"]:
        name, refits = form["form"], sorted(form["refits_ms"])
        line(f"{name}: cold fit", form["fit_ms"], FIT_MS)
        line(f"{name}: cold fit, empty tables", form["fit_cold_tables_ms"], FIT_MS)
        line(f"{name}: refit each kelvin, median of {len(refits)}", refits[len(refits) // 2], MEDIAN_MS)
        line(f"{name}: refit each kelvin, worst", refits[-1], WORST_MS)
        if not form["squares_converged"]:
            bad.append(f"{name}: the solver did not converge on the plain sum of squares")
    for at in data["growth"]:
        print(f"refit after a new point among {at['points']:8}: {at['refit_ms']:9.2f} ms, "
              f"{at['rows_ms']:.2f} of it the rows ({at['rows']} after bins)")
    first, last = data["growth"][0], data["growth"][-1]
    line(f"refit, {last['points']} points over {first['points']}",
         last["refit_ms"] / first["refit_ms"], FLAT, "x")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file)
    bad = []
    print(f"relaxd {data['version']}; CPU time of one thread")
    budgets(data, bad)
    if scipy is None:
        print("scipy_compare: no scipy here (python3-scipy is neither installed nor can its "
              "packages be had): our figures only")
    else:
        print(f"\nscipy {scipy.__version__}, numpy {np.__version__}; 1005 x 2 numbers, 10 coordinates")
        print(f"{'form':8} {'sum':22} {'ours ms':>8} {'scipy ms':>9} {'ratio':>6} "
              f"{'farthest apart, s.e.':>26} {'cost':>9} {'steps':>5} {'x_scale':>13} "
              f"{'from a sharp corner':>22}")
        for form in data["forms"]:
            compare(form, bad)
    for sentence in bad:
        print("scipy_compare: " + sentence)
    sys.exit(1 if bad else 77 if scipy is None else 0)


main()
