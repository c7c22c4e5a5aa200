// SPDX-License-Identifier: MIT
//
// Models "kww" (S2 Eqs. 15, 16: the true stretched exponential) and "bergman" (S2 Eq. 17) of loss
// against omega. Coordinates: ln strength (in units of the largest loss), ln time, exponent.

#include "model/fit/short_text.hpp"
#include "model/kww/kww_table.hpp"
#include "model/master/master.hpp"
#include "model/master/shape_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace relaxd::model {

namespace {

using record::ParameterState;

enum Coordinate : std::size_t { ln_strength, ln_time, exponent, n_coordinates };

constexpr double exponent_min = 0.05;
constexpr double flattest = 0.3;  ///< A limit below is the lower one, not that of one time.
constexpr std::size_t grid_rows = 60;
constexpr double beyond = 6.0;  ///< ln tau may start so far outside the window.

/// Loss of unit strength with derivatives by ln(omega time) and the exponent.
struct LossValue {
    double value = 0.0;
    double by_ln_x = 0.0;
    double by_exponent = 0.0;
};

/// A loss shape at one exponent.
class LossShape {
  public:
    LossShape() = default;
    LossShape(const LossShape&) = delete;
    LossShape& operator=(const LossShape&) = delete;
    virtual ~LossShape() = default;
    virtual void set(double exponent_now) = 0;
    [[nodiscard]] virtual LossValue at(double ln_x) = 0;
};

class KwwLoss final : public LossShape {
  public:
    void set(double beta) override { kww_.set(beta, std::log(beta)); }
    LossValue at(double ln_x) override {
        const KwwValue F = kww_.value(ln_x);
        return {F.modulus.imag(), -F.d_ln_omega_tau.imag(), -F.d_beta.imag()};
    }

  private:
    KwwAtBeta kww_;
};

class BergmanLoss final : public LossShape {
  public:
    void set(double b) override { b_ = b; }
    LossValue at(double ln_x) override {
        const double down = std::exp(-ln_x);
        const double up = std::exp(b_ * ln_x);
        const double share = b_ / (1.0 + b_);
        const double sum = b_ * down + up;
        const double D = 1.0 - b_ + share * sum;
        const double by_x = share * b_ * (up - down);
        const double by_b = -1.0 + sum / ((1.0 + b_) * (1.0 + b_)) + share * (down + up * ln_x);
        return {1.0 / D, -by_x / (D * D), -by_b / (D * D)};
    }

  private:
    double b_ = 0.5;
};

class LossModel final : public ResidualModel {
  public:
    LossModel(const MasterRows& rows, double unit, LossShape& shape)
        : rows_(rows), unit_(unit), shape_(shape) {}

    [[nodiscard]] std::size_t rows() const override { return rows_.loss.size(); }

    [[nodiscard]] bool residuals(
        const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
    ) override {
        if (!(q[exponent] > 0.0 && q[exponent] <= 1.0)) {
            return false;
        }
        shape_.set(q[exponent]);
        const double strength = unit_ * std::exp(q[ln_strength]);
        r.resize(static_cast<Eigen::Index>(rows()));
        if (derivative != nullptr) {
            derivative->resize(r.size(), n_coordinates);
        }
        for (Eigen::Index i = 0; i < r.size(); ++i) {
            const MasterValue& v = rows_.loss[static_cast<std::size_t>(i)];
            const LossValue loss = shape_.at(v.ln_omega + q[ln_time]);
            const double scale = strength / v.sigma;
            r[i] = scale * loss.value - v.value / v.sigma;
            if (derivative != nullptr) {
                (*derivative)(i, ln_strength) = scale * loss.value;
                (*derivative)(i, ln_time) = scale * loss.by_ln_x;
                (*derivative)(i, exponent) = scale * loss.by_exponent;
            }
        }
        return r.allFinite();
    }

    /// The best time of a grid at one exponent; the strength is linear and solved for.
    [[nodiscard]] Eigen::VectorXd start(double exponent_now) {
        Eigen::VectorXd best = Eigen::VectorXd::Zero(n_coordinates);
        best[exponent] = exponent_now;
        shape_.set(exponent_now);
        const std::size_t stride = std::max<std::size_t>(1, rows_.loss.size() / grid_rows);
        double largest = -1.0;
        for (double time = -rows_.highest() - beyond; time <= -rows_.lowest() + beyond;
             time += 0.7) {
            double square = 0.0;
            double product = 0.0;
            for (std::size_t i = stride / 2; i < rows_.loss.size(); i += stride) {
                const MasterValue& v = rows_.loss[i];
                const double a = unit_ * shape_.at(v.ln_omega + time).value / v.sigma;
                square += a * a;
                product += a * v.value / v.sigma;
            }
            const double gain = product > 0.0 && square > 0.0 ? product * product / square : -1.0;
            if (gain > largest) {
                largest = gain;
                best[ln_strength] = std::log(product / square);
                best[ln_time] = time;
            }
        }
        return best;
    }

  private:
    const MasterRows& rows_;
    double unit_;
    LossShape& shape_;
};

std::vector<NamedCoordinate> coordinates_of(
    const MasterRows& rows, const char* strength, const char* time, const char* exponent_name
) {
    std::vector<NamedCoordinate> out(n_coordinates);
    out[ln_strength].name = std::string("ln ") + strength;
    out[ln_strength].low = -7.0;
    out[ln_strength].high = 14.0;
    out[ln_time].name = std::string("ln ") + time;
    out[ln_time].low = -rows.highest() - 3.0 * beyond;
    out[ln_time].high = -rows.lowest() + 3.0 * beyond;
    out[ln_time].weak_sd = 2.0;
    out[exponent].name = exponent_name;
    out[exponent].low = exponent_min;
    out[exponent].high = 1.0;
    out[exponent].weak_sd = 0.2;
    return out;
}

NamedFit fit_loss(
    LossModel& model,
    std::vector<NamedCoordinate>& coordinates,
    const NamedFitOptions& frame,
    MasterRows& rows
) {
    std::vector<Eigen::VectorXd> starts;
    if (coordinates[exponent].is_fixed) {
        starts.push_back(model.start(coordinates[exponent].start));
    } else {
        for (const double e : {0.3, 0.5, 0.8}) {
            starts.push_back(model.start(e));
        }
    }
    return fit_with_noise(model, coordinates, starts, frame, rows);
}

/// The loss at the middle of the window: what remains known where no peak is seen.
ShapeQuantity level(const NamedFit& fit, LossShape& shape, double ln_omega, double unit) {
    ShapeQuantity out;
    shape.set(fit.q[exponent]);
    const LossValue loss = shape.at(ln_omega + fit.q[ln_time]);
    out.name = "loss modulus at w = " + short_text(std::exp(ln_omega)) + " rad/s";
    out.is_logarithm = true;
    out.value = fit.q[ln_strength] + std::log(unit * loss.value);
    out.gradient = Eigen::VectorXd::Zero(n_coordinates);
    out.gradient[ln_strength] = 1.0;
    out.gradient[ln_time] = loss.by_ln_x / loss.value;
    out.gradient[exponent] = loss.by_exponent / loss.value;
    return out;
}

/// The other shape on the same rows and with the same noise, for `alternatives`.
record::Alternative other_shape(
    MasterRows rows, LossShape& shape, const char* name, NamedFitOptions frame
) {
    LossModel model(rows, rows.largest(), shape);
    auto coordinates = coordinates_of(rows, "strength", "time", "exponent");
    frame.wants_profile_check = false;
    std::vector<Eigen::VectorXd> starts;
    for (const double e : {0.3, 0.5, 0.8}) {
        starts.push_back(model.start(e));
    }
    return alternative_of(name, fit_from_starts(model, coordinates, starts, frame), false);
}

struct Names {
    const char* model;
    const char* strength;
    const char* time;
    const char* exponent;
    const char* title;
};

record::FitResult fit_shape_of_loss(
    const record::SeriesData& data,
    const record::FitOptions& options,
    const Names& names,
    LossShape& shape,
    LossShape& other,
    const char* other_title
) {
    MasterRows rows = read_master(data, false);
    record::FitResult result = result_for(names.model, rows);
    if (!rows.refusal.empty()) {
        return result;
    }
    const double unit = rows.largest();
    const bool is_rate = std::string(names.time) == "omega_p_rad_s";
    auto coordinates = coordinates_of(rows, names.strength, names.time, names.exponent);
    const std::array parameters{
        ShapeParameter{names.strength, ln_strength, true, unit},
        ShapeParameter{names.time, ln_time, true, 1.0, is_rate},
        ShapeParameter{names.exponent, exponent, false, 1.0}
    };
    result.reason = apply_options(options, parameters, {}, coordinates);
    if (!result.reason.empty()) {
        return result;
    }
    LossModel model(rows, unit, shape);
    const NamedFitOptions frame = frame_options(rows, options);
    const NamedFit fit = fit_loss(model, coordinates, frame, rows);
    if (!report_fit(fit, coordinates, rows, result)) {
        return result;
    }
    if (fit.states[exponent] == ParameterState::at_limit && fit.q[exponent] < flattest) {
        record::FitResult none = result_for(names.model, rows);
        none.residuals = result.residuals;
        none.reason = std::string("the loss is flatter than any shape of this kind (") +
                      names.exponent + " would be below " + short_text(exponent_min) +
                      "): it has no peak";
        return none;
    }
    std::vector<ShapeQuantity> quantities;
    // The order of CONTRACT 4: the exponent of Bergman comes before its rate.
    const std::array<std::size_t, 3> order =
        is_rate ? std::array<std::size_t, 3>{0, 2, 1} : std::array<std::size_t, 3>{0, 1, 2};
    quantities.reserve(order.size());
    for (const std::size_t i : order) {
        quantities.push_back(quantity_of(parameters[i], fit));
    }
    report_parameters(model, fit, coordinates, quantities, frame, options, result);
    const auto state = fit.states[ln_time];
    if (state != ParameterState::determined && state != ParameterState::fixed) {
        auto known = known_combination(
            fit,
            level(fit, shape, rows.middle(), unit),
            {names.strength, names.time, names.exponent}
        );
        known.experiment =
            "Measure on both sides of the peak of the loss: more frequencies or "
            "another temperature.";
        if (std::isfinite(known.value) && std::isfinite(known.standard_error)) {
            result.known_combinations.push_back(std::move(known));
        }
    }
    result.alternatives.push_back(alternative_of(names.title, fit, true));
    if (options.fixed.empty() && options.priors.empty()) {
        auto alternative = other_shape(rows, other, other_title, frame);
        if (std::isfinite(alternative.bic) && alternative.chi2 > 0.0) {
            result.alternatives.push_back(std::move(alternative));
        }
    }
    return result;
}

constexpr const char* kww_title = "stretched exponential";
constexpr const char* bergman_title = "Bergman";

}  // namespace

record::FitResult fit_kww(const record::SeriesData& data, const record::FitOptions& options) {
    KwwLoss kww;
    BergmanLoss bergman;
    const Names names{"kww", "dG_Pa", "tau_s", "beta", kww_title};
    return fit_shape_of_loss(data, options, names, kww, bergman, bergman_title);
}

record::FitResult fit_bergman(const record::SeriesData& data, const record::FitOptions& options) {
    KwwLoss kww;
    BergmanLoss bergman;
    const Names names{"bergman", "G_p_Pa", "omega_p_rad_s", "b", bergman_title};
    return fit_shape_of_loss(data, options, names, bergman, kww, kww_title);
}

}  // namespace relaxd::model
