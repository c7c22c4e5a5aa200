// SPDX-License-Identifier: MIT
//
// A certified problem through the common frame: no priors, no box, squares only.

#pragma once

#include "model/fit/named_fit.hpp"
#include "tests/model/jet.hpp"
#include "tests/model/strd.hpp"

#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

class StrdModel final : public model::ResidualModel {
  public:
    /// `is_logarithmic`: the coordinates are the logarithms of the parameters, as our own fits
    /// have them.
    explicit StrdModel(const StrdProblem& problem, bool is_logarithmic = false)
        : problem_(problem), is_logarithmic_(is_logarithmic) {}
    [[nodiscard]] std::size_t rows() const override { return problem_.y.size(); }
    [[nodiscard]] bool residuals(
        const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
    ) override {
        std::vector<Jet> b;
        for (Eigen::Index k = 0; k < q.size(); ++k) {
            const Jet coordinate(q[k], static_cast<std::size_t>(k));
            b.push_back(is_logarithmic_ ? exp(coordinate) : coordinate);
        }
        for (std::size_t i = 0; i < problem_.y.size(); ++i) {
            const Jet y = strd_model(problem_.name, b.data(), problem_.x[i]);
            const auto row = static_cast<Eigen::Index>(i);
            r[row] = y.v - problem_.y[i];
            for (Eigen::Index k = 0; derivative != nullptr && k < q.size(); ++k) {
                (*derivative)(row, k) = y.d[static_cast<std::size_t>(k)];
            }
        }
        return r.allFinite();
    }

  private:
    const StrdProblem& problem_;
    bool is_logarithmic_;
};

inline std::vector<model::NamedCoordinate> strd_coordinates(
    const StrdProblem& problem, std::size_t start, bool is_logarithmic
) {
    std::vector<model::NamedCoordinate> out;
    for (std::size_t k = 0; k < problem.certified.size(); ++k) {
        model::NamedCoordinate c;
        c.name = "b" + std::to_string(k + 1);
        const double value = problem.starts.at(start)[k];
        c.start = is_logarithmic ? std::log(value) : value;
        out.push_back(std::move(c));
    }
    return out;
}

/// With `is_logarithmic` the result's q are still the parameters; its covariance is theirs of the
/// logarithms.
inline model::NamedFit fit_strd(
    const StrdProblem& problem, std::size_t start, bool is_logarithmic = false
) {
    StrdModel model(problem, is_logarithmic);
    model::NamedFitOptions options;
    options.loss.c = std::numeric_limits<double>::infinity();
    options.evaluations_max = 5000;
    options.sigma_is_relative = true;
    options.wants_profile_check = false;
    auto fit = model::fit_named(model, strd_coordinates(problem, start, is_logarithmic), options);
    if (is_logarithmic) {
        fit.q = fit.q.array().exp();
    }
    return fit;
}

/// The fewest digits that agree with the certified parameters.
inline double least_digits(const StrdProblem& problem, const Eigen::VectorXd& b) {
    double least = 11.0;
    for (std::size_t k = 0; k < problem.certified.size(); ++k) {
        const double value = b[static_cast<Eigen::Index>(k)];
        least = std::min(least, log_relative_error(value, problem.certified[k]));
    }
    return least;
}

}  // namespace relaxd::test
