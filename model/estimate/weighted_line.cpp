// SPDX-License-Identifier: MIT
#include "model/estimate/weighted_line.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace relaxd::model {

void WeightedLine::add(double x, double y, double weight) {
    n_ += 1.0;
    weight_ += weight;
    const double part = weight / weight_;
    const double dx = x - mean_x_;
    const double dy = y - mean_y_;
    mean_x_ += part * dx;
    mean_y_ += part * dy;
    xx_ += weight * dx * (x - mean_x_);
    xy_ += weight * dx * (y - mean_y_);
    yy_ += weight * dy * (y - mean_y_);
}

double WeightedLine::slope() const {
    return xx_ > 0.0 ? xy_ / xx_ : std::numeric_limits<double>::quiet_NaN();
}

double WeightedLine::chi2() const {
    return xx_ > 0.0 ? std::max(0.0, yy_ - xy_ * xy_ / xx_) : yy_;
}

double WeightedLine::scale() const {
    return n_ > 2.0 ? std::max(1.0, std::sqrt(chi2() / (n_ - 2.0))) : 1.0;
}

double WeightedLine::slope_se() const {
    return xx_ > 0.0 ? scale() / std::sqrt(xx_) : std::numeric_limits<double>::quiet_NaN();
}

double WeightedLine::mean_y_se() const {
    return scale() / std::sqrt(weight_);
}

double WeightedLine::quantile_95() const {
    return scale() > 1.0 ? student_95(n_ - 2.0) : 1.959963984540054;
}

void WeightedParabola::add(double x, double y, double weight) {
    n_ += 1.0;
    double power = weight;
    for (int k = 0; k < 5; ++k) {
        s_[k] += power;
        if (k < 3) {
            t_[k] += power * y;
        }
        power *= x;
    }
    yy_ += weight * y * y;
}

double WeightedParabola::quadratic_over_se() const {
    if (n_ < 4.0) {
        return 0.0;
    }
    Eigen::Matrix3d normal;
    normal << s_[0], s_[1], s_[2], s_[1], s_[2], s_[3], s_[2], s_[3], s_[4];
    const Eigen::Vector3d unit = normal.diagonal().cwiseSqrt().cwiseInverse();
    const Eigen::LLT<Eigen::Matrix3d> factor(
        Eigen::Matrix3d(unit.asDiagonal() * normal * unit.asDiagonal())
    );
    if (factor.info() != Eigen::Success || !unit.allFinite()) {
        return 0.0;
    }
    const Eigen::Matrix3d covariance =
        unit.asDiagonal() * factor.solve(Eigen::Matrix3d::Identity()) * unit.asDiagonal();
    const Eigen::Vector3d right(t_[0], t_[1], t_[2]);
    const Eigen::Vector3d c = covariance * right;
    const double chi2 = std::max(0.0, yy_ - c.dot(right));
    const double scale = n_ > 3.0 ? std::max(1.0, chi2 / (n_ - 3.0)) : 1.0;
    return c[2] / std::sqrt(covariance(2, 2) * scale);
}

double student_95(double degrees) {
    constexpr std::array<double, 10> table = {
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228
    };
    const double d = std::max(1.0, degrees);
    if (d <= 10.0) {
        return table.at(static_cast<std::size_t>(d) - 1);
    }
    return 1.959964 + 2.3722 / d + 2.8225 / (d * d);
}

}  // namespace relaxd::model
