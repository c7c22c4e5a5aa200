// SPDX-License-Identifier: MIT
#include "schema/material/material.hpp"
#include "tools/ctl/verbs.hpp"

#include <array>
#include <utility>

namespace relaxd::ctl {

namespace {

/// A fit that `relaxctl fit --model NAME` runs today.
struct Model {
    const char* name;
    std::array<const char*, 4> inputs;
    std::vector<const char*> optional;
    std::vector<const char*> outputs;
    const char* source;
};

std::vector<Model> models() {
    const std::array<const char*, 4> dynamic_data{
        "temperature_K", "frequency_Hz", "storage_modulus_Pa", "loss_modulus_Pa"
    };
    const std::vector<const char*> sigmas{"storage_modulus_sigma_Pa", "loss_modulus_sigma_Pa"};
    return {
        {"dynamic",
         dynamic_data,
         sigmas,
         {"E_u_Pa",
          "E_r_Pa",
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
          "tau_max_Tg_s",
          "tau_beta_s",
          "tau_max_s"},
         "S1 Eq. 25b"},
        {"chi-slope", dynamic_data, sigmas, {"chi_slope", "chi"}, "S1 Eq. 27"},
        {"beta-peaks",
         dynamic_data,
         sigmas,
         {"U_beta_peaks", "tau_beta0_peaks", "U_beta_peaks_corr", "tau_beta0_peaks_corr"},
         "S1 Eq. 8"},
    };
}

template <typename List>
json::array names_of(const List& list) {
    json::array out;
    for (const auto& name : list) {
        out.emplace_back(name);
    }
    return out;
}

}  // namespace

int list_materials(const Globals& globals) {
    const auto known = material::list();
    if (globals.json) {
        json::array list;
        for (const auto& one : known) {
            json::object item;
            item["name"] = one.name;
            item["title"] = one.title;
            item["source"] = one.source;
            list.push_back(std::move(item));
        }
        print_json(list);
        return exit_done;
    }
    std::vector<std::vector<std::string>> rows;
    rows.reserve(known.size());
    for (const auto& one : known) {
        rows.push_back({one.name, one.title, one.source});
    }
    print_table({"name", "title", "source"}, rows);
    return exit_done;
}

int show_material(const Globals& globals, const std::string& name) {
    const auto found = material::load(name);
    if (!found) {
        return report(globals, found.error());
    }
    if (!globals.json) {
        print(found->title + " (" + found->name + ")");
        std::vector<std::vector<std::string>> rows;
        rows.reserve(material::param_members.size());
        for (const auto& [key, member] : material::param_members) {
            rows.push_back({std::string(key), rounded(found->params.*member, 6)});
        }
        print_table({"parameter", "value"}, rows);
        for (const std::string& assumed : found->assumed) {
            print("assumed, not in the source: " + assumed);
        }
        print("source: " + found->source);
        if (!found->notes.empty()) {
            print("notes: " + found->notes);
        }
        return exit_done;
    }
    json::object params;
    for (const auto& [key, member] : material::param_members) {
        params[key] = wire::number(found->params.*member);
    }
    json::object body;
    body["name"] = found->name;
    body["title"] = found->title;
    body["params"] = std::move(params);
    body["assumed"] = names_of(found->assumed);
    body["source"] = found->source;
    body["notes"] = found->notes;
    if (!found->extra.empty()) {
        json::object extra;
        for (const auto& [key, value] : found->extra) {
            extra[key] = wire::number(value);
        }
        body["extra"] = std::move(extra);
    }
    print_json(body);
    return exit_done;
}

int list_models(const Globals& globals) {
    json::array list;
    std::vector<std::vector<std::string>> rows;
    for (const Model& model : models()) {
        json::object item;
        item["name"] = model.name;
        item["inputs"] = names_of(model.inputs);
        item["optional"] = names_of(model.optional);
        item["outputs"] = names_of(model.outputs);
        item["source"] = model.source;
        list.push_back(std::move(item));
        std::string outputs;
        for (const char* name : model.outputs) {
            outputs += outputs.empty() ? name : std::string(" ") + name;
        }
        rows.push_back({model.name, model.source, outputs});
    }
    if (globals.json) {
        print_json(list);
    } else {
        print_table({"fit", "source", "gives"}, rows);
    }
    return exit_done;
}

}  // namespace relaxd::ctl
