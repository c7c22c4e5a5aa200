// SPDX-License-Identifier: MIT
#include "schema/material/material.hpp"
#include "tools/ctl/verbs.hpp"

#include <utility>

namespace relaxd::ctl {

namespace {

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
        for (std::size_t i = 0; i < found->fast_beta.size(); ++i) {
            for (const auto& [key, member] : material::fast_beta_members) {
                rows.push_back(
                    {"fast_beta[" + std::to_string(i) + "]." + std::string(key),
                     rounded(found->fast_beta[i].*member, 6)}
                );
            }
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
    if (!found->fast_beta.empty()) {
        json::array processes;
        for (const material::FastBeta& fast : found->fast_beta) {
            json::object one;
            for (const auto& [key, member] : material::fast_beta_members) {
                one[key] = wire::number(fast.*member);
            }
            processes.push_back(std::move(one));
        }
        params["fast_beta"] = std::move(processes);
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

}  // namespace relaxd::ctl
