// SPDX-License-Identifier: MIT
#include "drivers/ta_files/trios.hpp"

#include "drivers/ta_files/header.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace relaxd::ta_files {

namespace {

/// One [Step] block as text.
struct Block {
    std::string name;
    std::optional<std::uint64_t> announced;  ///< "Number of points".
    std::vector<std::string_view> names;
    std::vector<std::string_view> units;
    struct Row {
        std::size_t line = 0;
        std::vector<std::string_view> cells;
    };
    std::vector<Row> rows;
};

bool is_unknown(std::string_view cell) {
    constexpr std::array<std::string_view, 6> words{"", "-", "---", "NaN", "Infinity", "∞"};
    return std::ranges::find(words, cell) != words.end();
}

/// What both exports end in: header facts and blocks to a Table.
class TableMaker {
  public:
    TableMaker(std::string format, std::string_view source) : source_(source) {
        table_.format = std::move(format);
    }

    Facts facts;

    void warn(std::string text) { table_.warnings.push_back(std::move(text)); }

    Result<table::Table> make(const std::vector<Block>& blocks, bool last_is_whole) {
        const Loading loading = loading_here();
        for (const Block& block : blocks) {
            if (Result<void> done = add(block, loading); !done) {
                return fail(done.error());
            }
        }
        if (table_.steps.empty()) {
            return fail(
                Errc::corrupt,
                "no step with column names was found: 0 rows were read",
                source_,
                "the file is cut, or exported without its data"
            );
        }
        if (!left_out_.empty()) {
            std::string names;
            for (const std::string& name : left_out_) {
                names += (names.empty() ? "" : ", ") + name;
            }
            warn("columns that hold text are left out: " + names);
        }
        if (!last_is_whole) {
            warn(
                "the last line has no line end and may be cut: it is left out, " +
                std::to_string(table_.rows.size()) + " rows were read"
            );
        }
        table_.keys = facts.all();
        start_at_creep();
        table_.keys["modulus"] = loading == Loading::shear ? "shear" : "tensile";
        return std::move(table_);
    }

  private:
    [[nodiscard]] Loading loading_here() const {
        bool tensile = false;
        for (const auto& [key, value] : facts.all()) {
            const std::string name = lower_case(key);
            const std::string text = lower_case(value);
            if (name.find("instrument type") != std::string::npos ||
                name.find("instrument name") != std::string::npos) {
                tensile = tensile || text.find("dma") != std::string::npos ||
                          text.find("rsa") != std::string::npos;
            }
        }
        return tensile ? loading_of(facts, Loading::tensile) : Loading::shear;
    }

    /// Creep is counted from its load: where the first step is a creep, its start becomes time 0.
    void start_at_creep() {
        if (table_.rows.empty() || !lower_case(table_.steps[0].text).starts_with("creep")) {
            return;
        }
        for (const auto& [name, s_per_unit] :
             {std::pair{"step_time_s", 1.0}, {"step_time_min", 60.0}}) {
            const auto& extra = table_.rows[0].extra;
            const auto found = extra.find(name);
            const double zero_s = found == extra.end()
                                      ? record::unknown
                                      : table_.rows[0].time_s - (found->second * s_per_unit);
            if (!(zero_s > 0.0)) {
                continue;
            }
            for (record::Reading& row : table_.rows) {
                row.time_s -= zero_s;
            }
            table_.keys["time zero"] = "start of step 1 (run time " + to_text(zero_s) + " s)";
        }
    }

    /// Columns in which every cell is a number or empty.
    static std::vector<bool> numeric_columns(const Block& block) {
        std::vector<bool> numeric(block.names.size(), true);
        for (const Block::Row& row : block.rows) {
            for (std::size_t i = 0; i < numeric.size() && i < row.cells.size(); ++i) {
                const std::string_view cell = trimmed(row.cells[i]);
                numeric[i] = numeric[i] && (is_unknown(cell) || to_double(cell).has_value());
            }
        }
        return numeric;
    }

    Result<void> add(const Block& block, Loading loading) {
        std::vector<Signal> signals;
        for (std::size_t i = 0; i < block.names.size(); ++i) {
            const std::string_view unit =
                i < block.units.size() ? block.units[i] : std::string_view{};
            signals.push_back(
                Signal{std::string(trimmed(block.names[i])), std::string(trimmed(unit))}
            );
        }
        const std::vector<Target> targets = targets_of(signals, loading);
        const std::vector<bool> numeric = numeric_columns(block);
        table::Step step;
        step.segment = static_cast<int>(table_.steps.size()) + 1;
        step.text = block.name;
        for (std::size_t i = 0; i < targets.size(); ++i) {
            if (!numeric[i] && targets[i].kind == Target::Kind::extra) {
                left_out_.insert(signals[i].name);
            } else if (std::ranges::find(table_.columns, targets[i].column) ==
                       table_.columns.end()) {
                table_.columns.push_back(targets[i].column);
            }
        }
        for (const Block::Row& row : block.rows) {
            if (Result<void> done = add_row(row, targets, numeric, step.segment); !done) {
                return done;
            }
        }
        if (block.announced && *block.announced != block.rows.size()) {
            warn(
                "step " + std::to_string(step.segment) + " (" + step.text + ") announces " +
                std::to_string(*block.announced) + " points and has " +
                std::to_string(block.rows.size())
            );
        }
        table_.steps.push_back(step);
        return {};
    }

    Result<void> add_row(
        const Block::Row& from,
        const std::vector<Target>& targets,
        const std::vector<bool>& numeric,
        int segment
    ) {
        const std::string where = source_ + ":" + std::to_string(from.line);
        if (from.cells.size() != targets.size()) {
            return fail(
                Errc::corrupt,
                "this row has " + std::to_string(from.cells.size()) + " cells, its step names " +
                    std::to_string(targets.size()) + " variables",
                where,
                "the file is damaged; export it again"
            );
        }
        record::Reading row;
        row.number = table_.rows.size() + 1;
        row.segment = segment;
        row.time_s = record::unknown;
        for (std::size_t i = 0; i < targets.size(); ++i) {
            const std::string_view cell = trimmed(from.cells[i]);
            const std::optional<double> value = to_double(cell);
            if (value && (numeric[i] || targets[i].kind != Target::Kind::extra)) {
                put(row, targets[i], *value);
            } else if (!is_unknown(cell) && targets[i].kind != Target::Kind::extra) {
                return fail(
                    Errc::corrupt,
                    "variable '" + targets[i].column + "': '" + std::string(cell.substr(0, 40)) +
                        "' is not a number",
                    where,
                    "export with a decimal point"
                );
            }
        }
        if (row.time_s < 0.0) {
            row.flags = "marker";
        }
        table_.rows.push_back(std::move(row));
        return {};
    }

    std::string source_;
    std::set<std::string> left_out_;
    table::Table table_;
};

std::vector<std::string_view> cells_after_first(std::string_view line) {
    std::vector<std::string_view> cells = split(line, '\t');
    cells.erase(cells.begin());
    return cells;
}

/// "[Geometry: Standard]" as "Geometry Standard", for keys.
std::string section_name(std::string_view line) {
    std::string name(line.substr(1, line.size() - 2));
    std::erase(name, ':');
    return name;
}

bool is_section(std::string_view line) {
    return line.size() > 2 && line.front() == '[' && line.back() == ']';
}

void put_fact(Facts& facts, const std::string& section, std::string_view line) {
    const std::size_t tab = line.find('\t');
    if (tab != std::string_view::npos && tab > 0) {
        const std::string_view name = trimmed(line.substr(0, tab));
        std::string value(trimmed(line.substr(tab + 1)));
        std::ranges::replace(value, '\t', ' ');
        facts.put(section.empty() ? std::string(name) : section + "/" + std::string(name), value);
    }
}

}  // namespace

Result<table::Table> read_trios_lims(std::string_view bytes, std::string_view source) {
    const std::string text = to_utf8(bytes);
    const Lines split_lines = lines_of(text);
    if (split_lines.lines.empty() || split_lines.lines[0] != "[Version]") {
        return fail(
            Errc::invalid,
            "this is not a TRIOS LIMS export (it does not begin with [Version])",
            std::string(source)
        );
    }
    TableMaker maker("trios-lims", source);
    std::vector<Block> blocks;
    std::string section;
    bool in_step = false;
    const std::size_t whole = split_lines.lines.size() - (split_lines.last_is_whole ? 0 : 1);
    for (std::size_t i = 0; i < whole; ++i) {
        const std::string_view line = split_lines.lines[i];
        const std::string_view key = line.substr(0, line.find('\t'));
        if (is_section(line)) {
            in_step = line == "[Step]";
            section = section_name(line);
            if (in_step) {
                blocks.emplace_back();
            }
        } else if (!in_step) {
            put_fact(maker.facts, section, line);
        } else if (key == "Data point") {
            blocks.back().rows.push_back({i + 1, cells_after_first(line)});
        } else if (key == "Variables") {
            blocks.back().names = cells_after_first(line);
        } else if (key == "Units") {
            blocks.back().units = cells_after_first(line);
        } else if (key == "Step name") {
            blocks.back().name = std::string(trimmed(line.substr(key.size())));
        } else if (key == "Number of points") {
            blocks.back().announced = to_count(trimmed(line.substr(key.size())));
        }
    }
    std::erase_if(blocks, [&maker](const Block& block) {
        if (block.names.empty()) {
            maker.warn("step '" + block.name + "' has no variables: it is left out");
        }
        return block.names.empty();
    });
    return maker.make(blocks, split_lines.last_is_whole);
}

Result<table::Table> read_trios_text(std::string_view bytes, std::string_view source) {
    const std::string text = to_utf8(bytes);
    const Lines split_lines = lines_of(text);
    TableMaker maker("trios-text", source);
    std::vector<Block> blocks;
    std::string section;
    int line_of_step = 0;  // 0 = outside; 1 name, 2 columns, 3 units, then rows.
    const std::size_t whole = split_lines.lines.size() - (split_lines.last_is_whole ? 0 : 1);
    for (std::size_t i = 0; i < whole; ++i) {
        const std::string_view line = split_lines.lines[i];
        if (line == "[step]") {
            blocks.emplace_back();
            line_of_step = 1;
        } else if (is_section(line)) {
            section = section_name(line);
            line_of_step = 0;
        } else if (trimmed(line).empty()) {
            // A blank line ends the rows; a line of units may consist of tabs alone.
            if (line_of_step == 3 && !line.empty()) {
                ++line_of_step;
            } else if (line_of_step > 3) {
                line_of_step = 0;
                section = "after steps";
            }
        } else if (line_of_step == 0) {
            put_fact(maker.facts, section, line);
        } else if (line_of_step == 1) {
            blocks.back().name = std::string(trimmed(line));
            ++line_of_step;
        } else if (line_of_step == 2) {
            blocks.back().names = split(line, '\t');
            ++line_of_step;
        } else if (line_of_step == 3) {
            blocks.back().units = split(line, '\t');
            ++line_of_step;
        } else {
            blocks.back().rows.push_back({i + 1, split(line, '\t')});
        }
    }
    std::erase_if(blocks, [&maker](const Block& block) {
        const bool derived = block.name.starts_with("TTS - ");
        if (derived || block.names.empty()) {
            maker.warn("'" + block.name + "' holds no measurements: it is left out");
        }
        return derived || block.names.empty();
    });
    return maker.make(blocks, split_lines.last_is_whole);
}

}  // namespace relaxd::ta_files
