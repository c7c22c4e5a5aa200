// SPDX-License-Identifier: MIT
#include "schema/store/run_store.hpp"

#include "schema/store/calibration_sql.hpp"
#include "schema/store/campaign_file.hpp"
#include "schema/store/row_sql.hpp"
#include "schema/store/thermal_history.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/random.h>
#include <utility>

namespace relaxd::store {

namespace {

/// A random (version 4) UUID, RFC 9562 section 5.4.
Result<std::string> make_uuid() {
    std::array<unsigned char, 16> bytes{};
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        return fail(
            Errc::io, "no random numbers for a run's uuid: " + std::string(std::strerror(errno))
        );
    }
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text += '-';
        }
        text += digits[bytes[i] >> 4U];
        text += digits[bytes[i] & 0xFU];
    }
    return text;
}

Error no_such_run(std::int64_t run_id, const std::string& path) {
    return {Errc::not_found, "there is no run " + std::to_string(run_id), path, "list the runs"};
}

Result<std::uint64_t> last_seq_of(Database& database, std::int64_t run_id) {
    auto row = database.use("SELECT last_seq FROM run WHERE run_id = ?");
    if (!row) {
        return fail(row.error());
    }
    const auto found = (*row)->put(run_id).step();
    if (!found) {
        return fail(found.error());
    }
    if (!*found) {
        return fail(no_such_run(run_id, database.path()));
    }
    const std::uint64_t last = (*row)->take_count();
    (*row)->reset();
    return last;
}

bool is_simulated(const record::Row& row) {
    const auto* point = std::get_if<record::Point>(&row);
    return point != nullptr && point->reading.simulated;
}

/// Writes rows under the next numbers and counts them in the run; inside a write transaction.
/// Returns the number before the first.
Result<std::uint64_t> write_rows(
    Database& database, std::int64_t run_id, std::span<const record::Row> rows
) {
    auto before = last_seq_of(database, run_id);
    if (!before) {
        return before;
    }
    std::uint64_t seq = *before;
    for (const record::Row& row : rows) {
        if (auto done = insert(database, run_id, ++seq, row); !done) {
            return fail(done.error());
        }
    }
    // One simulated reading makes the run a simulation, whatever it was created as.
    auto count =
        database.use("UPDATE run SET last_seq = ?, simulated = max(simulated, ?) WHERE run_id = ?");
    if (!count) {
        return fail(count.error());
    }
    const bool simulated = std::any_of(rows.begin(), rows.end(), is_simulated);
    if (auto done = (*count)->put(seq).put(simulated).put(run_id).run(); !done) {
        return fail(done.error());
    }
    return before;
}

void number_rows(std::span<record::Row> rows, std::uint64_t before) {
    for (record::Row& row : rows) {
        ++before;
        std::visit([before](auto& one) { one.seq = before; }, row);
    }
}

bool says_state(std::span<const record::Row> rows, record::RunState state) {
    return std::any_of(rows.begin(), rows.end(), [state](const record::Row& row) {
        const auto* event = std::get_if<record::Event>(&row);
        return event != nullptr && event->code == "STATE" &&
               event->detail == record::to_word(state);
    });
}

}  // namespace

struct RunStore::State {
    Writer writer;
    explicit State(Writer opened) : writer(std::move(opened)) {}
    Database& database() { return writer.database; }
};

RunStore::RunStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;
RunStore::~RunStore() = default;

Result<RunStore> RunStore::open(const std::string& path) {
    auto writer = open_writer(path);
    if (!writer) {
        return fail(writer.error());
    }
    return RunStore(std::make_unique<State>(std::move(*writer)));
}

Result<void> RunStore::all_or_nothing(const std::function<Result<void>()>& work) {
    auto transaction = Transaction::begin(state_->database(), Transaction::Kind::write);
    if (!transaction) {
        return fail(transaction.error());
    }
    if (auto done = work(); !done) {
        return done;
    }
    return transaction->commit();
}

Result<record::Run> RunStore::create_run(const record::Run& run, const record::Specimen& specimen) {
    Database& database = state_->database();
    record::Run created = run;
    created.last_seq = 0;
    if (created.specimen.empty()) {
        created.specimen = specimen.name;
    }
    if (created.uuid.empty()) {
        auto uuid = make_uuid();
        if (!uuid) {
            return fail(uuid.error());
        }
        created.uuid = *uuid;
    }
    auto transaction = Transaction::begin(database, Transaction::Kind::write);
    if (!transaction) {
        return fail(transaction.error());
    }
    auto prepared = database.use(
        "INSERT INTO run (uuid, name, instrument, specimen, method, state, end_cause, started_ns, "
        "ended_ns, last_seq, simulated, code_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)"
    );
    if (!prepared) {
        return fail(prepared.error());
    }
    Statement& row = **prepared;
    row.put(created.uuid).put(created.name).put(created.instrument).put(created.specimen);
    row.put(created.method).put(record::to_word(created.state)).put(created.end_cause);
    row.put(created.started_utc.ns).put(created.ended_utc.ns);
    if (auto done = row.put(created.simulated).put(created.code_version).run(); !done) {
        return fail(done.error());
    }
    created.run_id = database.last_insert_id();
    if (auto done = insert_specimen(database, created.run_id, specimen); !done) {
        return fail(done.error());
    }
    if (auto done = transaction->commit(); !done) {
        return fail(done.error());
    }
    return created;
}

Result<void> RunStore::append(std::int64_t run_id, std::span<record::Row> rows) {
    if (rows.empty()) {
        return {};
    }
    auto transaction = Transaction::begin(state_->database(), Transaction::Kind::write);
    if (!transaction) {
        return fail(transaction.error());
    }
    const auto before = write_rows(state_->database(), run_id, rows);
    if (!before) {
        return fail(before.error());
    }
    if (auto done = transaction->commit(); !done) {
        return done;
    }
    number_rows(rows, *before);
    return {};
}

Result<void> RunStore::append_state(
    std::int64_t run_id,
    std::span<record::Row> rows,
    record::RunState state,
    const std::string& end_cause,
    UtcTime time
) {
    const std::string word(record::to_word(state));
    if (!says_state(rows, state)) {
        return fail(
            Errc::internal, "a change to state " + word + " needs its STATE event among the rows"
        );
    }
    Database& database = state_->database();
    auto transaction = Transaction::begin(database, Transaction::Kind::write);
    if (!transaction) {
        return fail(transaction.error());
    }
    const auto before = write_rows(database, run_id, rows);
    if (!before) {
        return fail(before.error());
    }
    // The first start and the first end stay; a later `rejected` changes only the word.
    auto update = database.use(
        "UPDATE run SET state = ?1, "
        "end_cause = CASE WHEN ?2 <> '' THEN ?2 ELSE end_cause END, "
        "started_ns = CASE WHEN started_ns = 0 AND ?1 = 'running' THEN ?3 ELSE started_ns END, "
        "ended_ns = CASE WHEN ended_ns = 0 AND ?4 THEN ?3 ELSE ended_ns END "
        "WHERE run_id = ?5"
    );
    if (!update) {
        return fail(update.error());
    }
    (*update)->put(word).put(end_cause).put(time.ns).put(record::is_end(state)).put(run_id);
    if (auto done = (*update)->run(); !done) {
        return done;
    }
    if (auto done = transaction->commit(); !done) {
        return done;
    }
    number_rows(rows, *before);
    return {};
}

Result<void> RunStore::put_segment(std::int64_t run_id, const record::Segment& segment) {
    auto row = state_->database().use(
        "INSERT INTO segment (run_id, segment, text, started_ns, ended_ns, first_seq, last_seq, "
        "flags) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (run_id, segment) DO UPDATE "
        "SET text = ?3, started_ns = ?4, ended_ns = ?5, first_seq = ?6, last_seq = ?7, flags = ?8"
    );
    if (!row) {
        return fail(row.error());
    }
    (*row)->put(run_id).put(segment.segment).put(segment.text).put(segment.started_utc.ns);
    (*row)->put(segment.ended_utc.ns).put(segment.first_seq).put(segment.last_seq);
    return (*row)->put(segment.flags).run();
}

Result<void> RunStore::put_truth(std::int64_t run_id, std::span<const record::Truth> rows) {
    Database& database = state_->database();
    auto transaction = Transaction::begin(database, Transaction::Kind::write);
    if (!transaction) {
        return fail(transaction.error());
    }
    for (const record::Truth& truth : rows) {
        auto row = database.use(
            "INSERT INTO truth (run_id, seq, parameter, value) VALUES (?1, ?2, ?3, ?4) "
            "ON CONFLICT (run_id, seq, parameter) DO UPDATE SET value = ?4"
        );
        if (!row) {
            return fail(row.error());
        }
        (*row)->put(run_id).put(truth.seq).put(truth.parameter).put(truth.value);
        if (auto done = (*row)->run(); !done) {
            return done;
        }
    }
    return transaction->commit();
}

Result<void> RunStore::put_instrument(const record::Instrument& instrument) {
    auto row = state_->database().use(
        "INSERT INTO instrument (name, driver, uri, link_state, state, identity, serial_number, "
        "simulated, proven) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
        "ON CONFLICT (name) DO UPDATE SET driver = ?2, uri = ?3, link_state = ?4, state = ?5, "
        "identity = ?6, serial_number = ?7, simulated = ?8, proven = ?9"
    );
    if (!row) {
        return fail(row.error());
    }
    (*row)->put(instrument.name).put(instrument.driver).put(instrument.uri);
    (*row)->put(instrument.link_state).put(instrument.state).put(instrument.identity);
    return (*row)
        ->put(instrument.serial_number)
        .put(instrument.simulated)
        .put(instrument.proven)
        .run();
}

Result<void> RunStore::put_fact(
    std::int64_t run_id, const std::string& key, const std::string& value
) {
    auto row = state_->database().use(
        "INSERT INTO fact (run_id, key, value) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (run_id, key) DO UPDATE SET value = ?3"
    );
    if (!row) {
        return fail(row.error());
    }
    return (*row)->put(run_id).put(key).put(value).run();
}

Result<void> RunStore::put_run_facts(
    std::int64_t run_id, const std::vector<record::RunFact>& facts
) {
    return all_or_nothing([&] { return put_facts(state_->database(), run_id, facts); });
}

Result<record::Calibration> RunStore::make_calibration(record::Calibration set) {
    const auto done = all_or_nothing([&]() -> Result<void> {
        const auto newest = newest_version(state_->database(), set.name);
        if (!newest) {
            return fail(newest.error());
        }
        set.version = *newest + 1;
        return insert_calibration(state_->database(), set);
    });
    return done ? Result<record::Calibration>(std::move(set)) : fail(done.error());
}

Result<void> RunStore::add_calibration(const record::Calibration& set) {
    if (const auto there = read_calibration(state_->database(), set.name, set.version)) {
        if (record::calibration_sha256(*there) == record::calibration_sha256(set)) {
            return {};
        }
        return fail(
            Errc::refused,
            "calibration " + set.name + " version " + std::to_string(set.version) +
                " is another one in this file",
            state_->database().path(),
            "add it under another name"
        );
    }
    if (set.version < 1) {
        return fail(Errc::invalid, "the calibration set has no version", "calibration " + set.name);
    }
    return all_or_nothing([&] { return insert_calibration(state_->database(), set); });
}

Result<void> RunStore::put_thermal_history(std::int64_t run_id) {
    Database& database = state_->database();
    const auto specimen = read_specimen(database, run_id);
    if (!specimen) {
        return fail(specimen.error());
    }
    const auto history = thermal_history(database, run_id, *specimen);
    if (!history) {
        return fail(history.error());
    }
    auto transaction = Transaction::begin(database, Transaction::Kind::write);
    if (!transaction) {
        return fail(transaction.error());
    }
    for (const auto& [key, value] : *history) {
        if (auto done = put_fact(run_id, key, value); !done) {
            return done;
        }
    }
    return transaction->commit();
}

}  // namespace relaxd::store
