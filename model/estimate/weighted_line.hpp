// SPDX-License-Identifier: MIT
//
// Weighted straight line and parabola in centred sums, exact when points arrive one by one.

#pragma once

namespace relaxd::model {

/// y = mean_y + slope (x - mean_x); weights are 1/sigma^2.
class WeightedLine {
  public:
    /// Exact update (West 1979).
    void add(double x, double y, double weight);

    [[nodiscard]] double n() const { return n_; }
    [[nodiscard]] double mean_x() const { return mean_x_; }
    [[nodiscard]] double mean_y() const { return mean_y_; }
    [[nodiscard]] double slope() const;
    [[nodiscard]] double chi2() const;
    /// 1 or, where the scatter exceeds the given sigmas, the root of chi2/(n - 2).
    [[nodiscard]] double scale() const;
    [[nodiscard]] double slope_se() const;
    [[nodiscard]] double mean_y_se() const;
    /// Of the normal distribution, or of Student's where the scatter sets the error.
    [[nodiscard]] double quantile_95() const;

  private:
    double n_ = 0.0;
    double weight_ = 0.0;
    double mean_x_ = 0.0;
    double mean_y_ = 0.0;
    double xx_ = 0.0;
    double xy_ = 0.0;
    double yy_ = 0.0;
};

/// Only what a test of straightness needs. `x` should be about centred.
class WeightedParabola {
  public:
    void add(double x, double y, double weight);
    /// The quadratic coefficient over its standard error (scatter included); 0 below 4 points.
    [[nodiscard]] double quadratic_over_se() const;

  private:
    double n_ = 0.0;
    double s_[5] = {0, 0, 0, 0, 0};
    double t_[3] = {0, 0, 0};
    double yy_ = 0.0;
};

/// Two-sided 95 % point of Student's t with `degrees` >= 1 degrees of freedom, to 1 %.
[[nodiscard]] double student_95(double degrees);

}  // namespace relaxd::model
