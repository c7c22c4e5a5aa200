// SPDX-License-Identifier: MIT
//
// CSV text to a Table, strictly: a cell that is not a number is an error with line and column,
// never a value.
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/table/segments.hpp"
#include "schema/table/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

namespace relaxd::table {

namespace {

using record::Channel;

constexpr std::size_t columns_max = 1000;
constexpr int segment_max = 1'000'000;
/// Keys with a meaning of their own: they must hold a number.
constexpr std::array<std::string_view, 5> number_keys{
    "T_g_K",
    "strain_rate_per_s",
    "stress_Pa",
    "temperature_K",
    "load_time_s",
};

std::string_view trimmed(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// Cells of one line; quotes as in RFC 4180, without line breaks inside.
Result<std::vector<std::string>> cells_of(std::string_view line, const std::string& where) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quoted) {
            const bool doubled = c == '"' && i + 1 < line.size() && line[i + 1] == '"';
            if (doubled) {
                cells.back() += '"';
                ++i;
            } else if (c == '"') {
                quoted = false;
            } else {
                cells.back() += c;
            }
        } else if (c == '"' && trimmed(cells.back()).empty()) {
            cells.back().clear();
            quoted = true;
        } else if (c == ',') {
            cells.emplace_back();
        } else {
            cells.back() += c;
        }
    }
    if (quoted) {
        return fail(Errc::invalid, "a quote is opened and never closed", where);
    }
    for (std::string& cell : cells) {
        cell = std::string(trimmed(cell));
    }
    return cells;
}

/// Where a column's numbers go.
struct Column {
    enum class Kind : std::uint8_t { time, segment, flags, simulated, channel, extra, text };
    Kind kind = Kind::extra;
    Channel channel = Channel::temperature_K;
    std::string name;
};

Column column_of(const std::string& name) {
    Column column;
    column.name = name;
    if (name == "time_s") {
        column.kind = Column::Kind::time;
    } else if (name == "segment") {
        column.kind = Column::Kind::segment;
    } else if (name == "flags") {
        column.kind = Column::Kind::flags;
    } else if (name == "simulated") {
        column.kind = Column::Kind::simulated;
    } else if (const auto channel = record::channel_from(name)) {
        column.kind = Column::Kind::channel;
        column.channel = *channel;
    }
    return column;
}

class CsvReader {
  public:
    CsvReader(std::string_view text, std::string_view source) : text_(text), source_(source) {
        table_.format = "csv";
    }

    Result<Table> read() {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (text_.starts_with(byte_order_mark)) {
            text_.remove_prefix(byte_order_mark.size());
        }
        while (!text_.empty()) {
            const std::size_t end = text_.find('\n');
            std::string_view line = text_.substr(0, end);
            text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
            ++line_;
            if (!line.empty() && line.back() == '\r') {
                line.remove_suffix(1);
            }
            if (Result<void> done = read_line(line); !done) {
                return fail(done.error());
            }
        }
        if (table_.columns.empty()) {
            return fail(
                Errc::invalid,
                "there is no header row",
                source_,
                "the first row without # names the columns: time_s,temperature_K,…"
            );
        }
        if (Result<void> done = finish(); !done) {
            return fail(done.error());
        }
        return std::move(table_);
    }

  private:
    [[nodiscard]] std::string here() const { return source_ + ":" + std::to_string(line_); }

    Result<void> read_line(std::string_view line) {
        if (trimmed(line).empty()) {
            return {};
        }
        if (line.find('\0') != std::string_view::npos) {
            return fail(
                Errc::invalid,
                "this is not CSV text: it holds zero bytes",
                here(),
                "save it as UTF-8 text, or import the instrument's own file"
            );
        }
        if (line.front() == '#') {
            return read_key(line.substr(1));
        }
        Result<std::vector<std::string>> cells = cells_of(line, here());
        if (!cells) {
            return fail(cells.error());
        }
        return table_.columns.empty() ? read_header(*cells) : read_row(*cells);
    }

    Result<void> read_key(std::string_view text) {
        const std::size_t colon = text.find(':');
        if (colon == std::string_view::npos) {
            table_.keys["note_line_" + std::to_string(line_)] = std::string(trimmed(text));
            return {};
        }
        const std::string key(trimmed(text.substr(0, colon)));
        const std::string value(trimmed(text.substr(colon + 1)));
        const bool must_be_number =
            std::ranges::find(number_keys, std::string_view(key)) != number_keys.end();
        if (must_be_number && !to_double(value)) {
            return fail(
                Errc::invalid,
                "key '" + key + "' must be a number, not '" + value.substr(0, 80) + "'",
                here(),
                "write it in the SI unit of its name"
            );
        }
        table_.keys[key] = value;
        return {};
    }

    Result<void> read_header(const std::vector<std::string>& cells) {
        if (cells.size() > columns_max) {
            return fail(Errc::invalid, "there are more than 1000 columns", here());
        }
        std::set<std::string> seen;
        bool any_known = false;
        for (const std::string& name : cells) {
            if (name.empty() || to_double(name)) {
                return fail(
                    Errc::invalid,
                    name.empty() ? "a column has no name"
                                 : "the first row is '" + name + "' …: a header row is missing",
                    here(),
                    "the first row without # names the columns: time_s,temperature_K,…"
                );
            }
            if (!seen.insert(name).second) {
                return fail(Errc::invalid, "column '" + name + "' stands twice", here());
            }
            columns_.push_back(column_of(name));
            any_known = any_known || columns_.back().kind != Column::Kind::extra;
        }
        if (!any_known) {
            const bool other_separator =
                cells.size() == 1 && cells[0].find_first_of(";\t") != std::string::npos;
            return fail(
                Errc::invalid,
                "no column has a name of the house: '" + cells[0].substr(0, 80) + "' …",
                here(),
                other_separator ? "separate columns by commas and write decimals with a point"
                                : "the nearest known name is '" +
                                      std::string(nearest(cells[0], record::channel_names)) + "'"
            );
        }
        table_.columns = cells;
        return {};
    }

    Result<void> read_row(const std::vector<std::string>& cells) {
        if (cells.size() != columns_.size()) {
            return fail(
                Errc::invalid,
                "this row has " + std::to_string(cells.size()) + " cells, the header " +
                    std::to_string(columns_.size()),
                here(),
                "write every cell, leave unknown ones empty; decimals with a point"
            );
        }
        record::Reading row;
        row.number = table_.rows.size() + 1;
        row.segment = table_.rows.empty() ? 1 : table_.rows.back().segment;
        row.time_s = record::unknown;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (Result<void> done = read_cell(columns_[i], cells[i], row); !done) {
                return done;
            }
        }
        table_.rows.push_back(std::move(row));
        return {};
    }

    [[nodiscard]] tl::unexpected<Error> bad_cell(
        const Column& column, const std::string& cell, const std::string& wanted
    ) const {
        return fail(
            Errc::invalid,
            "column '" + column.name + "': '" + cell.substr(0, 80) + "' is not " + wanted,
            here(),
            "leave the cell empty if the number is not known"
        );
    }

    Result<void> read_cell(Column& column, const std::string& cell, record::Reading& row) {
        if (column.kind == Column::Kind::flags) {
            row.flags = cell;
            return {};
        }
        if (cell.empty() || column.kind == Column::Kind::text) {
            return {};
        }
        if (column.kind == Column::Kind::simulated) {
            if (cell == "0" || cell == "1") {  // the mark that export writes
                row.simulated = cell == "1";
                return {};
            }
            column.kind = Column::Kind::extra;  // somebody's own channel of that name
        }
        if (column.kind == Column::Kind::segment) {
            const auto segment = to_count(cell);
            if (!segment || *segment > segment_max) {
                return bad_cell(column, cell, "a segment number");
            }
            row.segment = static_cast<int>(*segment);
            names_segments_ = true;
            return {};
        }
        const std::optional<double> value = to_double(cell);
        if (!value && column.kind == Column::Kind::extra) {
            column.kind = Column::Kind::text;
            table_.warnings.push_back(
                "column '" + column.name + "' holds text ('" + cell.substr(0, 40) + "' in line " +
                std::to_string(line_) + "): it is left out"
            );
            return {};
        }
        if (!value) {
            return bad_cell(column, cell, "a number");
        }
        if (column.kind == Column::Kind::time) {
            row.time_s = *value;
        } else if (column.kind == Column::Kind::channel) {
            row.values[column.channel] = *value;
        } else {
            row.extra[column.name] = *value;
        }
        return {};
    }

    [[nodiscard]] bool has_column(std::string_view name) const {
        return std::ranges::find(table_.columns, name) != table_.columns.end();
    }

    /// A text column's earlier numbers go too: half a column would be worse than none.
    void drop_text_columns() {
        for (const Column& column : columns_) {
            if (column.kind == Column::Kind::text) {
                for (record::Reading& row : table_.rows) {
                    row.extra.erase(column.name);
                }
                std::erase(table_.columns, column.name);
            }
        }
    }

    void fill_from_keys() {
        const auto number = [this](const char* key) -> std::optional<double> {
            const auto found = table_.keys.find(key);
            return found == table_.keys.end() ? std::nullopt : to_double(found->second);
        };
        const std::optional<double> load_time_s = number("load_time_s");
        for (const auto& [key, text] : table_.keys) {
            const auto channel = record::channel_from(key);
            const auto value = to_double(text);
            if (!channel || !value || has_column(key)) {
                continue;
            }
            const bool ends = *channel == Channel::stress_Pa && load_time_s;
            for (record::Reading& row : table_.rows) {
                // A row at time_s = load_time_s is still under load (CONTRACT 4).
                const bool unloaded = ends && row.time_s > *load_time_s;
                row.values[*channel] = unloaded ? 0.0 : *value;
            }
        }
    }

    Result<void> finish() {
        drop_text_columns();
        fill_from_keys();
        if (!names_segments_) {
            mark_isotherms(table_.rows);
        }
        table_.steps = steps_of(table_.rows);
        if (table_.rows.empty()) {
            table_.warnings.emplace_back("there is a header and no row");
        }
        return {};
    }

    std::string_view text_;
    std::string source_;
    std::size_t line_ = 0;
    bool names_segments_ = false;
    std::vector<Column> columns_;
    Table table_;
};

}  // namespace

Result<Table> read_csv(std::string_view text, std::string_view source) {
    return CsvReader(text, source).read();
}

}  // namespace relaxd::table
