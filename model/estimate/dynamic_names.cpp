// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_names.hpp"

#include "model/qpd/live_model.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace relaxd::model {

namespace {

constexpr DynamicName direct_names[] = {
    {"E_u_Pa", q_ln_E_u, true},
    {"A_beta_per_Pa", q_ln_A_beta, true},
    {"U_beta_J_mol", q_U, false},
    {"B", q_ln_B, true},
    {"A_an_per_Pa", q_ln_A_an, true},
    {"A_vp_per_Pa", q_ln_A_vp, true},
    {"chi_Tg", q_chi_Tg, false},
    {"a1_per_K", q_a1, false},
    {"T_g_K", q_T_g, false},
    {"tau_max_Tg_s", q_ln_tau_max_Tg, true},
    {"E_u_slope_per_K", q_E_u_slope, false},
    {"background_tan_delta", q_background, false},
    {"fast_beta.A_per_Pa", q_ln_A_fast, true},
    {"fast_beta.U_J_mol", q_U_fast, false},
    {"fast_beta.B", q_ln_B_fast, true},
    {"scale_2", q_ln_scale_2, true},
    {"scale_3", q_ln_scale_2 + 1, true},
    {"scale_4", q_ln_scale_2 + 2, true},
    {"scale_5", q_ln_scale_2 + 3, true},
    {"scale_6", q_ln_scale_2 + 4, true},
    {"T_g_offset_2_K", q_T_g_offset_2, false},
    {"T_g_offset_3_K", q_T_g_offset_2 + 1, false},
    {"T_g_offset_4_K", q_T_g_offset_2 + 2, false},
    {"T_g_offset_5_K", q_T_g_offset_2 + 3, false},
    {"T_g_offset_6_K", q_T_g_offset_2 + 4, false},
};

/// Inside, and of shear data. What is relative, or named by the process, goes by both in options.
constexpr std::pair<std::string_view, std::string_view> shear_names[] = {
    {"E_u_Pa", "G_u_Pa"},
    {"E_r_Pa", "G_r_Pa"},
    {"A_beta_per_Pa", "A_beta_shear_per_Pa"},
    {"A_an_per_Pa", "A_an_shear_per_Pa"},
    {"A_vp_per_Pa", "A_vp_shear_per_Pa"},
    {"E_u_slope_per_K", "G_u_slope_per_K"},
    {"E_u_T_ref_K", "G_u_T_ref_K"},
    {"fast_beta.A_per_Pa", "fast_beta.A_shear_per_Pa"},
};

Result<std::string> inner_name(const std::string& name, bool is_shear, std::string_view option) {
    for (const auto& [inside, of_shear] : shear_names) {
        const bool is_inside = name == inside;
        if (!is_inside && name != of_shear) {
            continue;
        }
        const bool is_alias = inside.find("_T_ref") != std::string_view::npos ||
                              inside.find("slope") != std::string_view::npos ||
                              inside.starts_with("fast");
        if (is_inside == is_shear && !(is_inside && is_alias)) {
            return fail(
                Errc::invalid,
                name + " is no parameter of data in " + (is_shear ? "shear" : "tension or bending"),
                std::string(option),
                "the name is " + std::string(is_shear ? of_shear : inside)
            );
        }
        return std::string(inside);
    }
    return name;
}

void rename(std::string& name) {
    for (const auto& [inside, of_shear] : shear_names) {
        if (name == inside) {
            name = of_shear;
            return;
        }
    }
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

/// Every word of `text` that is one of the names.
void rename_words(std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t end = i;
        while (end < text.size() && is_letter(text[end])) {
            ++end;
        }
        std::string word = text.substr(i, std::max<std::size_t>(end - i, 1));
        rename(word);
        out += word;
        i = std::max(end, i + 1);
    }
    text = std::move(out);
}

}  // namespace

const DynamicName* dynamic_name(std::string_view name) {
    for (const auto& n : direct_names) {
        if (n.name == name) {
            return &n;
        }
    }
    return nullptr;
}

std::string_view added_name(std::size_t coordinate) {
    if (coordinate == q_ln_tau_fast_ref) {
        return "fast_beta.tau0_s";
    }
    for (const auto& n : direct_names) {
        if (n.coordinate == coordinate && coordinate >= q_plain_count) {
            return n.name;
        }
    }
    return {};
}

bool is_setting(std::string_view name) {
    return name == "E_u_T_ref_K" || name == "bulk_modulus_Pa" || name == "poisson_ratio";
}

std::optional<double> setting(const record::FitOptions& options, const std::string& name) {
    if (const auto it = options.fixed.find(name); it != options.fixed.end()) {
        return it->second;
    }
    if (const auto it = options.material.find(name); it != options.material.end()) {
        return it->second;
    }
    return std::nullopt;
}

bool is_wanted(const record::FitOptions& options, std::string_view name) {
    const std::string word(name);
    return std::find(options.freed.begin(), options.freed.end(), word) != options.freed.end() ||
           options.priors.contains(word);
}

bool is_mentioned(const record::FitOptions& options, std::string_view name) {
    return is_wanted(options, name) || options.fixed.contains(std::string(name));
}

bool wants_fast(const record::FitOptions& options) {
    return is_wanted(options, "fast_beta") ||
           std::any_of(fast_names.begin(), fast_names.end(), [&options](std::string_view name) {
               return is_mentioned(options, name);
           });
}

Result<record::FitOptions> with_inner_names(const record::FitOptions& options, bool is_shear) {
    record::FitOptions out = options;
    out.fixed.clear();
    out.freed.clear();
    out.priors.clear();
    for (const auto& [name, value] : options.fixed) {
        const auto inside = inner_name(name, is_shear, "--fix");
        if (!inside) {
            return fail(inside.error());
        }
        out.fixed[*inside] = value;
    }
    for (const auto& name : options.freed) {
        const auto inside = inner_name(name, is_shear, "--free");
        if (!inside) {
            return fail(inside.error());
        }
        out.freed.push_back(*inside);
    }
    for (const auto& [name, prior] : options.priors) {
        const auto inside = inner_name(name, is_shear, "--prior");
        if (!inside) {
            return fail(inside.error());
        }
        out.priors[*inside] = prior;
    }
    return out;
}

void give_shear_names(record::FitResult& result) {
    for (auto* list : {&result.parameters, &result.derived}) {
        for (auto& e : *list) {
            rename(e.name);
            rename(e.traded_with);
        }
    }
    for (auto& name : result.correlation_names) {
        rename(name);
    }
    for (auto& known : result.known_combinations) {
        rename_words(known.expression);
        rename_words(known.experiment);
        for (auto& name : known.names) {
            rename(name);
        }
    }
    for (auto& alternative : result.alternatives) {
        rename_words(alternative.name);
    }
    rename_words(result.reason);
    for (auto& warning : result.warnings) {
        rename_words(warning);
    }
}

}  // namespace relaxd::model
