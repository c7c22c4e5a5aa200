// SPDX-License-Identifier: MIT
#include "model/master/superposition.hpp"

#include "model/fit/distributions.hpp"
#include "model/master/shift_start.hpp"
#include "model/qpd/qpd.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

constexpr double knots_per_decade = 2.0;
constexpr double apart = 0.1;  ///< Of ln a_T, between two families: then the spline starts anew.

constexpr double far_apart = 0.7;   ///< Starts nearer than this lead to the same place.
constexpr double hopeless = 100.0;  ///< A BIC so much above the best: no more work is spent on it.

constexpr double as_good = 1.3;  ///< Residuals of a shape, over those of the spline, at most.

std::size_t index(Family family) {
    return static_cast<std::size_t>(family);
}

}  // namespace

std::string_view to_word(Family family) {
    switch (family) {
        case Family::spline: return "spline";
        case Family::kww: return "kww";
        case Family::eq9: return "eq9";
    }
    return "spline";
}

Superposition::Superposition(const Sweeps& sweeps, std::size_t reference, int evaluations_max)
    : sweeps_(sweeps),
      anchor_(sweeps.isotherms.size() / 2),
      reference_(reference),
      evaluations_max_(evaluations_max),
      spline_(sweeps, knots_per_decade),
      kww_(sweeps, Shape::kww),
      eq9_(sweeps, Shape::eq9) {}

double Superposition::criterion(const SweepFit& fit, double penalty) const {
    const SweepFit& spline = of(Family::spline).free;
    const double sum = fit.robust_chi2(spline.is_usable ? spline : fit);
    return fit.n_values * std::log(std::max(1e-300, sum / fit.n_values)) + penalty * fit.n_free;
}

void Superposition::fit_spline(const Eigen::VectorXd& shifts) {
    const SweepMap map = free_shifts(0, shifts, anchor_, true);
    FamilyFits& fits = fits_[index(Family::spline)];
    SweepFit now = fit_sweeps(spline_, sweeps_, map, map.prior_mean, evaluations_max_);
    if (!now.is_usable) {
        return;
    }
    const double bic = criterion(now, std::log(now.n_values));
    if (!fits.free.is_usable || bic < criterion(fits.free, std::log(now.n_values))) {
        fits.free = std::move(now);
    }
}

void Superposition::fit_shape(Family family, const Eigen::VectorXd& shifts) {
    ShapeCurve& curve = family == Family::kww ? kww_ : eq9_;
    FamilyFits& fits = fits_[index(family)];
    fits.shape_size = curve.shape_size();
    const Eigen::VectorXd start = curve.start(shifts);
    SweepMap map = free_shifts(curve.shape_size(), start.tail(shifts.size()), anchor_, false);
    fits.free = fit_sweeps(curve, sweeps_, map, start, evaluations_max_);
}

void Superposition::fit_arrhenius(Family family, const EnergyPrior& energy) {
    FamilyFits& fits = fits_[index(family)];
    SweepModel* models[3] = {&spline_, &kww_, &eq9_};
    const Eigen::Index p = fits.shape_size;
    const bool is_anchored = family == Family::spline;
    SweepMap map =
        arrhenius_shifts(p, sweeps_, sweeps_.isotherms[anchor_].temperature_K, is_anchored);
    const Eigen::Index last = map.map.cols() - 1;
    Eigen::VectorXd start(map.map.cols());
    start.head(p) = fits.free.full.head(p);
    if (!is_anchored) {
        start[p] = fits.free.full[p + static_cast<Eigen::Index>(anchor_)];
    }
    start[last] = slope_J_mol(anchored(family));
    if (energy.fixed_J_mol) {
        map.origin = map.map.col(last) * *energy.fixed_J_mol;
        map.map = map.map.leftCols(last).eval();
        map.prior_mean = map.prior_mean.head(last).eval();
        map.prior_inverse_sd = map.prior_inverse_sd.head(last).eval();
        start = start.head(last).eval();
    } else if (std::isfinite(energy.sd_J_mol)) {
        map.prior_mean[last] = energy.mean_J_mol;
        map.prior_inverse_sd[last] = 1.0 / energy.sd_J_mol;
    }
    fits.arrhenius = fit_sweeps(*models[index(family)], sweeps_, map, start, evaluations_max_);
}

bool Superposition::run(const EnergyPrior& energy, std::optional<Family> wanted) {
    const Eigen::VectorXd pairwise = pairwise_shifts(sweeps_, anchor_, Moduli::both);
    fit_spline(pairwise);
    for (const Eigen::VectorXd& other :
         {(slope_J_mol(pairwise) * inverse_temperatures()).eval(),
          pairwise_shifts(sweeps_, anchor_, Moduli::storage),
          pairwise_shifts(sweeps_, anchor_, Moduli::loss)}) {
        if (!of(Family::spline).free.is_usable ||
            (other - anchored(Family::spline)).cwiseAbs().maxCoeff() > far_apart) {
            fit_spline(other);
        }
    }
    const auto start = [&] {
        return of(Family::spline).free.is_usable ? anchored(Family::spline) : pairwise;
    };
    fit_shape(Family::kww, start());
    fit_shape(Family::eq9, start());
    const Family found = best();
    if (found != Family::spline && of(found).free.is_usable) {
        const Eigen::VectorXd far = anchored(found) - start();
        if (far.cwiseAbs().maxCoeff() > apart) {
            fit_spline(anchored(found));
        }
    }
    bool is_usable = false;
    for (const Family family : families) {
        FamilyFits& fits = fits_[index(family)];
        if (!fits.free.is_usable) {
            continue;
        }
        is_usable = true;
        fits.bic_free = criterion(fits.free, std::log(fits.free.n_values));
        const SweepFit& leader = of(found).free;
        if (fits.bic_free < criterion(leader, std::log(leader.n_values)) + hopeless ||
            family == wanted) {
            fit_arrhenius(family, energy);
        }
        if (fits.arrhenius.is_usable) {
            fits.bic_arrhenius = criterion(fits.arrhenius, std::log(fits.free.n_values));
        }
    }
    return is_usable;
}

bool Superposition::describes(const SweepFit& fit) const {
    const SweepFit& spline = of(Family::spline).free;
    return !spline.is_usable ||
           (fit.scale[0] <= as_good * spline.scale[0] && fit.scale[1] <= as_good * spline.scale[1]);
}

Family Superposition::best() const {
    Family found = of(Family::spline).free.is_usable ? Family::spline
                   : of(Family::kww).free.is_usable  ? Family::kww
                                                     : Family::eq9;
    double least = std::numeric_limits<double>::infinity();
    for (const Family family : families) {
        const SweepFit& fit = of(family).free;
        if (!fit.is_usable || !describes(fit)) {
            continue;
        }
        const double bic = criterion(fit, std::log(fit.n_values));
        if (bic < least) {
            least = bic;
            found = family;
        }
    }
    return found;
}

Eigen::VectorXd Superposition::inverse_temperatures() const {
    const double T_ref_K = sweeps_.isotherms[anchor_].temperature_K;
    Eigen::VectorXd u(static_cast<Eigen::Index>(sweeps_.isotherms.size()));
    for (Eigen::Index k = 0; k < u.size(); ++k) {
        const double T_K = sweeps_.isotherms[static_cast<std::size_t>(k)].temperature_K;
        u[k] = (1.0 / T_K - 1.0 / T_ref_K) / gas_constant_J_mol_K;
    }
    return u;
}

double Superposition::slope_J_mol(const Eigen::VectorXd& shifts) const {
    const Eigen::VectorXd u = inverse_temperatures();
    const Eigen::VectorXd centred = u.array() - u.mean();
    return centred.dot(shifts) / centred.squaredNorm();
}

Eigen::VectorXd Superposition::anchored(Family family) const {
    const FamilyFits& fits = of(family);
    const Eigen::VectorXd shifts =
        fits.free.full.tail(static_cast<Eigen::Index>(sweeps_.isotherms.size()));
    return shifts.array() - shifts[static_cast<Eigen::Index>(anchor_)];
}

double Superposition::shift(Family family, std::size_t k) const {
    const Eigen::VectorXd shifts = anchored(family);
    return shifts[static_cast<Eigen::Index>(k)] - shifts[static_cast<Eigen::Index>(reference_)];
}

double Superposition::shift_sd(Family family, std::size_t k) const {
    const FamilyFits& fits = of(family);
    const Eigen::Index a = fits.shape_size + static_cast<Eigen::Index>(k);
    const Eigen::Index b = fits.shape_size + static_cast<Eigen::Index>(reference_);
    const Eigen::MatrixXd& c = fits.free.full_covariance;
    return std::sqrt(std::max(0.0, c(a, a) + c(b, b) - 2.0 * c(a, b)));
}

std::optional<ShapeTest> Superposition::shape_test() {
    if (!of(Family::spline).free.is_usable) {
        return std::nullopt;
    }
    return spline_.shape_test(of(Family::spline).free);
}

double Superposition::arrhenius_p(Family family) const {
    const FamilyFits& fits = of(family);
    if (!fits.free.is_usable || !fits.arrhenius.is_usable) {
        return 1.0;
    }
    const double extra =
        static_cast<double>(fits.free.q.size()) - static_cast<double>(fits.arrhenius.q.size());
    const double degrees = fits.free.n_values - fits.free.n_free;
    const double rest = fits.free.robust_chi2(fits.free) * fits.free.correlation;
    const double gain = fits.arrhenius.robust_chi2(fits.free) - fits.free.robust_chi2(fits.free);
    if (extra < 1.0 || degrees < 1.0 || !(rest > 0.0)) {
        return 1.0;
    }
    return fisher_upper(std::max(0.0, gain / extra) / (rest / degrees), extra, degrees);
}

std::vector<bool> Superposition::joined() const {
    const std::size_t n = sweeps_.isotherms.size();
    const Eigen::VectorXd shifts = anchored(Family::spline);
    std::vector<bool> is_joined(n, false);
    is_joined[reference_] = true;
    for (bool has_grown = true; has_grown;) {
        has_grown = false;
        for (std::size_t a = 0; a < n; ++a) {
            for (std::size_t b = 0; b < n && is_joined[a]; ++b) {
                const double shift =
                    shifts[static_cast<Eigen::Index>(a)] - shifts[static_cast<Eigen::Index>(b)];
                if (!is_joined[b] && agree(sweeps_, a, b, shift)) {
                    is_joined[b] = true;
                    has_grown = true;
                }
            }
        }
    }
    return is_joined;
}

}  // namespace relaxd::model
