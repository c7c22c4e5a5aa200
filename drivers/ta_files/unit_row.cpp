// SPDX-License-Identifier: MIT
#include "drivers/ta_files/unit_row.hpp"

#include "drivers/ta_files/signals.hpp"
#include "drivers/ta_files/text.hpp"
#include "schema/base/number.hpp"
#include "schema/table/segments.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace relaxd::ta_files {

namespace {

using record::Channel;

constexpr char blanks = ' ';
constexpr std::size_t columns_max = 1000;
constexpr double segments_max = 1e6;

using Cells = std::vector<std::string_view>;

Cells cells_of(std::string_view line, char separator) {
    Cells out;
    if (separator != blanks) {
        for (const std::string_view cell : split(line, separator)) {
            out.push_back(trimmed(cell));
        }
        return out;
    }
    for (std::size_t at = line.find_first_not_of(" \t"); at != std::string_view::npos;
         at = line.find_first_not_of(" \t", at)) {
        const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
        out.push_back(line.substr(at, end - at));
        at = end;
    }
    return out;
}

char separator_of(std::string_view names) {
    for (const char c : {',', '\t', ';'}) {
        if (names.find(c) != std::string_view::npos) {
            return c;
        }
    }
    return blanks;
}

/// The places of names and units among the lines.
struct Head {
    std::size_t units_line = 0;
    char separator = ',';
    std::vector<Signal> signals;
};

/// Nothing in it, or a key of the house ("# T_g_K: 453").
bool is_skipped(std::string_view line) {
    line = trimmed(line);
    return line.empty() || line.front() == '#';
}

/// The lines that are not empty, as far as a title, names and units reach.
std::vector<std::size_t> first_lines(const std::vector<std::string_view>& lines) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < lines.size() && out.size() < 3; ++i) {
        if (!is_skipped(lines[i])) {
            out.push_back(i);
        }
    }
    return out;
}

std::optional<Head> head_at(
    const std::vector<std::string_view>& lines, std::size_t names_line, std::size_t units_line
) {
    Head out;
    out.units_line = units_line;
    out.separator = separator_of(lines[names_line]);
    const Cells names = cells_of(lines[names_line], out.separator);
    const Cells units = cells_of(lines[units_line], out.separator);
    if (names.size() < 2 || names.size() > columns_max || names.size() != units.size()) {
        return std::nullopt;
    }
    bool has_unit = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].empty() || to_double(names[i]) || to_double(units[i])) {
            return std::nullopt;
        }
        has_unit = has_unit || is_unit(units[i]);
        out.signals.push_back({std::string(names[i]), unit_text(units[i])});
    }
    return has_unit ? std::optional(out) : std::nullopt;
}

/// Names and units, after a title perhaps (a sheet of a workbook saved as text has one).
std::optional<Head> head_of(const std::vector<std::string_view>& lines) {
    const std::vector<std::size_t> first = first_lines(lines);
    for (std::size_t i = 0; i + 1 < first.size(); ++i) {
        if (auto head = head_at(lines, first[i], first[i + 1])) {
            return head;
        }
        const Cells title = cells_of(lines[first[i]], ',');
        const auto filled = std::count_if(title.begin(), title.end(), [](std::string_view cell) {
            return !cell.empty();
        });
        if (filled != 1) {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

class UnitRowReader {
  public:
    UnitRowReader(const std::vector<std::string_view>& lines, Head head, std::string_view source)
        : lines_(lines), head_(std::move(head)), source_(source) {
        table_.format = "unit-row";
        targets_ = targets_of(head_.signals, Loading::tensile);
    }

    Result<table::Table> read() {
        for (std::size_t i = 0; i < targets_.size(); ++i) {
            const Signal& signal = head_.signals[i];
            table_.columns.push_back(targets_[i].column);
            if (targets_[i].kind == Target::Kind::extra && is_known_name(signal.name)) {
                table_.warnings.push_back(
                    "column '" + signal.name + "' is kept as it is: unit '" + signal.unit +
                    "' is not known for it"
                );
            }
        }
        for (std::size_t i = head_.units_line + 1; i < lines_.size(); ++i) {
            if (is_skipped(lines_[i])) {
                continue;
            }
            if (Result<void> done = read_row(i); !done) {
                return fail(done.error());
            }
        }
        read_keys();
        mark_segments();
        table_.steps = table::steps_of(table_.rows);
        if (table_.rows.empty()) {
            table_.warnings.emplace_back("there is a header and no row");
        }
        return std::move(table_);
    }

  private:
    [[nodiscard]] bool is_last(std::size_t line) const {
        return std::all_of(
            lines_.begin() + static_cast<std::ptrdiff_t>(line) + 1,
            lines_.end(),
            [](std::string_view rest) { return is_skipped(rest); }
        );
    }

    Result<void> read_row(std::size_t line) {
        const std::string where = source_ + ":" + std::to_string(line + 1);
        const Cells cells = cells_of(lines_[line], head_.separator);
        const bool is_text = cells.size() == 1 && !to_double(cells[0]);
        if (is_text && head_.separator == blanks && !table_.rows.empty() && is_last(line)) {
            table_.keys["trailer"] = std::string(cells[0]);
            return {};
        }
        if (cells.size() != targets_.size()) {
            return fail(
                Errc::invalid,
                "this row has " + std::to_string(cells.size()) + " cells, the header " +
                    std::to_string(targets_.size()),
                where,
                "the file is cut or damaged; decimals are written with a point"
            );
        }
        record::Reading row;
        row.number = table_.rows.size() + 1;
        row.segment = 1;
        row.time_s = record::unknown;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (cells[i].empty()) {
                continue;
            }
            const std::optional<double> value = to_double(cells[i]);
            if (!value) {
                return fail(
                    Errc::invalid,
                    "column '" + head_.signals[i].name + "': '" +
                        std::string(cells[i].substr(0, 40)) + "' is not a number",
                    where,
                    "leave the cell empty if the number is not known"
                );
            }
            put(row, targets_[i], *value);
        }
        table_.rows.push_back(std::move(row));
        return {};
    }

    /// "# key: value"; a key gives the value of a missing column, as in CSV of the house.
    void read_keys() {
        for (std::string_view line : lines_) {
            line = trimmed(line);
            const std::size_t colon = line.find(':');
            if (!line.starts_with('#') || colon == std::string_view::npos) {
                continue;
            }
            const std::string key(trimmed(line.substr(1, colon - 1)));
            const std::string value(trimmed(line.substr(colon + 1)));
            table_.keys[key] = value;
            const auto channel = record::channel_from(key);
            const auto number = to_double(value);
            if (!channel || !number ||
                std::ranges::find(table_.columns, key) != table_.columns.end()) {
                continue;
            }
            for (record::Reading& row : table_.rows) {
                row.values[*channel] = *number;
            }
        }
    }

    /// Numbers of a column "Set" in the file, where they count upwards.
    bool mark_sets() {
        const auto at = std::find_if(targets_.begin(), targets_.end(), [](const Target& t) {
            return t.kind == Target::Kind::extra && t.column == "set";
        });
        if (at == targets_.end()) {
            return false;
        }
        double last = 0.0;
        for (const record::Reading& row : table_.rows) {
            const auto value = row.extra.find("set");
            const bool is_count = value != row.extra.end() && value->second >= last &&
                                  value->second < segments_max &&
                                  value->second == std::floor(value->second);
            if (!is_count) {
                return false;
            }
            last = value->second;
        }
        for (record::Reading& row : table_.rows) {
            row.segment = static_cast<int>(row.extra.at("set")) + 1;
        }
        return true;
    }

    [[nodiscard]] bool is_one_sweep() const {
        double direction = 0.0;
        for (std::size_t i = 1; i < table_.rows.size(); ++i) {
            const auto& a = table_.rows[i - 1].values;
            const auto& b = table_.rows[i].values;
            if (!a.has(Channel::frequency_Hz) || !b.has(Channel::frequency_Hz)) {
                return false;
            }
            const double step = b[Channel::frequency_Hz] - a[Channel::frequency_Hz];
            if (!(step * direction >= 0.0) || step == 0.0) {
                return false;
            }
            direction = step;
        }
        return true;
    }

    void mark_segments() {
        if (!mark_sets() && !is_one_sweep()) {
            table::mark_isotherms(table_.rows);
        }
    }

    const std::vector<std::string_view>& lines_;
    Head head_;
    std::string source_;
    std::vector<Target> targets_;
    table::Table table_;
};

}  // namespace

bool has_unit_row(std::string_view text) {
    return head_of(lines_of(text).lines).has_value();
}

Result<table::Table> read_unit_row(std::string_view bytes, std::string_view source) {
    const std::string text = to_utf8(bytes);
    const Lines lines = lines_of(text);
    auto head = head_of(lines.lines);
    if (!head) {
        return fail(
            Errc::invalid,
            "there is no row of names with a row of units below it",
            std::string(source)
        );
    }
    return UnitRowReader(lines.lines, std::move(*head), source).read();
}

}  // namespace relaxd::ta_files
