// SPDX-License-Identifier: MIT
//
// Small models for tests of the common frame of the fits, with their own noise.

#pragma once

#include "model/fit/named_fit.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <utility>
#include <vector>

namespace relaxd::model {

/// y = f(x, q) with one sigma; `curve` fills dy/dq.
class CurveModel final : public ResidualModel {
  public:
    using Curve = std::function<double(double x, const Eigen::VectorXd& q, Eigen::VectorXd& g)>;
    CurveModel(Curve curve, std::vector<double> x, std::vector<double> y, double sigma)
        : curve_(std::move(curve)), x_(std::move(x)), y_(std::move(y)), sigma_(sigma) {}

    [[nodiscard]] std::size_t rows() const override { return x_.size(); }
    [[nodiscard]] bool residuals(
        const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
    ) override {
        ++calls;
        Eigen::VectorXd g(q.size());
        r.resize(static_cast<Eigen::Index>(x_.size()));
        for (std::size_t i = 0; i < x_.size(); ++i) {
            const auto row = static_cast<Eigen::Index>(i);
            r[row] = (curve_(x_[i], q, g) - y_[i]) / sigma_;
            if (derivative != nullptr) {
                derivative->row(row) = g.transpose() / sigma_;
            }
        }
        return r.allFinite();
    }
    int calls = 0;

  private:
    Curve curve_;
    std::vector<double> x_;
    std::vector<double> y_;
    double sigma_;
};

/// Standard normal numbers from a 64-bit mixer (splitmix64) and Box-Muller.
class Noise {
  public:
    explicit Noise(std::uint64_t seed) : state_(seed) {}
    double uniform() {
        state_ += 0x9e3779b97f4a7c15ULL;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
        z ^= z >> 31U;
        return (static_cast<double>(z >> 11U) + 0.5) / 9007199254740992.0;
    }
    double normal() {
        return std::sqrt(-2.0 * std::log(uniform())) * std::cos(2.0 * std::numbers::pi * uniform());
    }

  private:
    std::uint64_t state_;
};

inline NamedCoordinate coordinate(std::string name, double start) {
    NamedCoordinate c;
    c.name = std::move(name);
    c.start = start;
    return c;
}

inline NamedFitOptions squares_only() {
    NamedFitOptions o;
    o.loss.c = std::numeric_limits<double>::infinity();
    return o;
}

inline double straight_line(double x, const Eigen::VectorXd& q, Eigen::VectorXd& g) {
    g << 1.0, x;
    return q[0] + q[1] * x;
}

}  // namespace relaxd::model
