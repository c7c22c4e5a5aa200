// SPDX-License-Identifier: MIT
//
// What is stored comes back, bit for bit, in the order of one sequence.
#include "schema/base/number.hpp"
#include "tests/store/fixture.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace relaxd::test {

using record::Channel;

namespace {

record::Reading reading_with_everything() {
    record::Reading reading;
    reading.number = 1;
    reading.segment = 3;
    reading.time_s = 0.1 + 0.2;
    for (std::size_t i = 0; i < record::channel_count; ++i) {
        reading.values[static_cast<Channel>(i)] = std::pow(1.37, static_cast<double>(i)) * 1e-9;
    }
    reading.values[Channel::torque_N_m] = -0.0;
    reading.values[Channel::angle_rad] = std::numeric_limits<double>::denorm_min();
    reading.flags = "overload saturated";
    reading.raw = std::string("R 1 \0\xff\n\x80 3fa2", 12);
    reading.received_steady = SteadyTime{123'456'789'012'345};
    reading.received_utc = UtcTime{1'769'860'800'123'456'789};
    reading.simulated = true;
    reading.extra = {{"gas flow \"N2\"", 1.0 / 3.0}, {"oven\nlid", -1e300}};
    return reading;
}

void require_same(const record::Reading& a, const record::Reading& b) {
    REQUIRE(a.number == b.number);
    REQUIRE(a.segment == b.segment);
    REQUIRE(same(a.time_s, b.time_s));
    for (std::size_t i = 0; i < record::channel_count; ++i) {
        INFO(record::channel_names[i]);
        REQUIRE(same(a.values[static_cast<Channel>(i)], b.values[static_cast<Channel>(i)]));
    }
    REQUIRE(a.flags == b.flags);
    REQUIRE(a.raw == b.raw);
    REQUIRE(a.received_steady == b.received_steady);
    REQUIRE(a.received_utc == b.received_utc);
    REQUIRE(a.simulated == b.simulated);
    REQUIRE(a.extra == b.extra);
}

}  // namespace

TEST_CASE("a reading comes back with every channel, its raw bytes and both clocks") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto run = must(store.create_run(some_run(), some_specimen()));
    std::array<record::Row, 2> rows{record::Point{0, reading_with_everything()}, record::Point{}};
    must(store.append(run.run_id, rows));

    auto reader = must(store::RunReader::open(folder.file()));
    const auto points = must(reader.points(run.run_id, 0, 10));
    REQUIRE(points.size() == 2);
    require_same(points[0].reading, reading_with_everything());
    require_same(points[1].reading, record::Reading{});
    REQUIRE(must(reader.run("1")).simulated);
}

TEST_CASE("work of several writes is stored as a whole or not at all") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto work = [&store](bool succeeds) -> Result<void> {
        const auto run = must(store.create_run(some_run(), some_specimen()));
        std::array<record::Row, 1> rows{record::Point{0, reading_with_everything()}};
        must(store.append(run.run_id, rows));
        must(store.put_fact(run.run_id, "import_file", "a.csv"));
        return succeeds ? Result<void>{} : fail(Errc::io, "the disk is full");
    };
    REQUIRE_FALSE(store.all_or_nothing([&work] { return work(false); }));
    auto reader = must(store::RunReader::open(folder.file()));
    CHECK(must(reader.runs()).empty());
    must(store.all_or_nothing([&work, &folder] {
        const Result<void> done = work(true);
        auto other = must(store::RunReader::open(folder.file()));
        CHECK(must(other.runs()).empty());  // nothing is seen before the end
        return done;
    }));
    REQUIRE(must(reader.runs()).size() == 1);
    CHECK(must(reader.points(1, 0, 10)).size() == 1);
    CHECK(must(reader.fact(1, "import_file")) == "a.csv");
}

TEST_CASE("runs and specimens come back whole") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    record::Specimen specimen = some_specimen();
    specimen.id = "LNA-7a";
    specimen.parent_plate = "7";
    specimen.composition_at_percent = {{"La", 60.0}, {"Ni", 15.0}, {"Al", 25.0}};
    specimen.form = "bulk";
    specimen.production = "suction cast";
    specimen.state = "annealed";
    specimen.anneals = {{420.0, 3600.0, "argon"}, {430.0, record::unknown, ""}};
    specimen.surface = "polished";
    specimen.dsc_rate_K_per_s = 1.0 / 3.0;
    specimen.clamp = "single-cantilever";
    specimen.length_m = 0.0175;
    specimen.length_sigma_m = 1e-5;
    specimen.poisson_ratio = 0.37;
    specimen.extra = {{"note", "a \"quoted\"\tnote"}, {"owner", ""}};
    const auto created = must(store.create_run(some_run(), specimen));
    REQUIRE(created.run_id == 1);
    REQUIRE(created.uuid.size() == 36);

    auto reader = must(store::RunReader::open(folder.file()));
    for (const std::string& id : {std::string("1"), created.uuid}) {
        const auto run = must(reader.run(id));
        REQUIRE(run.name == created.name);
        REQUIRE(run.instrument == created.instrument);
        REQUIRE(run.specimen == created.specimen);
        REQUIRE(run.method == created.method);
        REQUIRE(run.state == record::RunState::armed);
        REQUIRE(run.started_utc == created.started_utc);
        REQUIRE(run.ended_utc.ns == 0);
        REQUIRE(run.code_version == created.code_version);
        REQUIRE_FALSE(run.simulated);
    }
    const auto back = must(reader.specimen(1));
    REQUIRE(back.id == specimen.id);
    REQUIRE(back.parent_plate == specimen.parent_plate);
    REQUIRE(back.composition_at_percent == specimen.composition_at_percent);
    REQUIRE(back.form == specimen.form);
    REQUIRE(back.production == specimen.production);
    REQUIRE(back.state == specimen.state);
    REQUIRE(back.surface == specimen.surface);
    REQUIRE(back.dsc_rate_K_per_s == specimen.dsc_rate_K_per_s);
    REQUIRE(back.clamp == specimen.clamp);
    REQUIRE(back.length_m == specimen.length_m);
    REQUIRE(back.length_sigma_m == specimen.length_sigma_m);
    REQUIRE(std::isnan(back.width_m));
    REQUIRE(back.poisson_ratio == specimen.poisson_ratio);
    REQUIRE(back.extra == specimen.extra);
    REQUIRE(back.anneals.size() == 2);
    REQUIRE(back.anneals[0].duration_s == 3600.0);
    REQUIRE(back.anneals[0].atmosphere == "argon");
    REQUIRE(std::isnan(back.anneals[1].duration_s));
}

TEST_CASE("gaps, events, estimates, segments, truth, facts and instruments come back") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto id = must(store.create_run(some_run(), some_specimen())).run_id;
    const record::Gap gap{0, 1.5, record::unknown, 7, 3, "link lost", UtcTime{5}};
    record::Event event = some_event("T_HIGH", "503.1");
    event.severity = record::Severity::major;
    record::Estimate estimate = some_estimate("chi_Tg", 0.37);
    estimate.standard_error = 0.01;
    estimate.lower_95 = 0.35;
    estimate.upper_95 = 0.39;
    estimate.state = record::ParameterState::traded;
    estimate.segment = 2;
    estimate.temperature_K = 453.0;
    estimate.form = "exact";
    estimate.options_sha256 = "abc";
    estimate.code_version = "0.1";
    estimate.simulated = true;
    std::array<record::Row, 3> rows{gap, event, estimate};
    must(store.append(id, rows));
    record::Segment segment{2, "Ramp 3 K/min to 550 K", UtcTime{7}, UtcTime{0}, 1, 2};
    must(store.put_segment(id, segment));
    segment.ended_utc = UtcTime{9};
    must(store.put_segment(id, segment));
    const std::array<record::Truth, 2> truth{record::Truth{0, "chi_Tg", 0.38}, {4, "chi", 0.3}};
    must(store.put_truth(id, truth));
    must(store.put_truth(id, truth));
    must(store.put_fact(id, "run_token", "a"));
    must(store.put_fact(id, "run_token", "b"));
    record::Instrument instrument{"dma1", "q800_class", "tcp://h:1", "connected", "idle"};
    must(store.put_instrument(instrument));
    instrument.proven = true;
    must(store.put_instrument(instrument));

    auto reader = must(store::RunReader::open(folder.file()));
    const auto gaps = must(reader.gaps(id, 0, 9));
    REQUIRE(gaps.size() == 1);
    REQUIRE(gaps[0].from_time_s == 1.5);
    REQUIRE(std::isnan(gaps[0].to_time_s));
    REQUIRE(gaps[0].first_number == 7);
    REQUIRE(gaps[0].missing == 3);
    REQUIRE(gaps[0].cause == "link lost");
    REQUIRE(gaps[0].time_utc.ns == 5);
    const auto events = must(reader.events(id, 0, 9));
    REQUIRE(events.size() == 1);
    REQUIRE(events[0].severity == record::Severity::major);
    REQUIRE(events[0].code == "T_HIGH");
    REQUIRE(events[0].message == event.message);
    REQUIRE(events[0].detail == "503.1");
    REQUIRE(events[0].time_utc == event.time_utc);
    const auto estimates = must(reader.estimates(id, 0, 9));
    REQUIRE(estimates.size() == 1);
    REQUIRE(estimates[0].seq == 3);
    REQUIRE(estimates[0].parameter == "chi_Tg");
    REQUIRE(estimates[0].upper_95 == 0.39);
    REQUIRE(estimates[0].state == record::ParameterState::traded);
    REQUIRE(std::isnan(estimates[0].frequency_Hz));
    REQUIRE(estimates[0].form == "exact");
    REQUIRE(estimates[0].simulated);
    const auto segments = must(reader.segments(id));
    REQUIRE(segments.size() == 1);
    REQUIRE(segments[0].ended_utc.ns == 9);
    REQUIRE(segments[0].text == segment.text);
    const auto truths = must(reader.truth(id));
    REQUIRE(truths.size() == 2);
    REQUIRE(truths[0].seq == 0);
    REQUIRE(truths[1].value == 0.3);
    REQUIRE(must(reader.fact(id, "run_token")) == std::optional<std::string>("b"));
    REQUIRE(must(reader.fact(id, "nothing")) == std::nullopt);
    REQUIRE(must(reader.instruments()).size() == 1);
    REQUIRE(must(reader.instruments())[0].proven);
    REQUIRE(must(reader.last_fit_number(id)) == 1);
}

TEST_CASE("one sequence runs through all kinds of rows, dense and per run") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto first = must(store.create_run(some_run(), some_specimen())).run_id;
    const auto second = must(store.create_run(some_run(), some_specimen())).run_id;
    std::uint64_t number = 0;
    for (int round = 0; round < 5; ++round) {
        std::vector<record::Row> rows{some_point(++number), some_event("E"), some_point(++number)};
        rows.emplace_back(some_estimate("B", 1.0));
        rows.emplace_back(record::Gap{});
        must(store.append(first, rows));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            REQUIRE(seq_of(rows[i]) == static_cast<std::uint64_t>(round) * 5 + i + 1);
        }
        std::array<record::Row, 1> other{some_point(static_cast<std::uint64_t>(round) + 1)};
        must(store.append(second, other));
        REQUIRE(seq_of(other[0]) == static_cast<std::uint64_t>(round) + 1);
    }
    auto reader = must(store::RunReader::open(folder.file()));
    const auto all = must(reader.rows(first, 0, 1000));
    REQUIRE(all.size() == 25);
    REQUIRE(must(reader.run("1")).last_seq == 25);
    for (std::size_t i = 0; i < all.size(); ++i) {
        REQUIRE(seq_of(all[i]) == i + 1);
    }
    const auto page = must(reader.rows(first, 7, 4));
    REQUIRE(page.size() == 4);
    REQUIRE(seq_of(page.front()) == 8);
    REQUIRE(seq_of(page.back()) == 11);
    REQUIRE(must(reader.last_reading_number(first)) == 10);
    REQUIRE(must(store::verify(folder.file())).sound);
}

TEST_CASE("rows of a transaction that fails are not stored and keep no number") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto id = must(store.create_run(some_run(), some_specimen())).run_id;
    std::array<record::Row, 1> good{some_point(1)};
    must(store.append(id, good));
    std::array<record::Row, 2> twice{some_point(2), some_point(1)};
    const auto refused = store.append(id, twice);
    REQUIRE_FALSE(refused);
    REQUIRE(refused.error().code == Errc::refused);
    REQUIRE(seq_of(twice[0]) == 0);
    std::array<record::Row, 1> nowhere{some_point(1)};
    REQUIRE(store.append(99, nowhere).error().code == Errc::not_found);
    std::array<record::Row, 1> next{some_point(2)};
    must(store.append(id, next));
    REQUIRE(seq_of(next[0]) == 2);
}

TEST_CASE("a change of state is stored with its event, and the first end stays") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    record::Run armed = some_run();
    armed.started_utc = UtcTime{};
    const auto id = must(store.create_run(armed, some_specimen())).run_id;
    const auto change = [&](record::RunState state, const std::string& cause, std::int64_t ns) {
        std::array<record::Row, 1> rows{some_event("STATE", std::string(record::to_word(state)))};
        must(store.append_state(id, rows, state, cause, UtcTime{ns}));
    };
    change(record::RunState::running, "", 10);
    auto reader = must(store::RunReader::open(folder.file()));
    REQUIRE(must(reader.run("1")).started_utc.ns == 10);
    REQUIRE(must(reader.run("1")).ended_utc.ns == 0);
    change(record::RunState::completed, "method complete", 20);
    change(record::RunState::rejected, "", 30);
    const auto run = must(reader.run("1"));
    REQUIRE(run.state == record::RunState::rejected);
    REQUIRE(run.started_utc.ns == 10);
    REQUIRE(run.ended_utc.ns == 20);
    REQUIRE(run.end_cause == "method complete");
    std::array<record::Row, 1> silent{some_event("OTHER")};
    REQUIRE_FALSE(store.append_state(id, silent, record::RunState::paused, "", UtcTime{40}));
    REQUIRE(must(store::verify(folder.file())).sound);
}

TEST_CASE("a reader with a snapshot does not see what is committed later") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto id = must(store.create_run(some_run(), some_specimen())).run_id;
    auto reader = must(store::RunReader::open(folder.file()));
    must(reader.begin_snapshot());
    std::array<record::Row, 1> rows{some_point(1)};
    must(store.append(id, rows));
    REQUIRE(must(reader.points(id, 0, 9)).empty());
    reader.end_snapshot();
    REQUIRE(must(reader.points(id, 0, 9)).size() == 1);
}

TEST_CASE("texts are stored, never interpreted") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const std::string hostile = "'); DROP TABLE point; --\"\\\n%s\xc3\x28";
    record::Run run = some_run();
    run.name = hostile;
    run.method = hostile;
    record::Specimen specimen;
    specimen.name = hostile;
    specimen.composition_at_percent[hostile] = 100.0;
    specimen.extra[hostile] = hostile;
    const auto id = must(store.create_run(run, specimen)).run_id;
    record::Point point = some_point(1);
    point.reading.flags = hostile;
    point.reading.extra[hostile] = 1.0;
    std::array<record::Row, 2> rows{point, some_event(hostile, hostile)};
    must(store.append(id, rows));
    must(store.put_fact(id, hostile, hostile));
    auto reader = must(store::RunReader::open(folder.file()));
    REQUIRE(must(reader.run("1")).name == hostile);
    REQUIRE(must(reader.specimen(id)).extra.at(hostile) == hostile);
    REQUIRE(must(reader.points(id, 0, 1))[0].reading.flags == hostile);
    REQUIRE(must(reader.points(id, 0, 1))[0].reading.extra.at(hostile) == 1.0);
    REQUIRE(must(reader.events(id, 0, 1))[0].code == hostile);
    REQUIRE(must(reader.fact(id, hostile)) == std::optional(hostile));
    REQUIRE(reader.run(hostile).error().code == Errc::not_found);
}

TEST_CASE("thermal history is what the temperature did between the points") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto id = must(store.create_run(some_run(), some_specimen())).run_id;  // T_g 453, T_x 500
    std::vector<record::Row> rows;
    const std::array<std::pair<double, double>, 4> course{
        {{0.0, 393.0}, {100.0, 413.0}, {200.0, 443.0}, {300.0, 383.0}}
    };
    for (const auto& [time_s, temperature_K] : course) {
        record::Point point = some_point(rows.size() + 1);
        point.reading.time_s = time_s;
        point.reading.values[Channel::temperature_K] = temperature_K;
        rows.emplace_back(point);
    }
    must(store.append(id, rows));
    must(store.put_thermal_history(id));
    auto reader = must(store::RunReader::open(folder.file()));
    // Above 403 K: half of the first interval, the second, and 40 of the third's 60 K.
    const std::string above = must(reader.fact(id, "thermal_time_above_Tg_minus_50K_s")).value();
    REQUIRE(to_double(above).value() == Approx(50.0 + 100.0 + 100.0 * 40.0 / 60.0));
    REQUIRE(must(reader.fact(id, "thermal_T_max_K")).value() == "443");
    REQUIRE(must(reader.fact(id, "thermal_T_x_passed")).value() == "no");

    const auto empty = must(store.create_run(some_run(), record::Specimen{})).run_id;
    must(store.put_thermal_history(empty));
    REQUIRE(must(reader.fact(empty, "thermal_T_x_passed")).value() == "unknown");
    REQUIRE(must(reader.fact(empty, "thermal_T_max_K")).value() == "unknown");
}

}  // namespace relaxd::test
