// SPDX-License-Identifier: MIT
//
// The solver against the certified values of NIST StRD (www.itl.nist.gov/div898/strd/nls), from
// both starts, and how a fit may end.
#include "model/fit/levenberg_marquardt.hpp"
#include "model/fit/robust.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace relaxd::model {

namespace {

using Vector = Eigen::VectorXd;

/// y(x; b) with its gradient.
using Curve = std::function<double(double x, const Vector& b, Vector& gradient)>;

class LeastSquares final : public Objective {
  public:
    LeastSquares(Curve curve, std::vector<double> x, std::vector<double> y)
        : curve_(std::move(curve)), x_(std::move(x)), y_(std::move(y)) {}

    bool evaluate(const Vector& b, Evaluation& out) override {
        ++calls;
        out.cost = 0.0;
        out.gradient = Vector::Zero(b.size());
        out.curvature = Eigen::MatrixXd::Zero(b.size(), b.size());
        Vector g(b.size());
        for (std::size_t i = 0; i < x_.size(); ++i) {
            const double r = curve_(x_[i], b, g) - y_[i];
            out.cost += r * r;
            out.gradient += r * g;
            out.curvature += g * g.transpose();
        }
        return std::isfinite(out.cost);
    }
    int calls = 0;

  private:
    Curve curve_;
    std::vector<double> x_;
    std::vector<double> y_;
};

struct Problem {
    std::string name;
    Curve curve;
    std::vector<double> x;
    std::vector<double> y;
    std::vector<std::vector<double>> starts;
    std::vector<double> certified;
    std::vector<double> certified_sd;
    double certified_rss;
};

Problem misra1a() {
    return {
        "Misra1a",
        [](double x, const Vector& b, Vector& g) {
            const double e = std::exp(-b[1] * x);
            g << 1.0 - e, b[0] * x * e;
            return b[0] * (1.0 - e);
        },
        {77.6,
         114.9,
         141.1,
         190.8,
         239.9,
         289.0,
         332.8,
         378.4,
         434.8,
         477.3,
         536.8,
         593.1,
         689.1,
         760.0},
        {10.07,
         14.73,
         17.94,
         23.93,
         29.61,
         35.18,
         40.02,
         44.82,
         50.76,
         55.05,
         61.01,
         66.40,
         75.47,
         81.78},
        {{500.0, 0.0001}, {250.0, 0.0005}},
        {2.3894212918e+02, 5.5015643181e-04},
        {2.7070075241e+00, 7.2668688436e-06},
        1.2455138894e-01
    };
}

Problem thurber() {
    return {
        "Thurber",
        [](double x, const Vector& b, Vector& g) {
            const double d = 1.0 + x * (b[4] + x * (b[5] + x * b[6]));
            const double y = (b[0] + x * (b[1] + x * (b[2] + x * b[3]))) / d;
            g << 1.0 / d, x / d, x * x / d, x * x * x / d, -y * x / d, -y * x * x / d,
                -y * x * x * x / d;
            return y;
        },
        {-3.067, -2.981, -2.921, -2.912, -2.840, -2.797, -2.702, -2.699, -2.633, -2.481,
         -2.363, -2.322, -1.501, -1.460, -1.274, -1.212, -1.100, -1.046, -0.915, -0.714,
         -0.566, -0.545, -0.400, -0.309, -0.109, -0.103, 0.010,  0.119,  0.377,  0.790,
         0.963,  1.006,  1.115,  1.572,  1.841,  2.047,  2.200},
        {80.574,   84.248,   87.264,   87.195,   89.076,   89.608,   89.868,   90.101,
         92.405,   95.854,   100.696,  101.060,  401.672,  390.724,  567.534,  635.316,
         733.054,  759.087,  894.206,  990.785,  1090.109, 1080.914, 1122.643, 1178.351,
         1260.531, 1273.514, 1288.339, 1327.543, 1353.863, 1414.509, 1425.208, 1421.384,
         1442.962, 1464.350, 1468.705, 1447.894, 1457.628},
        {{1000, 1000, 400, 40, 0.7, 0.3, 0.03}, {1300, 1500, 500, 75, 1, 0.4, 0.05}},
        {1.2881396800e+03,
         1.4910792535e+03,
         5.8323836877e+02,
         7.5416644291e+01,
         9.6629502864e-01,
         3.9797285797e-01,
         4.9727297349e-02},
        {4.6647963344e+00,
         3.9571156086e+01,
         2.8698696102e+01,
         5.5675370270e+00,
         3.1333340687e-02,
         1.4984928198e-02,
         6.5842344623e-03},
        5.6427082397e+03
    };
}

Problem mgh17() {
    std::vector<double> x;
    for (int k = 0; k < 33; ++k) {
        x.push_back(10.0 * k);
    }
    return {
        "MGH17",
        [](double t, const Vector& b, Vector& g) {
            const double a = std::exp(-t * b[3]);
            const double c = std::exp(-t * b[4]);
            g << 1.0, a, c, -t * b[1] * a, -t * b[2] * c;
            return b[0] + b[1] * a + b[2] * c;
        },
        x,
        {0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751,
         0.718, 0.685, 0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490,
         0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406},
        {{50, 150, -100, 1, 2}, {0.5, 1.5, -1, 0.01, 0.02}},
        {3.7541005211e-01, 1.9358469127e+00, -1.4646871366e+00, 1.2867534640e-02, 2.2122699662e-02},
        {2.0723153551e-03, 2.2031669222e-01, 2.2175707739e-01, 4.4861358114e-04, 8.9471996575e-04},
        5.4648946975e-05
    };
}

Problem rat43() {
    return {
        "Rat43",
        [](double x, const Vector& b, Vector& g) {
            const double e = std::exp(b[1] - b[2] * x);
            const double y = b[0] * std::pow(1.0 + e, -1.0 / b[3]);
            const double d = -y / b[3] * e / (1.0 + e);
            g << y / b[0], d, -x * d, y * std::log1p(e) / (b[3] * b[3]);
            return y;
        },
        {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {16.08,
         33.83,
         65.80,
         97.20,
         191.55,
         326.20,
         386.87,
         520.53,
         590.03,
         651.92,
         724.93,
         699.56,
         689.96,
         637.56,
         717.41},
        {{100, 10, 1, 1}, {700, 5, 0.75, 1.3}},
        {6.9964151270e+02, 5.2771253025e+00, 7.5962938329e-01, 1.2792483859e+00},
        {1.6302297817e+01, 2.0828735829e+00, 1.9566123451e-01, 6.8761936385e-01},
        8.7864049080e+03
    };
}

Problem eckerle4() {
    return {
        "Eckerle4",
        [](double x, const Vector& b, Vector& g) {
            const double u = (x - b[2]) / b[1];
            const double y = b[0] / b[1] * std::exp(-0.5 * u * u);
            g << y / b[0], y / b[1] * (u * u - 1.0), y * u / b[1];
            return y;
        },
        {400,   405,   410,   415,   420,   425,   430,   435,   436.5, 438.0, 439.5, 441.0,
         442.5, 444.0, 445.5, 447.0, 448.5, 450.0, 451.5, 453.0, 454.5, 456.0, 457.5, 459.0,
         460.5, 462.0, 463.5, 465,   470,   475,   480,   485,   490,   495,   500},
        {0.0001575, 0.0001699, 0.0002350, 0.0003102, 0.0004917, 0.0008710, 0.0017418,
         0.0046400, 0.0065895, 0.0097302, 0.0149002, 0.0237310, 0.0401683, 0.0712559,
         0.1264458, 0.2073413, 0.2902366, 0.3445623, 0.3698049, 0.3668534, 0.3106727,
         0.2078154, 0.1164354, 0.0616764, 0.0337200, 0.0194023, 0.0117831, 0.0074357,
         0.0022732, 0.0008800, 0.0004579, 0.0002345, 0.0001586, 0.0001143, 0.0000710},
        {{1, 10, 500}, {1.5, 5, 450}},
        {1.5543827178e+00, 4.0888321754e+00, 4.5154121844e+02},
        {1.5408051163e-02, 4.6803020753e-02, 4.6800518816e-02},
        1.4635887487e-03
    };
}

Vector vector_of(const std::vector<double>& v) {
    return Eigen::Map<const Vector>(v.data(), static_cast<Eigen::Index>(v.size()));
}

/// Digits that agree, the smallest over the parameters.
double log_relative_error(const Vector& b, const std::vector<double>& certified) {
    double least = 11.0;
    for (std::size_t i = 0; i < certified.size(); ++i) {
        const double relative =
            std::abs(b[static_cast<Eigen::Index>(i)] - certified[i]) / std::abs(certified[i]);
        least = std::min(least, -std::log10(std::max(relative, 1e-16)));
    }
    return least;
}

/// (b - 1)^2 + (c - 2)^2 + 0.5 and whatever a test wants to spoil.
class Bowl final : public Objective {
  public:
    bool evaluate(const Vector& b, Evaluation& out) override {
        const double x = b[0] - 1.0;
        const double y = b[1] - 2.0;
        out.cost = x * x + y * y + 0.5;
        out.gradient = Vector(2);
        out.gradient << x + gradient_error, y;
        out.curvature = curvature_factor * Eigen::MatrixXd::Identity(2, 2);
        if (nan_everywhere) {
            out.cost = std::numeric_limits<double>::quiet_NaN();
        }
        if (nan_gradient) {
            out.gradient[1] = std::numeric_limits<double>::quiet_NaN();
        }
        return true;
    }
    double curvature_factor = 1.0;
    double gradient_error = 0.0;
    bool nan_everywhere = false;
    bool nan_gradient = false;
};

SolverOptions nothing_ends() {
    SolverOptions o;
    o.cost_tolerance = 0.0;
    o.step_tolerance = 0.0;
    o.decrement_tolerance = 0.0;
    o.decrement_absolute = 0.0;
    return o;
}

}  // namespace

TEST_CASE("NIST StRD: at least 7 certified digits from both starts") {
    for (const auto& problem : {misra1a(), thurber(), mgh17(), rat43(), eckerle4()}) {
        for (std::size_t s = 0; s < 2; ++s) {
            LeastSquares objective(problem.curve, problem.x, problem.y);
            SolverOptions options;
            options.evaluations_max = 4000;
            options.cost_tolerance = 0.0;
            options.step_tolerance = 1e-12;
            options.decrement_tolerance = 1e-20;
            const SolverResult fit = minimize(objective, vector_of(problem.starts[s]), options);
            CAPTURE(problem.name, s + 1, to_word(fit.termination), fit.evaluations);
            CHECK(fit.converged());
            CHECK(log_relative_error(fit.p, problem.certified) > 7.0);
            CHECK(fit.at.cost == Approx(problem.certified_rss).epsilon(1e-8));
            Eigen::MatrixXd covariance;
            REQUIRE(invert_positive(fit.at.curvature, covariance));
            const double degrees =
                static_cast<double>(problem.x.size()) - static_cast<double>(fit.p.size());
            for (Eigen::Index i = 0; i < fit.p.size(); ++i) {
                CHECK(
                    std::sqrt(covariance(i, i) * fit.at.cost / degrees) ==
                    Approx(problem.certified_sd[static_cast<std::size_t>(i)]).epsilon(1e-5)
                );
            }
        }
    }
}

TEST_CASE("each end of a fit is reached alone") {
    const Vector start = vector_of({10.0, -10.0});
    Bowl bowl;
    SECTION("cost") {
        bowl.curvature_factor = 3.0;  // short steps: the cost falls ever more slowly
        SolverOptions o = nothing_ends();
        o.cost_tolerance = 1e-9;
        CHECK(minimize(bowl, start, o).termination == Termination::cost);
    }
    SECTION("step") {
        bowl.curvature_factor = 1.5;
        SolverOptions o = nothing_ends();
        o.step_tolerance = 1e-3;
        CHECK(minimize(bowl, start, o).termination == Termination::step);
    }
    SECTION("decrement") {
        bowl.curvature_factor = 3.0;
        SolverOptions o = nothing_ends();
        o.decrement_absolute = 1e-8;
        CHECK(minimize(bowl, start, o).termination == Termination::decrement);
    }
    SECTION("evaluations, which is no success") {
        bowl.curvature_factor = 3.0;
        SolverOptions o = nothing_ends();
        o.evaluations_max = 4;
        const auto fit = minimize(bowl, start, o);
        CHECK(fit.termination == Termination::evaluations);
        CHECK_FALSE(fit.converged());
        CHECK(fit.evaluations == 4);
    }
    SECTION("stalled, which is no success") {
        bowl.gradient_error = 50.0;  // the gradient lies: no step along it helps
        SolverOptions o = nothing_ends();
        o.decrement_absolute = 1e-12;
        const auto fit = minimize(bowl, vector_of({1.0, 2.0}), o);
        CHECK(fit.termination == Termination::stalled);
        CHECK_FALSE(fit.converged());
    }
}

TEST_CASE("a flat or short step alone is no success: nothing more may be gained") {
    // With the default tolerances: whatever calls itself a success has the certified sum.
    int successes = 0;
    for (const auto& problem : {misra1a(), thurber(), mgh17(), rat43(), eckerle4()}) {
        for (std::size_t s = 0; s < 2; ++s) {
            for (const double damping : {1e-2, 1e2, 1e6}) {
                LeastSquares objective(problem.curve, problem.x, problem.y);
                SolverOptions options;
                options.evaluations_max = 2000;
                options.damping = damping;
                const SolverResult fit = minimize(objective, vector_of(problem.starts[s]), options);
                CAPTURE(problem.name, s + 1, damping, to_word(fit.termination), fit.evaluations);
                successes += fit.converged() ? 1 : 0;
                if (fit.converged()) {
                    CHECK(fit.at.cost == Approx(problem.certified_rss).epsilon(1e-6));
                }
            }
        }
    }
    CHECK(successes >= 24);
    // A valley of which the floor falls slowly: steps across it are short and gain nothing.
    const Curve valley = [](double x, const Vector& b, Vector& g) {
        const double wall = 1e6;
        if (x < 1.5) {
            g << -2.0 * wall * b[0], wall;
            return wall * (b[1] - b[0] * b[0]);
        }
        g << 1.0, 0.0;
        return b[0] + (x > 2.5 ? 1e4 : 0.0);
    };
    LeastSquares objective(valley, {1.0, 2.0, 3.0}, {0.0, 1.0, 0.0});
    SolverOptions options;
    options.evaluations_max = 300;
    const auto fit = minimize(objective, vector_of({-3.0, 9.0}), options);
    CAPTURE(to_word(fit.termination), fit.evaluations, fit.p[0]);
    const double gradient = (fit.p[0] - 1.0) + (fit.p[0] + 1e4);
    CHECK((!fit.converged() || std::abs(gradient) < 1.0));
}

TEST_CASE("a number that is not finite never becomes a success") {
    Bowl bowl;
    bowl.nan_everywhere = true;
    auto fit = minimize(bowl, vector_of({0.0, 0.0}), SolverOptions{});
    CHECK(fit.termination == Termination::bad_start);
    CHECK_FALSE(fit.converged());
    bowl.nan_everywhere = false;
    bowl.nan_gradient = true;
    CHECK_FALSE(minimize(bowl, vector_of({0.0, 0.0}), SolverOptions{}).converged());
    bowl.nan_gradient = false;
    const Vector bad = vector_of({std::numeric_limits<double>::quiet_NaN(), 0.0});
    CHECK(minimize(bowl, bad, SolverOptions{}).termination == Termination::bad_start);
    CHECK(minimize(bowl, vector_of({5.0, 5.0}), SolverOptions{}).converged());
}

TEST_CASE("with nothing to fit the start is the optimum") {
    LeastSquares objective(
        [](double x, const Vector&, Vector&) { return x; }, {1.0, 2.0}, {1.0, 3.0}
    );
    const auto fit = minimize(objective, Vector(0), SolverOptions{});
    CHECK(fit.converged());
    CHECK(fit.at.cost == 1.0);
    Eigen::MatrixXd inverse;
    CHECK(invert_positive(fit.at.curvature, inverse));
    CHECK(inverse.size() == 0);
}

TEST_CASE("a region where the objective has no value is walked around, not into") {
    // sqrt(b) of a negative b is NaN: the full step from 4 would go there.
    const Curve curve = [](double x, const Vector& b, Vector& g) {
        const double root = std::sqrt(b[0]);
        g << 0.5 * x / root;
        return x * root;
    };
    LeastSquares objective(curve, {1.0, 2.0, 3.0}, {0.1, 0.2, 0.3});
    const auto fit = minimize(objective, vector_of({4.0}), SolverOptions{});
    CHECK(fit.converged());
    CHECK(fit.p[0] == Approx(0.01).epsilon(1e-6));
}

TEST_CASE("true curvature by differences converges where Gauss-Newton creeps") {
    // Large residuals against a curved model: the second derivatives count as much as the first.
    const Curve curve = [](double x, const Vector& b, Vector& g) {
        g << std::cos(b[0] * x) * x;
        return std::sin(b[0] * x);
    };
    const std::vector<double> x = {0.5, 1.0, 1.5, 2.0};
    const std::vector<double> y = {1.6, 2.4, 2.2, 1.3};
    SolverOptions o = nothing_ends();
    o.decrement_absolute = 1e-16;
    LeastSquares gauss(curve, x, y);
    const auto crept = minimize(gauss, vector_of({0.9}), o);
    LeastSquares newton(curve, x, y);
    o.newton_after = 3;
    const auto fit = minimize(newton, vector_of({0.9}), o);
    CHECK(fit.converged());
    CHECK(std::abs(fit.at.gradient[0]) < 1e-6);
    CHECK(fit.evaluations < crept.evaluations);
}

TEST_CASE("the inverse of a matrix that is not positive is refused") {
    Eigen::MatrixXd m(2, 2);
    m << 1.0, 2.0, 2.0, 1.0;
    Eigen::MatrixXd inverse;
    CHECK_FALSE(invert_positive(m, inverse));
    m << 1e20, 1.0, 1.0, 1e-10;
    REQUIRE(invert_positive(m, inverse));
    CHECK((m * inverse - Eigen::MatrixXd::Identity(2, 2)).cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("the Cauchy weight and curvature are derivatives of its cost") {
    const CauchyLoss loss;
    for (double r = -6.0; r < 6.0; r += 0.37) {
        const double h = 1e-5;
        const double first = (loss.cost(r + h) - loss.cost(r - h)) / (2 * h);
        const double second = (loss.cost(r + h) - 2 * loss.cost(r) + loss.cost(r - h)) / (h * h);
        CHECK(loss.weight(r) * r == Approx(0.5 * first).margin(1e-8));
        CHECK(loss.curvature(r) == Approx(0.5 * second).margin(1e-4));
    }
}

TEST_CASE("the robust variance factor of normal residuals is a little above one") {
    // Quantiles of the normal distribution by bisection of erf: no random numbers.
    RobustScale scale;
    const int n = 4001;
    for (int k = 1; k < n; ++k) {
        double low = -8.0;
        double high = 8.0;
        for (int i = 0; i < 60; ++i) {
            const double x = 0.5 * (low + high);
            (0.5 * std::erfc(-x / std::sqrt(2.0)) < static_cast<double>(k) / n ? low : high) = x;
        }
        scale.add(low, CauchyLoss{});
    }
    CHECK(scale.factor(0) > 1.0);
    CHECK(scale.factor(0) < 1.12);
}

}  // namespace relaxd::model
