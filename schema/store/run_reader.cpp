// SPDX-License-Identifier: MIT
#include "schema/base/number.hpp"
#include "schema/store/calibration_sql.hpp"
#include "schema/store/campaign_file.hpp"
#include "schema/store/decimation.hpp"
#include "schema/store/row_sql.hpp"
#include "schema/store/run_store.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace relaxd::store {

namespace {

constexpr std::string_view page_clause = " WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?";

/// Seqs and limits beyond SQLite's integers mean "all".
std::int64_t clamped(std::uint64_t value) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(std::min(value, most));
}

template <typename T, typename Take>
Result<std::vector<T>> page(
    Database& database,
    std::string_view select,
    std::int64_t run_id,
    std::uint64_t after_seq,
    std::size_t limit,
    Take take
) {
    return select_all<T>(
        database,
        std::string(select) + std::string(page_clause),
        [&](Statement& row) { row.put(run_id).put(clamped(after_seq)).put(clamped(limit)); },
        take
    );
}

template <typename T>
void move_into(std::vector<record::Row>& rows, std::vector<T>& some) {
    for (T& one : some) {
        rows.emplace_back(std::move(one));
    }
}

std::uint64_t seq_of(const record::Row& row) {
    return std::visit([](const auto& one) { return one.seq; }, row);
}

/// The value that decimation keeps the extremes of: E' where there is one, else the first response
/// of the record, else a condition.
const std::string& mark_sql() {
    static const std::string sql = [] {
        std::string value = "coalesce(storage_modulus_Pa";
        constexpr std::size_t conditions = 3;  // temperature, set temperature, frequency
        for (std::size_t i = conditions; i < record::channel_count + conditions; ++i) {
            value += ", ";
            value += record::channel_names[i % record::channel_count];
        }
        return "SELECT seq, frequency_Hz, " + value +
               ") FROM point WHERE run_id = ? AND seq > ? ORDER BY seq";
    }();
    return sql;
}

}  // namespace

struct RunReader::State {
    Database database;
    bool in_snapshot = false;
    explicit State(Database opened) : database(std::move(opened)) {}
};

RunReader::RunReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunReader::RunReader(RunReader&&) noexcept = default;
RunReader& RunReader::operator=(RunReader&&) noexcept = default;
RunReader::~RunReader() = default;

Result<RunReader> RunReader::open(const std::string& path) {
    auto database = open_reader(path);
    if (!database) {
        return fail(database.error());
    }
    return RunReader(std::make_unique<State>(std::move(*database)));
}

Result<void> RunReader::begin_snapshot() {
    if (state_->in_snapshot) {
        return {};
    }
    if (auto done = state_->database.execute("BEGIN"); !done) {
        return done;
    }
    state_->in_snapshot = true;
    // BEGIN alone fixes nothing: the first read does.
    if (const auto touched = state_->database.integer("SELECT count(*) FROM sqlite_schema");
        !touched) {
        end_snapshot();
        return fail(touched.error());
    }
    return {};
}

void RunReader::end_snapshot() {
    if (state_->in_snapshot) {
        state_->in_snapshot = false;
        static_cast<void>(state_->database.execute("COMMIT"));
    }
}

Result<std::vector<record::Run>> RunReader::runs() {
    return select_all<record::Run>(
        state_->database, std::string(select_run) + " ORDER BY run_id", [](Statement&) {}, take_run
    );
}

Result<record::Run> RunReader::run(const std::string& id) {
    const auto number = to_count(id);
    auto found = select_all<record::Run>(
        state_->database,
        std::string(select_run) + (number ? " WHERE run_id = ?" : " WHERE uuid = ?"),
        [&](Statement& row) {
            if (number) {
                row.put(clamped(*number));
            } else {
                row.put(id);
            }
        },
        take_run
    );
    if (!found) {
        return fail(found.error());
    }
    if (found->empty()) {
        return fail(
            Errc::not_found,
            "there is no run '" + id + "'",
            state_->database.path(),
            "list the runs, and give a run_id or a uuid"
        );
    }
    return std::move(found->front());
}

Result<record::Specimen> RunReader::specimen(std::int64_t run_id) {
    return read_specimen(state_->database, run_id);
}

Result<std::vector<record::Segment>> RunReader::segments(std::int64_t run_id) {
    return select_all<record::Segment>(
        state_->database,
        "SELECT segment, text, started_ns, ended_ns, first_seq, last_seq, "
        "(SELECT simulated FROM run WHERE run.run_id = segment.run_id), flags FROM segment "
        "WHERE run_id = ? ORDER BY segment",
        [run_id](Statement& row) { row.put(run_id); },
        [](Statement& row) {
            record::Segment segment;
            segment.segment = static_cast<int>(row.take_int());
            segment.text = row.take_text();
            segment.started_utc.ns = row.take_int();
            segment.ended_utc.ns = row.take_int();
            segment.first_seq = row.take_count();
            segment.last_seq = row.take_count();
            segment.simulated = row.take_bool();
            segment.flags = row.take_text();
            return segment;
        }
    );
}

Result<std::vector<record::Instrument>> RunReader::instruments() {
    return select_all<record::Instrument>(
        state_->database,
        "SELECT name, driver, uri, link_state, state, identity, serial_number, simulated, proven "
        "FROM instrument ORDER BY name",
        [](Statement&) {},
        [](Statement& row) {
            record::Instrument instrument;
            instrument.name = row.take_text();
            instrument.driver = row.take_text();
            instrument.uri = row.take_text();
            instrument.link_state = row.take_text();
            instrument.state = row.take_text();
            instrument.identity = row.take_text();
            instrument.serial_number = row.take_text();
            instrument.simulated = row.take_bool();
            instrument.proven = row.take_bool();
            return instrument;
        }
    );
}

Result<std::vector<StoredWaveform>> RunReader::waveforms(
    std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
) {
    auto packed = select_all<std::pair<std::uint64_t, std::string>>(
        state_->database,
        "SELECT seq, bytes FROM waveform WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        [&](Statement& row) { row.put(run_id).put(clamped(after_seq)).put(clamped(limit)); },
        [](Statement& row) {
            const std::uint64_t seq = row.take_count();
            return std::pair(seq, row.take_text());
        }
    );
    if (!packed) {
        return fail(packed.error());
    }
    std::vector<StoredWaveform> out;
    out.reserve(packed->size());
    for (const auto& [seq, bytes] : *packed) {
        auto waveform = record::unpack(bytes);
        if (!waveform) {
            Error error = waveform.error();
            error.where = state_->database.path() + ": waveform of run " + std::to_string(run_id) +
                          ", seq " + std::to_string(seq);
            return fail(std::move(error));
        }
        out.push_back({seq, std::move(*waveform)});
    }
    return out;
}

Result<std::vector<record::Point>> RunReader::points(
    std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
) {
    return page<record::Point>(
        state_->database, select_point(), run_id, after_seq, limit, take_point
    );
}

Result<std::vector<record::Point>> RunReader::points_decimated(
    std::int64_t run_id, std::uint64_t after_seq, std::size_t max_points
) {
    const bool own_snapshot = !state_->in_snapshot;
    if (auto done = begin_snapshot(); !done) {
        return fail(done.error());
    }
    const auto marks = select_all<Mark>(
        state_->database,
        mark_sql(),
        [&](Statement& row) { row.put(run_id).put(clamped(after_seq)); },
        [](Statement& row) {
            Mark mark;
            mark.seq = row.take_count();
            mark.frequency_Hz = row.take_double();
            mark.value = row.take_double();
            return mark;
        }
    );
    Result<std::vector<record::Point>> points = std::vector<record::Point>{};
    if (!marks) {
        points = fail(marks.error());
    } else {
        const std::vector<std::uint64_t> kept = decimate(*marks, max_points);
        if (kept.empty() && !marks->empty()) {
            points = fail(
                Errc::invalid,
                "max_points " + std::to_string(max_points) +
                    " is less than 4 times the number of frequencies",
                "max_points",
                "ask for more points"
            );
        }
        for (const std::uint64_t seq : kept) {
            auto one = page<record::Point>(
                state_->database, select_point(), run_id, seq - 1, 1, take_point
            );
            if (!one || one->empty()) {
                points = one ? points : fail(one.error());
                break;
            }
            points->push_back(std::move(one->front()));
        }
    }
    if (own_snapshot) {
        end_snapshot();
    }
    return points;
}

Result<std::vector<record::Estimate>> RunReader::estimates(
    std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
) {
    return page<record::Estimate>(
        state_->database, select_estimate, run_id, after_seq, limit, take_estimate
    );
}

Result<std::vector<record::Event>> RunReader::events(
    std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
) {
    return page<record::Event>(
        state_->database, select_event, run_id, after_seq, limit, take_event
    );
}

Result<std::vector<record::Gap>> RunReader::gaps(
    std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
) {
    return page<record::Gap>(state_->database, select_gap, run_id, after_seq, limit, take_gap);
}

Result<std::vector<record::Row>> RunReader::rows(
    std::int64_t run_id, std::uint64_t after_seq, std::size_t limit
) {
    // One snapshot for the four reads: a row committed between them would leave a hole.
    const bool own_snapshot = !state_->in_snapshot;
    if (auto done = begin_snapshot(); !done) {
        return fail(done.error());
    }
    auto some_points = points(run_id, after_seq, limit);
    auto some_gaps = gaps(run_id, after_seq, limit);
    auto some_events = events(run_id, after_seq, limit);
    auto some_estimates = estimates(run_id, after_seq, limit);
    if (own_snapshot) {
        end_snapshot();
    }
    if (!some_points || !some_gaps || !some_events || !some_estimates) {
        return !some_points   ? fail(some_points.error())
               : !some_gaps   ? fail(some_gaps.error())
               : !some_events ? fail(some_events.error())
                              : fail(some_estimates.error());
    }
    std::vector<record::Row> rows;
    move_into(rows, *some_points);
    move_into(rows, *some_gaps);
    move_into(rows, *some_events);
    move_into(rows, *some_estimates);
    std::sort(rows.begin(), rows.end(), [](const record::Row& a, const record::Row& b) {
        return seq_of(a) < seq_of(b);
    });
    if (rows.size() > limit) {
        rows.resize(limit);
    }
    return rows;
}

Result<std::vector<record::Truth>> RunReader::truth(std::int64_t run_id) {
    return select_all<record::Truth>(
        state_->database,
        "SELECT seq, parameter, value FROM truth WHERE run_id = ? ORDER BY seq, parameter",
        [run_id](Statement& row) { row.put(run_id); },
        [](Statement& row) {
            record::Truth truth;
            truth.seq = row.take_count();
            truth.parameter = row.take_text();
            truth.value = row.take_double();
            return truth;
        }
    );
}

Result<std::vector<record::RunFact>> RunReader::run_facts(std::int64_t run_id) {
    return read_facts(state_->database, run_id);
}

Result<std::vector<record::Calibration>> RunReader::calibrations() {
    return read_calibrations(state_->database);
}

Result<record::Calibration> RunReader::calibration(const std::string& name, std::uint64_t version) {
    return read_calibration(state_->database, name, version);
}

Result<std::optional<std::string>> RunReader::fact(std::int64_t run_id, const std::string& key) {
    auto found = select_all<std::string>(
        state_->database,
        "SELECT value FROM fact WHERE run_id = ? AND key = ?",
        [&](Statement& row) { row.put(run_id).put(key); },
        [](Statement& row) { return row.take_text(); }
    );
    if (!found) {
        return fail(found.error());
    }
    return found->empty() ? std::nullopt : std::optional(std::move(found->front()));
}

Result<bool> RunReader::has_fact(const std::string& key, const std::string& value) {
    auto found = select_all<std::string>(
        state_->database,
        "SELECT value FROM fact WHERE key = ? AND value = ? LIMIT 1",
        [&](Statement& row) { row.put(key).put(value); },
        [](Statement& row) { return row.take_text(); }
    );
    if (!found) {
        return fail(found.error());
    }
    return !found->empty();
}

namespace {

/// The one number of a statement about a run.
Result<std::uint64_t> count(
    Database& database, std::string_view sql, std::int64_t run_id, std::uint64_t after_seq
) {
    auto found = select_all<std::uint64_t>(
        database,
        sql,
        [&](Statement& row) { row.put(run_id).put(clamped(after_seq)); },
        [](Statement& row) { return row.take_count(); }
    );
    if (!found) {
        return fail(found.error());
    }
    return found->empty() ? 0 : found->front();
}

}  // namespace

Result<std::uint64_t> RunReader::distinct_frequencies(
    std::int64_t run_id, std::uint64_t after_seq
) {
    return count(
        state_->database,
        "SELECT count(*) FROM (SELECT DISTINCT frequency_Hz FROM point "
        "WHERE run_id = ? AND seq > ?)",
        run_id,
        after_seq
    );
}

Result<std::uint64_t> RunReader::last_reading_number(std::int64_t run_id) {
    return count(
        state_->database,
        "SELECT coalesce(max(reading_number), 0) FROM point "
        "WHERE run_id = ? AND seq > ? AND reading_number > 0",
        run_id,
        0
    );
}

Result<std::vector<record::FitInputs>> RunReader::fits(
    std::int64_t run_id, std::uint64_t after_fit_number, std::size_t limit
) {
    return select_all<record::FitInputs>(
        state_->database,
        std::string(select_fit) +
            " WHERE run_id = ? AND fit_number > ? ORDER BY fit_number LIMIT ?",
        [&](Statement& row) { row.put(run_id).put(clamped(after_fit_number)).put(clamped(limit)); },
        take_fit
    );
}

Result<std::uint64_t> RunReader::last_fit_number(std::int64_t run_id) {
    return count(
        state_->database,
        "SELECT coalesce(max(fit_number), 0) FROM estimate WHERE run_id = ? AND seq > ?",
        run_id,
        0
    );
}

}  // namespace relaxd::store
