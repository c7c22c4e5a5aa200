// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_model.hpp"

#include <cmath>

namespace relaxd::model {

using Complex = std::complex<double>;

DynamicModel::DynamicModel(const Layout& layout, record::Form form)
    : layout_(layout), live_(form, layout.T_ref_K) {}

void DynamicModel::set(const Coordinates& q) {
    live_.set(q);
    is_plain_ = layout_.n_inputs == 1 && !layout_.is_joint_shear &&
                !layout_.is_shown[q_background] && q[q_background] == 0.0;
    if (!is_plain_) {
        q_ = q;
    }
}

void DynamicModel::to_shear(LiveModel::Value& out) const {
    const Complex E = out.modulus_Pa;
    Complex G;
    Complex slope;
    if (layout_.bulk_modulus_Pa > 0.0) {
        G = 1.0 / (3.0 / E - 1.0 / (3.0 * layout_.bulk_modulus_Pa));
        slope = 3.0 * (G / E) * (G / E);
    } else {
        slope = 0.5 / (1.0 + layout_.poisson_ratio);
        G = slope * E;
    }
    for (const std::size_t i : layout_.active) {
        out.gradient[i] *= slope;
    }
    out.modulus_Pa = G;
}

bool DynamicModel::at_instrument(const DynamicRow& row, LiveModel::Value& out) {
    const std::size_t k = static_cast<std::size_t>(row.input);
    const double offset_K = k > 0 ? q_[q_T_g_offset_2 + k - 1] : 0.0;
    for (std::size_t i = q_ln_scale_2; i < q_E_u_T_ref; ++i) {
        out.gradient[i] = 0.0;
    }
    out.gradient[q_background] = 0.0;
    if (!live_.at(row.temperature_K, row.ln_omega, out, offset_K)) {
        return false;
    }
    if (k > 0) {
        out.gradient[q_T_g_offset_2 + k - 1] = out.d_T_g_offset;
    }
    if (layout_.is_joint_shear && row.is_shear) {
        to_shear(out);
    }
    const double b = q_[q_background];
    if (b != 0.0) {
        for (const std::size_t i : layout_.active) {
            out.gradient[i] += Complex(0.0, b * out.gradient[i].real());
        }
    }
    out.gradient[q_background] = Complex(0.0, out.modulus_Pa.real());
    out.modulus_Pa += Complex(0.0, b * out.modulus_Pa.real());
    if (k > 0) {
        const double scale = std::exp(q_[q_ln_scale_2 + k - 1]);
        for (const std::size_t i : layout_.active) {
            out.gradient[i] *= scale;
        }
        out.modulus_Pa *= scale;
        out.gradient[q_ln_scale_2 + k - 1] = out.modulus_Pa;
    }
    return std::isfinite(out.modulus_Pa.real()) && std::isfinite(out.modulus_Pa.imag());
}

}  // namespace relaxd::model
