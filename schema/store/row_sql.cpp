// SPDX-License-Identifier: MIT
#include "schema/store/row_sql.hpp"

#include "schema/record/waveform.hpp"
#include "schema/store/flat_json.hpp"

#include <initializer_list>
#include <type_traits>
#include <variant>

namespace relaxd::store {

namespace {

std::string channel_list() {
    std::string list;
    for (const std::string_view name : record::channel_names) {
        list += name;
        list += ", ";
    }
    return list;
}

const std::string& insert_point() {
    static const std::string sql = [] {
        std::string text = "INSERT INTO point (run_id, seq, segment, time_s, reading_number, " +
                           channel_list() +
                           "flags, simulated, received_steady_ns, received_utc_ns, raw, extra) "
                           "VALUES (?";
        for (std::size_t i = 0; i < record::channel_count + 10; ++i) {
            text += ", ?";
        }
        return text + ")";
    }();
    return sql;
}

template <typename Word>
Word from_word(std::string_view word, std::initializer_list<Word> all) {
    for (const Word one : all) {
        if (record::to_word(one) == word) {
            return one;
        }
    }
    return *all.begin();  // The table's CHECK lets no other word in.
}

record::Severity severity_from(std::string_view word) {
    using enum record::Severity;
    return from_word(word, {info, minor, major, invalid});
}

record::ParameterState parameter_state_from(std::string_view word) {
    using enum record::ParameterState;
    return from_word(word, {undetermined, hinted, determined, traded, at_limit, fixed});
}

record::RunState run_state_from(std::string_view word) {
    using enum record::RunState;
    return from_word(
        word, {armed, running, paused, completed, stopped, aborted, interrupted, rejected}
    );
}

Result<void> put_waveform(
    Database& database, std::int64_t run_id, std::uint64_t seq, const record::Waveform& waveform
) {
    const auto row = database.use(
        "INSERT INTO waveform (run_id, seq, kind, rate_Hz, first_time_s, frequency_Hz, samples, "
        "bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    );
    if (!row) {
        return fail(row.error());
    }
    const std::string bytes = record::pack(waveform);
    (*row)->put(run_id).put(seq).put(record::to_word(waveform.kind)).put(waveform.rate_Hz);
    (*row)->put(waveform.first_time_s).put(waveform.frequency_Hz);
    return (*row)->put(std::uint64_t{waveform.samples()}).put_blob(bytes).run();
}

Result<void> put_row(
    Database& database, std::int64_t run_id, std::uint64_t seq, const record::Point& point
) {
    auto prepared = database.use(insert_point());
    if (!prepared) {
        return fail(prepared.error());
    }
    Statement& row = **prepared;
    const record::Reading& reading = point.reading;
    row.put(run_id).put(seq).put(reading.segment).put(reading.time_s).put(reading.number);
    for (std::size_t i = 0; i < record::channel_count; ++i) {
        row.put(reading.values[static_cast<record::Channel>(i)]);
    }
    row.put(reading.flags).put(reading.simulated);
    row.put(reading.received_steady.ns).put(reading.received_utc.ns).put_blob(reading.raw);
    const std::string extra = reading.extra.empty() ? std::string() : flat_json(reading.extra);
    if (extra.empty()) {
        row.put_null();
    } else {
        row.put(extra);
    }
    const auto done = row.run();
    if (!done || reading.waveform == nullptr) {
        return done;
    }
    return put_waveform(database, run_id, seq, *reading.waveform);
}

Result<void> put_row(
    Database& database, std::int64_t run_id, std::uint64_t seq, const record::Gap& gap
) {
    auto row = database.use(
        "INSERT INTO gap (run_id, seq, from_time_s, to_time_s, first_number, missing, cause, "
        "time_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    );
    if (!row) {
        return fail(row.error());
    }
    (*row)->put(run_id).put(seq).put(gap.from_time_s).put(gap.to_time_s).put(gap.first_number);
    return (*row)->put(gap.missing).put(gap.cause).put(gap.time_utc.ns).run();
}

Result<void> put_row(
    Database& database, std::int64_t run_id, std::uint64_t seq, const record::Event& event
) {
    auto row = database.use(
        "INSERT INTO event (run_id, seq, time_ns, severity, code, message, detail) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)"
    );
    if (!row) {
        return fail(row.error());
    }
    (*row)->put(run_id).put(seq).put(event.time_utc.ns).put(record::to_word(event.severity));
    return (*row)->put(event.code).put(event.message).put(event.detail).run();
}

Result<void> put_inputs(Database& database, std::int64_t run_id, const record::FitInputs& inputs) {
    auto row = database.use(
        "INSERT INTO fit (run_id, fit_number, model, options, start, segments, series, up_to_seq, "
        "n_given, dynamic_fit_number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    if (!row) {
        return fail(row.error());
    }
    (*row)->put(run_id).put(inputs.fit_number).put(inputs.model).put(inputs.options);
    (*row)->put(inputs.start).put(inputs.segments).put(inputs.series).put(inputs.up_to_seq);
    return (*row)->put(inputs.n_given).put(inputs.dynamic_fit_number).run();
}

Result<void> put_row(
    Database& database, std::int64_t run_id, std::uint64_t seq, const record::Estimate& estimate
) {
    if (estimate.inputs) {
        if (auto done = put_inputs(database, run_id, *estimate.inputs); !done) {
            return done;
        }
    }
    auto prepared = database.use(
        "INSERT INTO estimate (run_id, seq, fit_number, time_ns, model, parameter, value, "
        "standard_error, lower_95, upper_95, state, segment, temperature_K, frequency_Hz, form, "
        "n_points, first_seq, last_seq, options_sha256, code_version, simulated, "
        "systematic_error, traded_with, combined_error, method, known_combination, "
        "known_combination_value, known_combination_standard_error, experiment) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?)"
    );
    if (!prepared) {
        return fail(prepared.error());
    }
    Statement& row = **prepared;
    row.put(run_id).put(seq).put(estimate.fit_number).put(estimate.time_utc.ns);
    row.put(estimate.model).put(estimate.parameter).put(estimate.value);
    row.put(estimate.standard_error).put(estimate.lower_95).put(estimate.upper_95);
    row.put(record::to_word(estimate.state)).put(estimate.segment);
    row.put(estimate.temperature_K).put(estimate.frequency_Hz).put(estimate.form);
    row.put(estimate.n_points).put(estimate.first_seq).put(estimate.last_seq);
    row.put(estimate.options_sha256).put(estimate.code_version).put(estimate.simulated);
    row.put(estimate.systematic_error).put(estimate.traded_with).put(estimate.combined_error);
    row.put(estimate.method).put(estimate.known_combination);
    row.put(estimate.known_combination_value).put(estimate.known_combination_standard_error);
    row.put(estimate.experiment);
    return row.run();
}

}  // namespace

Result<void> insert(
    Database& database, std::int64_t run_id, std::uint64_t seq, const record::Row& row
) {
    return std::visit([&](const auto& one) { return put_row(database, run_id, seq, one); }, row);
}

const std::string& select_point() {
    static const std::string sql =
        "SELECT seq, segment, time_s, reading_number, " + channel_list() +
        "flags, simulated, received_steady_ns, received_utc_ns, raw, extra FROM point";
    return sql;
}

// Members are taken one statement each, in the columns' order.

record::Point take_point(Statement& row) {
    record::Point point;
    record::Reading& reading = point.reading;
    point.seq = row.take_count();
    reading.segment = static_cast<int>(row.take_int());
    reading.time_s = row.take_double();
    reading.number = row.take_count();
    for (std::size_t i = 0; i < record::channel_count; ++i) {
        reading.values[static_cast<record::Channel>(i)] = row.take_double();
    }
    reading.flags = row.take_text();
    reading.simulated = row.take_bool();
    reading.received_steady.ns = row.take_int();
    reading.received_utc.ns = row.take_int();
    reading.raw = row.take_text();
    if (const std::string extra = row.take_text(); !extra.empty()) {
        reading.extra = numbers_from(extra).value_or(std::map<std::string, double>{});
    }
    return point;
}

record::Gap take_gap(Statement& row) {
    record::Gap gap;
    gap.seq = row.take_count();
    gap.from_time_s = row.take_double();
    gap.to_time_s = row.take_double();
    gap.first_number = row.take_count();
    gap.missing = row.take_count();
    gap.cause = row.take_text();
    gap.time_utc.ns = row.take_int();
    gap.simulated = row.take_bool();
    return gap;
}

record::Event take_event(Statement& row) {
    record::Event event;
    event.seq = row.take_count();
    event.time_utc.ns = row.take_int();
    event.severity = severity_from(row.take_text());
    event.code = row.take_text();
    event.message = row.take_text();
    event.detail = row.take_text();
    event.simulated = row.take_bool();
    return event;
}

record::Estimate take_estimate(Statement& row) {
    record::Estimate estimate;
    estimate.seq = row.take_count();
    estimate.fit_number = row.take_count();
    estimate.time_utc.ns = row.take_int();
    estimate.model = row.take_text();
    estimate.parameter = row.take_text();
    estimate.value = row.take_double();
    estimate.standard_error = row.take_double();
    estimate.lower_95 = row.take_double();
    estimate.upper_95 = row.take_double();
    estimate.state = parameter_state_from(row.take_text());
    estimate.segment = static_cast<int>(row.take_int());
    estimate.temperature_K = row.take_double();
    estimate.frequency_Hz = row.take_double();
    estimate.form = row.take_text();
    estimate.n_points = row.take_count();
    estimate.first_seq = row.take_count();
    estimate.last_seq = row.take_count();
    estimate.options_sha256 = row.take_text();
    estimate.code_version = row.take_text();
    estimate.simulated = row.take_bool();
    estimate.systematic_error = row.take_double();
    estimate.traded_with = row.take_text();
    estimate.combined_error = row.take_double();
    estimate.method = row.take_text();
    estimate.known_combination = row.take_text();
    estimate.known_combination_value = row.take_double();
    estimate.known_combination_standard_error = row.take_double();
    estimate.experiment = row.take_text();
    return estimate;
}

record::FitInputs take_fit(Statement& row) {
    record::FitInputs inputs;
    inputs.fit_number = row.take_count();
    inputs.model = row.take_text();
    inputs.options = row.take_text();
    inputs.start = row.take_text();
    inputs.segments = row.take_text();
    inputs.series = row.take_text();
    inputs.up_to_seq = row.take_count();
    inputs.n_given = row.take_count();
    inputs.dynamic_fit_number = row.take_count();
    return inputs;
}

record::Run take_run(Statement& row) {
    record::Run run;
    run.run_id = row.take_int();
    run.uuid = row.take_text();
    run.name = row.take_text();
    run.instrument = row.take_text();
    run.specimen = row.take_text();
    run.method = row.take_text();
    run.state = run_state_from(row.take_text());
    run.end_cause = row.take_text();
    run.started_utc.ns = row.take_int();
    run.ended_utc.ns = row.take_int();
    run.last_seq = row.take_count();
    run.simulated = row.take_bool();
    run.code_version = row.take_text();
    return run;
}

}  // namespace relaxd::store
