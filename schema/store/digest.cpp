// SPDX-License-Identifier: MIT
//
// One SHA-256 over the views' content (CONTRACT 6). What is in it, and what is not: README.md here.
//
// Written form: a row is its view's name and its cells, each `column=` and then `null`, an integer,
// the shortest exact decimal of a double, or `<bytes>:<text>`; rows end with LF. Nothing depends on
// run_id, so that the same experiment has the same digest wherever it is stored.
#include "schema/base/number.hpp"
#include "schema/base/sha256.hpp"
#include "schema/store/campaign_file.hpp"
#include "schema/store/host_events.hpp"
#include "schema/store/row_sql.hpp"
#include "schema/store/run_store.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace relaxd::store {

namespace {

/// Sequence numbers of a run's points: a later number means "at or before", an earlier "at or
/// after".
class Ordinals {
  public:
    explicit Ordinals(std::vector<std::uint64_t> seqs) : seqs_(std::move(seqs)) {}

    /// 1-based place of the first point with a seq of at least `seq`.
    [[nodiscard]] std::uint64_t first_from(std::uint64_t seq) const {
        const auto at = std::lower_bound(seqs_.begin(), seqs_.end(), seq);
        return static_cast<std::uint64_t>(at - seqs_.begin()) + 1;
    }
    /// 1-based place of the last point with a seq of at most `seq`.
    [[nodiscard]] std::uint64_t last_until(std::uint64_t seq) const {
        const auto at = std::upper_bound(seqs_.begin(), seqs_.end(), seq);
        return static_cast<std::uint64_t>(at - seqs_.begin());
    }

  private:
    std::vector<std::uint64_t> seqs_;
};

/// Columns that came after the digest are not in it: a file carried forward keeps the one it had.
bool is_left_out(std::string_view view, std::string_view column) {
    constexpr std::array<std::string_view, 8> later_ones{
        "systematic_error",
        "traded_with",
        "combined_error",
        "method",
        "known_combination",
        "known_combination_value",
        "known_combination_standard_error",
        "experiment",
    };
    return column.ends_with("_utc") || column == "run_id" || column == "uuid" ||
           column == "code_version" || (view == "v_segment" && column == "flags") ||
           (view == "v_estimate" &&
            std::find(later_ones.begin(), later_ones.end(), column) != later_ones.end());
}

/// A line of TOML without comment and blanks, quotes as ".
std::string squeezed(std::string_view line) {
    std::string out;
    for (const char c : line.substr(0, line.find('#'))) {
        if (c != ' ' && c != '\t' && c != '\r') {
            out += c == '\'' ? '"' : c;
        }
    }
    return out;
}

/// `fits = "every"` or `[fits] mode = "every"` in a method: seqs and estimates belong to the
/// record.
bool fits_every(std::string_view method) {
    std::string table;
    while (!method.empty()) {
        const std::size_t end = std::min(method.find('\n'), method.size());
        const std::string line = squeezed(method.substr(0, end));
        method.remove_prefix(std::min(end + 1, method.size()));
        const bool is_inline =
            line.starts_with("fits={") && line.find("mode=\"every\"") != std::string::npos;
        if (table.empty() &&
            (is_inline || line == "fits=\"every\"" || line == "fits.mode=\"every\"")) {
            return true;
        }
        if (table == "[fits]" && line == "mode=\"every\"") {
            return true;
        }
        if (line.starts_with('[')) {
            table = line;
        }
    }
    return false;
}

class Digester {
  public:
    Digester(Database& database, const record::Run& run, Ordinals points)
        : database_(database),
          run_id_(run.run_id),
          every_(fits_every(run.method)),
          points_(std::move(points)) {}

    [[nodiscard]] Result<void> feed_run(Sha256& hash) {
        Result<void> done = feed_view(hash, "v_run", "run_id = ?");
        const auto then = [&](std::string_view view, std::string_view where) {
            if (done) {
                done = feed_view(hash, view, where);
            }
        };
        then("v_instrument", "name = (SELECT instrument FROM run WHERE run_id = ?)");
        then("v_specimen", "run_id = ?");
        then("v_segment", "run_id = ? ORDER BY segment");
        then("v_point", "run_id = ? ORDER BY seq");
        then("v_gap", "run_id = ? ORDER BY seq");
        then("v_event", "run_id = ? ORDER BY seq");
        if (every_) {
            then("v_estimate", "run_id = ? ORDER BY seq");
        }
        then("v_truth", "run_id = ? ORDER BY seq, parameter");
        then("v_run_fact", "run_id = ? ORDER BY name");
        then("v_waveform", "run_id = ? ORDER BY seq");
        return done;
    }

  private:
    [[nodiscard]] Result<void> feed_view(
        Sha256& hash, std::string_view view, std::string_view where
    ) {
        auto prepared =
            database_.use("SELECT * FROM " + std::string(view) + " WHERE " + std::string(where));
        if (!prepared) {
            return fail(prepared.error());
        }
        Statement& row = **prepared;
        row.put(run_id_);
        ordinal_ = 0;
        while (true) {
            const auto more = row.step();
            if (!more || !*more) {
                row.reset();
                return more ? Result<void>{} : fail(more.error());
            }
            if (view == "v_event" && !keeps_event(row.handle())) {
                continue;
            }
            ++ordinal_;
            line_ = view;
            for (int i = 0; i < row.columns(); ++i) {
                add_cell(row.handle(), i, view);
            }
            line_ += '\n';
            hash.feed(line_);
        }
    }

    [[nodiscard]] bool keeps_event(sqlite3_stmt* row) const {
        for (int i = 0; i < sqlite3_column_count(row); ++i) {
            if (std::string_view(sqlite3_column_name(row, i)) == "code") {
                const std::string code = text_of(row, i);
                return !is_host_event(code) && (every_ || !is_fit_event(code));
            }
        }
        return true;
    }

    static std::string text_of(sqlite3_stmt* row, int column) {
        const void* data = sqlite3_column_blob(row, column);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
        return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
    }

    /// Without every fit in the record a seq depends on when fits ended: counts stand in its place.
    [[nodiscard]] std::uint64_t renumbered(
        std::string_view view, std::string_view column, std::uint64_t seq
    ) const {
        if (column == "first_seq") {
            return points_.first_from(seq);
        }
        if (column == "last_seq" || view == "v_truth" || view == "v_waveform") {
            return points_.last_until(seq);
        }
        return ordinal_;
    }

    void add_cell(sqlite3_stmt* row, int i, std::string_view view) {
        const std::string_view column = sqlite3_column_name(row, i);
        if (is_left_out(view, column) || (view == "v_instrument" && is_circumstance(column)) ||
            (column == "simulated" && is_marked_by_its_run(view))) {
            return;
        }
        line_ += ' ';
        line_ += column;
        line_ += '=';
        switch (sqlite3_column_type(row, i)) {
            case SQLITE_NULL: line_ += "null"; break;
            case SQLITE_FLOAT: {
                // relaxd writes no infinity, another program may have.
                const double value = sqlite3_column_double(row, i);
                line_ += std::isfinite(value) ? to_text(value) : "infinite";
                break;
            }
            case SQLITE_INTEGER: {
                const std::int64_t value = sqlite3_column_int64(row, i);
                const bool is_seq = column == "seq" || column.ends_with("_seq");
                line_ +=
                    is_seq && !every_
                        ? std::to_string(renumbered(view, column, static_cast<std::uint64_t>(value))
                          )
                        : std::to_string(value);
                break;
            }
            default: {
                const std::string text = text_of(row, i);
                line_ += std::to_string(text.size());
                line_ += ':';
                line_ += text;
            }
        }
    }

    /// The mark of the run stands in v_run: a file from before these views had it has the same
    /// digest.
    static bool is_marked_by_its_run(std::string_view view) {
        return view == "v_gap" || view == "v_event" || view == "v_segment";
    }

    /// The row says what stands there now, and nothing of a device that is off: an ended run must
    /// keep its digest.
    static bool is_circumstance(std::string_view column) {
        return column != "name" && column != "driver";
    }

    Database& database_;
    std::int64_t run_id_;
    bool every_;
    Ordinals points_;
    std::uint64_t ordinal_ = 0;
    std::string line_;
};

Result<void> feed(Sha256& hash, Database& database, const record::Run& run) {
    auto seqs = select_all<std::uint64_t>(
        database,
        "SELECT seq FROM point WHERE run_id = ? ORDER BY seq",
        [&](Statement& row) { row.put(run.run_id); },
        [](Statement& row) { return row.take_count(); }
    );
    if (!seqs) {
        return fail(seqs.error());
    }
    return Digester(database, run, Ordinals(std::move(*seqs))).feed_run(hash);
}

}  // namespace

Result<std::string> digest(const std::string& path, const std::optional<std::string>& run_id) {
    std::vector<record::Run> runs;
    if (run_id) {
        auto reader = RunReader::open(path);
        auto run = reader ? reader->run(*run_id) : fail(reader.error());
        if (!run) {
            return fail(run.error());
        }
        runs.push_back(std::move(*run));
    }
    auto database = open_reader(path);
    if (!database) {
        return fail(database.error());
    }
    auto snapshot = Transaction::begin(*database, Transaction::Kind::read);
    if (!snapshot) {
        return fail(snapshot.error());
    }
    if (!run_id) {
        auto all = select_all<record::Run>(
            *database, std::string(select_run) + " ORDER BY run_id", [](Statement&) {}, take_run
        );
        if (!all) {
            return fail(all.error());
        }
        runs = std::move(*all);
    }
    Sha256 hash;
    for (const record::Run& run : runs) {
        if (auto done = feed(hash, *database, run); !done) {
            return fail(done.error());
        }
    }
    return hash.hex();
}

}  // namespace relaxd::store
