// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_usable.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

/// Independent of each other; E_u and E_r do not act on the loss that is subtracted.
constexpr std::string_view independent[] = {
    "A_beta_per_Pa",
    "U_beta_J_mol",
    "tau_beta0_s",
    "B",
    "A_an_per_Pa",
    "A_vp_per_Pa",
    "chi_Tg",
    "a1_per_K",
    "t0_s",
    "T_g_K",
};

bool is_linear(std::string_view name) {
    return name == "U_beta_J_mol" || name == "chi_Tg" || name == "a1_per_K" || name == "T_g_K";
}

const record::ParameterEstimate* find(const record::FitResult& result, std::string_view name) {
    for (const auto& e : result.parameters) {
        if (e.name == name) {
            return &e;
        }
    }
    return nullptr;
}

}  // namespace

bool DynamicUsable::is_undetermined(std::string_view name) const {
    return std::find(undetermined.begin(), undetermined.end(), name) != undetermined.end();
}

QpdParameters DynamicUsable::moved(std::string_view name, double amount) const {
    QpdParameters p = parameters;
    const double factor = std::exp(amount);
    if (name == "A_beta_per_Pa") {
        p.E_r_Pa = 1.0 / (1.0 / p.E_u_Pa + p.A_beta_per_Pa() * factor);
    } else if (name == "U_beta_J_mol") {
        p.U_beta_J_mol += amount;
    } else if (name == "tau_beta0_s") {
        p.tau_beta0_s *= factor;
    } else if (name == "B") {
        p.B *= factor;
    } else if (name == "A_an_per_Pa") {
        p.A_an_per_Pa *= factor;
        p.A_vp_per_Pa *= vp_is_tied ? factor : 1.0;
    } else if (name == "A_vp_per_Pa") {
        p.A_vp_per_Pa *= factor;
    } else if (name == "chi_Tg") {
        p.chi_Tg += amount;
    } else if (name == "a1_per_K") {
        p.a1_per_K += amount;
    } else if (name == "t0_s") {
        p.t0_s *= factor;
    } else if (name == "T_g_K") {
        p.T_g_K += amount;
    }
    return p;
}

std::optional<DynamicUsable> usable(const record::FitResult* result) {
    if (result == nullptr || !result->is_usable()) {
        return std::nullopt;
    }
    DynamicUsable out;
    const auto form = record::form_from(result->form);
    const auto T_ref = result->warm_start.find("T_ref_K");
    if (!form || T_ref == result->warm_start.end()) {
        return std::nullopt;
    }
    out.form = *form;
    out.T_ref_K = T_ref->second;
    for (std::size_t i = 0; i < q_count; ++i) {
        const auto it = result->warm_start.find(std::string(coordinate_name(i)));
        if (it == result->warm_start.end() && i >= q_plain_count) {
            continue;  // off
        }
        if (it == result->warm_start.end()) {
            return std::nullopt;
        }
        out.q[i] = it->second;
    }
    out.parameters = parameters_of(out.q, out.T_ref_K);
    const auto& listed = result->correlation_names;
    out.vp_is_tied = out.q[q_ln_A_vp] == out.q[q_ln_A_an];
    std::vector<std::size_t> places;
    std::vector<double> sd;
    for (const auto name : independent) {
        const auto* e = find(*result, name);
        if (e != nullptr && e->state == record::ParameterState::undetermined) {
            out.undetermined.emplace_back(name);
        }
        const auto it = std::find(listed.begin(), listed.end(), name);
        if (e == nullptr || it == listed.end()) {
            continue;
        }
        out.names.emplace_back(name);
        places.push_back(static_cast<std::size_t>(it - listed.begin()));
        sd.push_back(is_linear(name) ? e->standard_error : e->standard_error / e->value);
    }
    const auto n = static_cast<Eigen::Index>(places.size());
    out.covariance.resize(n, n);
    for (std::size_t a = 0; a < places.size(); ++a) {
        for (std::size_t b = 0; b < places.size(); ++b) {
            const std::size_t at = places[a] * listed.size() + places[b];
            out.covariance(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)) =
                at < result->correlations.size() ? sd[a] * sd[b] * result->correlations[at] : 0.0;
        }
    }
    return out;
}

}  // namespace relaxd::model
