// SPDX-License-Identifier: MIT
#include "schema/material/material.hpp"

#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/base/toml_parser.hpp"
#include "schema/base/toml_text.hpp"
#include "schema/material/built_in.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>

namespace relaxd::material {

namespace {

constexpr std::array<std::string_view, 7> material_keys{
    "name",
    "title",
    "source",
    "notes",
    "assumed",
    "params",
    "extra",
};
constexpr std::streamsize file_bytes_max = 1'000'000;

template <typename Members>
std::vector<std::string_view> names_of(const Members& members) {
    std::vector<std::string_view> names;
    names.reserve(members.size() + 1);
    for (const auto& [name, member] : members) {
        names.push_back(name);
    }
    return names;
}

std::vector<std::string_view> param_names() {
    std::vector<std::string_view> names = names_of(param_members);
    names.push_back("fast_beta");
    return names;
}

/// Reads one material; keeps the source name so that every error can say its line.
class Reader {
  public:
    explicit Reader(std::string_view source) : source_(source) {}

    Result<Material> read(const toml::table& table) {
        if (auto done = check_keys(table, "a material", source_, material_keys); !done) {
            return fail(done.error());
        }
        for (auto step :
             {&Reader::read_texts,
              &Reader::read_params,
              &Reader::read_assumed,
              &Reader::read_extra,
              &Reader::check_together}) {
            if (Result<void> done = (this->*step)(table); !done) {
                return fail(done.error());
            }
        }
        return std::move(material_);
    }

  private:
    [[nodiscard]] std::string at(const toml::source_region& region) const {
        return source_ + ":" + std::to_string(region.begin.line);
    }

    Result<void> read_texts(const toml::table& table) {
        const std::array<std::pair<std::string_view, std::string*>, 4> texts{{
            {"name", &material_.name},
            {"title", &material_.title},
            {"source", &material_.source},
            {"notes", &material_.notes},
        }};
        for (const auto& [key, field] : texts) {
            const toml::node* node = table.get(key);
            if (node == nullptr) {
                continue;
            }
            const auto* text = node->as_string();
            if (text == nullptr) {
                return fail(
                    Errc::invalid,
                    "key '" + std::string(key) + "' must be text",
                    at(node->source()),
                    "put it between \" and \""
                );
            }
            *field = text->get();
        }
        return {};
    }

    [[nodiscard]] Result<double> number_of(const toml::node& node, std::string_view key) const {
        const std::optional<double> value = node.value<double>();
        if (!node.is_number() || !value || !std::isfinite(*value)) {
            return fail(
                Errc::invalid,
                "key '" + std::string(key) + "' must be a number in the SI unit of its name",
                at(node.source()),
                "leave the key out if the number is not known"
            );
        }
        return *value;
    }

    static bool is_in_domain(std::string_view name, double value) {
        if (name == "chi_Tg") {
            return value > 0.0 && value < 1.0;
        }
        if (name == "a1_per_K" || name == "a2" || name == "A_an_per_Pa" || name == "A_vp_per_Pa") {
            return value >= 0.0;
        }
        return name == "E_u_slope_per_K" || value > 0.0;
    }

    Result<void> read_params(const toml::table& table) {
        const toml::node* node = table.get("params");
        const toml::table* params = node == nullptr ? nullptr : node->as_table();
        if (params == nullptr) {
            return fail(
                Errc::invalid,
                "a material needs a table [params]",
                node == nullptr ? source_ + ":1" : at(node->source()),
                "see schema/material/la60ni15al25.toml"
            );
        }
        if (auto done = check_keys(*params, "[params]", source_, param_names()); !done) {
            return done;
        }
        if (auto done = read_numbers(*params, param_members, material_.params); !done) {
            return done;
        }
        return read_fast_beta(*params);
    }

    /// Those of `members` that the table gives.
    template <typename Members, typename Into>
    Result<void> read_numbers(const toml::table& from, const Members& members, Into& into) {
        for (const auto& [name, member] : members) {
            const toml::node* one = from.get(name);
            if (one == nullptr) {
                continue;
            }
            const Result<double> value = number_of(*one, name);
            if (!value) {
                return fail(value.error());
            }
            if (!is_in_domain(name, *value)) {
                return fail(
                    Errc::invalid,
                    "key '" + std::string(name) + "' = " + relaxd::to_text(*value) +
                        " is outside its domain",
                    at(one->source()),
                    name == "chi_Tg" ? "0 < chi_Tg < 1" : "it must be positive"
                );
            }
            into.*member = *value;
        }
        return {};
    }

    Result<void> read_fast_beta(const toml::table& params) {
        const toml::node* node = params.get("fast_beta");
        if (node == nullptr) {
            return {};
        }
        const auto bad = [this](const toml::node& where, std::string what) {
            return fail(
                Errc::invalid,
                std::move(what),
                at(where.source()),
                "write [[params.fast_beta]] and below it A_per_Pa, U_J_mol, tau0_s and, if known, B"
            );
        };
        const toml::array* list = node->as_array();
        if (list == nullptr) {
            return bad(*node, "'fast_beta' must be a list of tables");
        }
        for (const toml::node& one : *list) {
            const toml::table* process = one.as_table();
            if (process == nullptr) {
                return bad(one, "'fast_beta' must be a list of tables");
            }
            FastBeta fast;
            if (auto done = check_keys(
                    *process, "[[params.fast_beta]]", source_, names_of(fast_beta_members)
                );
                !done) {
                return done;
            }
            if (auto done = read_numbers(*process, fast_beta_members, fast); !done) {
                return done;
            }
            if (std::isnan(fast.A_per_Pa) || std::isnan(fast.U_J_mol) || std::isnan(fast.tau0_s)) {
                return bad(one, "a fast beta process needs A_per_Pa, U_J_mol and tau0_s");
            }
            material_.fast_beta.push_back(fast);
        }
        return {};
    }

    Result<void> read_assumed(const toml::table& table) {
        const toml::node* node = table.get("assumed");
        if (node == nullptr) {
            return {};
        }
        const toml::array* list = node->as_array();
        if (list == nullptr) {
            return fail(
                Errc::invalid,
                "key 'assumed' must be a list of names of [params]",
                at(node->source()),
                "for example assumed = [\"B\"]"
            );
        }
        for (const toml::node& one : *list) {
            const std::string name = one.value_or(std::string{});
            const auto known = std::ranges::find_if(param_members, [&name](const auto& member) {
                return member.first == name;
            });
            if (known == param_members.end() || std::isnan(material_.params.*(known->second))) {
                return fail(
                    Errc::invalid,
                    "key 'assumed' names '" + name + "', which [params] does not give",
                    at(one.source()),
                    "known: " + joined(param_names())
                );
            }
            material_.assumed.push_back(name);
        }
        return {};
    }

    Result<void> read_extra(const toml::table& table) {
        const toml::node* node = table.get("extra");
        if (node == nullptr) {
            return {};
        }
        const toml::table* extra = node->as_table();
        if (extra == nullptr) {
            return fail(
                Errc::invalid,
                "key 'extra' must be a table of numbers",
                at(node->source()),
                "for example [extra] and below it T_x_K = 505.0"
            );
        }
        for (const auto& [key, one] : *extra) {
            const Result<double> value = number_of(one, key.str());
            if (!value) {
                return fail(value.error());
            }
            material_.extra[std::string(key.str())] = *value;
        }
        return {};
    }

    Result<void> check_together(const toml::table& table) {
        if (material_.params.E_u_slope_per_K != 0.0 &&
            !std::isnan(material_.params.E_u_slope_per_K) &&
            std::isnan(material_.params.E_u_T_ref_K)) {
            return fail(
                Errc::invalid,
                "E_u_slope_per_K needs E_u_T_ref_K, the temperature at which E_u_Pa holds",
                at(table.get("params")->source())
            );
        }
        if (material_.params.E_r_Pa > material_.params.E_u_Pa) {
            return fail(
                Errc::invalid,
                "E_r_Pa is greater than E_u_Pa: relaxation cannot stiffen",
                at(table.get("params")->source())
            );
        }
        return {};
    }

    std::string source_;
    Material material_;
};

bool is_path(const std::string& text) {
    return text.find('/') != std::string::npos || text.ends_with(".toml");
}

Result<Material> load_file(const std::string& path) {
    std::error_code ignored;
    const bool is_file = !std::filesystem::is_directory(path, ignored);
    std::ifstream file(path, std::ios::binary);
    std::string text;
    if (is_file && file) {
        text.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    if (!is_file || !file || file.bad()) {
        return fail(
            Errc::not_found,
            "the material file cannot be read",
            path,
            "check the path and its rights"
        );
    }
    if (static_cast<std::streamsize>(text.size()) > file_bytes_max) {
        return fail(Errc::invalid, "this is no material file: it is larger than 1 MB", path);
    }
    Result<Material> material = parse(text, path);
    if (material && material->name.empty()) {
        const std::size_t slash = path.find_last_of('/');
        material->name = slash == std::string::npos ? path : path.substr(slash + 1);
        if (material->name.ends_with(".toml")) {
            material->name.resize(material->name.size() - 5);
        }
    }
    return material;
}

}  // namespace

Result<Material> parse(std::string_view toml_text, std::string_view source_name) {
    const toml::parse_result parsed = toml::parse(toml_text, source_name);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return fail(not_toml(error.description(), source_name, error.source().begin.line));
    }
    return Reader(source_name).read(parsed.table());
}

Result<Material> load(const std::string& name_or_path) {
    if (is_path(name_or_path)) {
        return load_file(name_or_path);
    }
    std::vector<std::string_view> names;
    for (const BuiltIn& one : built_in()) {
        if (one.name == name_or_path) {
            return parse(one.toml, std::string(one.name) + ".toml");
        }
        names.push_back(one.name);
    }
    return fail(
        Errc::not_found,
        "no built-in material '" + name_or_path.substr(0, 120) + "'",
        {},
        "the nearest is '" + std::string(nearest(name_or_path, names)) +
            "'; built in: " + joined(names) + "; or give the path of a .toml file"
    );
}

std::vector<Listing> list() {
    std::vector<Listing> listings;
    for (const BuiltIn& one : built_in()) {
        if (const Result<Material> material = parse(one.toml, one.name)) {
            listings.push_back({material->name, material->title, material->source});
        }
    }
    return listings;
}

}  // namespace relaxd::material
