// SPDX-License-Identifier: MIT
#include "schema/base/number.hpp"
#include "schema/table/table.hpp"

#include <array>
#include <cmath>
#include <set>

namespace relaxd::table {

namespace {

using record::Channel;

std::string number_or_empty(double value) {
    return std::isfinite(value) ? relaxd::to_text(value) : std::string{};
}

/// Quoted where a comma, a quote or an edge blank would change what is read back.
std::string cell(const std::string& text) {
    const bool edge_blank =
        !text.empty() && (text.front() == ' ' || text.back() == ' ' || text.front() == '#');
    if (!edge_blank && text.find_first_of(",\"\n\r") == std::string::npos) {
        return text;
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c == '\n' || c == '\r' ? ' ' : c;
        if (c == '"') {
            quoted += '"';
        }
    }
    return quoted + "\"";
}

std::string one_line(std::string text) {
    for (char& c : text) {
        if (c == '\n' || c == '\r') {
            c = ' ';
        }
    }
    return text;
}

/// Which columns hold at least one value.
struct Layout {
    bool time = false;
    bool flags = false;
    bool simulated = false;
    std::vector<Channel> channels;
    std::set<std::string> extra;

    explicit Layout(const std::vector<record::Reading>& rows) {
        std::array<bool, record::channel_count> used{};
        for (const record::Reading& row : rows) {
            time = time || std::isfinite(row.time_s);
            flags = flags || !row.flags.empty();
            simulated = simulated || row.simulated;
            for (std::size_t i = 0; i < used.size(); ++i) {
                used[i] = used[i] || std::isfinite(row.values[static_cast<Channel>(i)]);
            }
            for (const auto& [name, value] : row.extra) {
                extra.insert(name);
            }
        }
        for (std::size_t i = 0; i < used.size(); ++i) {
            if (used[i]) {
                channels.push_back(static_cast<Channel>(i));
            }
        }
    }
};

}  // namespace

std::string write_csv(const Table& table) {
    const Layout layout(table.rows);
    std::string text;
    for (const auto& [key, value] : table.keys) {
        text += "# " + one_line(key) + ": " + one_line(value) + "\n";
    }
    text += layout.time ? "time_s,segment" : "segment";
    for (const Channel channel : layout.channels) {
        text += ",";
        text += to_name(channel);
    }
    for (const std::string& name : layout.extra) {
        text += "," + cell(name);
    }
    text += layout.flags ? ",flags" : "";
    text += layout.simulated ? ",simulated\n" : "\n";
    for (const record::Reading& row : table.rows) {
        if (layout.time) {
            text += number_or_empty(row.time_s) + ",";
        }
        text += std::to_string(row.segment);
        for (const Channel channel : layout.channels) {
            text += "," + number_or_empty(row.values[channel]);
        }
        for (const std::string& name : layout.extra) {
            const auto found = row.extra.find(name);
            text += "," + (found == row.extra.end() ? "" : number_or_empty(found->second));
        }
        text += layout.flags ? "," + cell(row.flags) : "";
        text += !layout.simulated ? "\n" : row.simulated ? ",1\n" : ",0\n";
    }
    return text;
}

}  // namespace relaxd::table
