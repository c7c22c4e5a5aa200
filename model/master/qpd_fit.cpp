// SPDX-License-Identifier: MIT
//
// Model "qpd": S2 Eq. 9, G* = G_r + (G_el - G_r)/(1 + eta (i omega tau)^-chi + (i omega tau)^-1),
// to storage and loss of master data. Coordinates: ln(G_el - G_r), G_r, ln eta, ln tau, chi; moduli
// in units of the largest one.

#include "model/fit/short_text.hpp"
#include "model/master/master.hpp"
#include "model/master/shape_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <optional>

namespace relaxd::model {

namespace {

using Complex = std::complex<double>;
using record::ParameterState;

enum Coordinate : std::size_t { ln_dG, relaxed, ln_eta, ln_tau, chi_, n_coordinates };

constexpr double half_pi = 0.5 * std::numbers::pi;
constexpr std::size_t grid_rows = 60;
/// Of G_r around 0, in units of the largest modulus: a liquid has none, a network little.
constexpr double relaxed_prior = 0.2;
constexpr double beyond = 6.0;  ///< ln tau may start so far outside the window.

Complex denominator(double ln_x, double eta, double chi) {
    const Complex power = std::polar(eta * std::exp(-chi * ln_x), -chi * half_pi);
    return 1.0 + power + Complex(0.0, -std::exp(-ln_x));
}

/// G in units and its derivatives by the coordinates.
struct Derivatives {
    Complex G;
    std::array<Complex, n_coordinates> by;
};

class QpdShape final : public ResidualModel {
  public:
    QpdShape(const MasterRows& rows, double unit, std::optional<double> G_el)
        : rows_(rows), unit_(unit), G_el_(G_el) {}

    [[nodiscard]] std::size_t rows() const override {
        return rows_.storage.size() + rows_.loss.size();
    }

    [[nodiscard]] double strength(const Eigen::VectorXd& q) const {
        return G_el_ ? *G_el_ - q[relaxed] : std::exp(q[ln_dG]);
    }

    [[nodiscard]] Derivatives at(double ln_omega, const Eigen::VectorXd& q) const {
        const double dG = strength(q);
        const double ln_x = ln_omega + q[ln_tau];
        const Complex D = denominator(ln_x, std::exp(q[ln_eta]), q[chi_]);
        const Complex flow(0.0, -std::exp(-ln_x));
        const Complex power = D - 1.0 - flow;
        const Complex part = dG / D;
        const Complex by_D = -part / D;
        Derivatives out;
        out.G = q[relaxed] + part;
        out.by[ln_dG] = G_el_ ? Complex() : part;
        out.by[relaxed] = G_el_ ? 1.0 - 1.0 / D : Complex(1.0, 0.0);
        out.by[ln_eta] = by_D * power;
        out.by[ln_tau] = by_D * (-q[chi_] * power - flow);
        out.by[chi_] = -by_D * power * Complex(ln_x, half_pi);
        return out;
    }

    [[nodiscard]] bool residuals(
        const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
    ) override {
        if (!(strength(q) > 0.0)) {
            return false;
        }
        r.resize(static_cast<Eigen::Index>(rows()));
        if (derivative != nullptr) {
            derivative->setZero(r.size(), n_coordinates);
        }
        Eigen::Index row = 0;
        for (const auto* values : {&rows_.storage, &rows_.loss}) {
            const bool is_loss = values == &rows_.loss;
            for (const auto& v : *values) {
                const double scale = unit_ / v.sigma;
                const Derivatives d = at(v.ln_omega, q);
                r[row] = scale * (is_loss ? d.G.imag() : d.G.real()) - v.value / v.sigma;
                if (derivative != nullptr) {
                    for (std::size_t k = 0; k < n_coordinates; ++k) {
                        (*derivative)(row, static_cast<Eigen::Index>(k)) =
                            scale * (is_loss ? d.by[k].imag() : d.by[k].real());
                    }
                }
                ++row;
            }
        }
        return r.allFinite();
    }

    /// The best of a grid at one chi; strength and G_r are linear and solved for.
    [[nodiscard]] Eigen::VectorXd start(double chi, bool has_relaxed) const {
        Eigen::VectorXd best = Eigen::VectorXd::Zero(n_coordinates);
        best[chi_] = chi;
        double least = 1e300;
        for (const double eta : {0.5, 1.0, 2.0}) {
            for (double tau = -rows_.highest() - beyond; tau <= -rows_.lowest() + beyond;
                 tau += 1.0) {
                double dG = 1.0;
                double G_r = 0.0;
                const double chi2 = linear_chi2(tau, eta, chi, has_relaxed, dG, G_r);
                if (chi2 < least) {
                    least = chi2;
                    best << std::log(dG), G_r, std::log(eta), tau, chi;
                }
            }
        }
        return best;
    }

  private:
    double linear_chi2(
        double tau, double eta, double chi, bool has_relaxed, double& dG, double& G_r
    ) const {
        double aa = 0.0;
        double ab = 0.0;
        double bb = 0.0;
        double ay = 0.0;
        double by = 0.0;
        double yy = 0.0;
        for (const auto* values : {&rows_.storage, &rows_.loss}) {
            const bool is_loss = values == &rows_.loss;
            const std::size_t stride = std::max<std::size_t>(1, values->size() / grid_rows);
            for (std::size_t i = stride / 2; i < values->size(); i += stride) {
                const MasterValue& v = (*values)[i];
                const Complex part = 1.0 / denominator(v.ln_omega + tau, eta, chi);
                const double scale = unit_ / v.sigma;
                const double a = scale * (is_loss ? part.imag() : part.real());
                const double b = is_loss ? 0.0 : scale;
                const double y = v.value / v.sigma;
                aa += a * a;
                ab += a * b;
                bb += b * b;
                ay += a * y;
                by += b * y;
                yy += y * y;
            }
        }
        const double det = aa * bb - ab * ab;
        const bool has_both = has_relaxed && det > 1e-9 * aa * bb;
        dG = has_both ? (ay * bb - by * ab) / det : ay / aa;
        G_r = has_both ? (by * aa - ay * ab) / det : 0.0;
        if (!(dG > 0.0)) {
            return 1e300;
        }
        G_r = std::clamp(G_r, -0.1, 0.9);
        return yy - 2.0 * (dG * ay + G_r * by) + dG * dG * aa + 2.0 * dG * G_r * ab +
               G_r * G_r * bb;
    }

    const MasterRows& rows_;
    double unit_;
    std::optional<double> G_el_;  ///< Where it is fixed, in units.
};

std::vector<NamedCoordinate> coordinates_of(const MasterRows& rows) {
    std::vector<NamedCoordinate> out(n_coordinates);
    out[ln_dG].name = "ln(G_el - G_r)";
    out[ln_dG].low = -7.0;
    out[ln_dG].high = 7.0;
    out[relaxed].name = "G_r";
    out[relaxed].low = -0.5;
    out[relaxed].high = 1.0;
    out[relaxed].prior_sd = relaxed_prior;
    out[ln_eta].name = "ln eta";
    out[ln_eta].low = -7.0;
    out[ln_eta].high = 7.0;
    out[ln_tau].name = "ln tau";
    out[ln_tau].low = -rows.highest() - 2.0 * beyond;
    out[ln_tau].high = -rows.lowest() + 2.0 * beyond;
    out[ln_tau].weak_sd = 2.0;
    out[chi_].name = "chi";
    out[chi_].low = 0.02;
    out[chi_].high = 0.98;
    out[chi_].weak_sd = 0.2;
    return out;
}

/// The loss at the middle of the window: what remains known on one flank alone.
ShapeQuantity level(QpdShape& model, const NamedFit& fit, double ln_omega, double unit) {
    ShapeQuantity out;
    out.name = "loss modulus at w = " + short_text(std::exp(ln_omega)) + " rad/s";
    out.is_logarithm = true;
    const Derivatives at = model.at(ln_omega, fit.q);
    out.value = std::log(unit * at.G.imag());
    out.gradient = Eigen::VectorXd::Zero(n_coordinates);
    for (std::size_t k = 0; k < n_coordinates; ++k) {
        out.gradient[static_cast<Eigen::Index>(k)] = at.by[k].imag() / at.G.imag();
    }
    return out;
}

/// On one flank of the peak the coordinates run along a curved valley: what the quadratic
/// approximation calls determined there is a hint.
void humble(NamedFit& fit) {
    const auto is_open = [&](std::size_t i) {
        return fit.states[i] != ParameterState::determined &&
               fit.states[i] != ParameterState::fixed;
    };
    if (!is_open(ln_tau) && !is_open(ln_dG) && !is_open(relaxed)) {
        return;
    }
    for (auto& state : fit.states) {
        state = state == ParameterState::determined ? ParameterState::hinted : state;
    }
}

std::vector<Eigen::VectorXd> starts_of(
    const QpdShape& model, std::span<const NamedCoordinate> coordinates
) {
    std::vector<Eigen::VectorXd> starts;
    for (const double chi : {0.25, 0.4, 0.6}) {
        const double at = coordinates[chi_].is_fixed ? coordinates[chi_].start : chi;
        starts.push_back(model.start(at, false));
        starts.push_back(model.start(at, true));
        if (coordinates[chi_].is_fixed) {
            break;
        }
    }
    return starts;
}

}  // namespace

record::FitResult fit_qpd(const record::SeriesData& data, const record::FitOptions& options) {
    MasterRows rows = read_master(data, true);
    record::FitResult result = result_for("qpd", rows);
    if (!rows.refusal.empty()) {
        return result;
    }
    const double unit = rows.largest();
    std::vector<NamedCoordinate> coordinates = coordinates_of(rows);
    const std::array parameters{
        ShapeParameter{"G_r_Pa", relaxed, false, unit},
        ShapeParameter{"eta", ln_eta, true, 1.0},
        ShapeParameter{"tau_mol_s", ln_tau, true, 1.0},
        ShapeParameter{"chi", chi_, false, 1.0}
    };
    constexpr std::array<const char*, 1> others{"G_el_Pa"};
    result.reason = apply_options(options, parameters, others, coordinates);
    std::optional<double> G_el;
    if (const auto fixed = options.fixed.find("G_el_Pa"); fixed != options.fixed.end()) {
        G_el = fixed->second / unit;
        coordinates[ln_dG].is_fixed = true;
        if (!(*G_el > 0.0) || !std::isfinite(*G_el)) {
            result.reason = "G_el_Pa cannot be fixed at this value";
        }
    }
    if (rows.storage.empty()) {  // a loss alone knows differences of moduli
        coordinates[relaxed].is_fixed = true;
    }
    if (!result.reason.empty()) {
        return result;
    }
    QpdShape model(rows, unit, G_el);
    const NamedFitOptions frame = frame_options(rows, options);
    NamedFit fit = fit_with_noise(model, coordinates, starts_of(model, coordinates), frame, rows);
    if (!report_fit(fit, coordinates, rows, result)) {
        return result;
    }
    humble(fit);
    ShapeQuantity total;
    total.name = "G_el_Pa";
    total.value = unit * (model.strength(fit.q) + fit.q[relaxed]);
    total.gradient = Eigen::VectorXd::Zero(n_coordinates);
    if (!G_el) {
        total.gradient[ln_dG] = unit * model.strength(fit.q);
        total.gradient[relaxed] = unit;
    }
    std::vector<ShapeQuantity> quantities{total};
    for (const auto& parameter : parameters) {
        quantities.push_back(quantity_of(parameter, fit));
    }
    report_parameters(model, fit, coordinates, quantities, frame, options, result);
    if (fit.states[ln_tau] != ParameterState::determined &&
        fit.states[ln_tau] != ParameterState::fixed) {
        auto known = known_combination(
            fit,
            level(model, fit, rows.middle(), unit),
            {"G_el_Pa", "G_r_Pa", "eta", "tau_mol_s", "chi"}
        );
        known.experiment =
            "Measure one decade below the peak of the loss: a lower frequency or a "
            "higher temperature.";
        if (std::isfinite(known.value) && std::isfinite(known.standard_error)) {
            result.known_combinations.push_back(std::move(known));
        }
    }
    result.alternatives.push_back(alternative_of("S2 Eq. 9", fit, true));
    return result;
}

}  // namespace relaxd::model
