// SPDX-License-Identifier: MIT
//
// Raw periods beside the points that were made of them.
#include "schema/record/waveform.hpp"

#include "tests/store/fixture.hpp"

#include <sqlite3.h>

#include <array>

namespace relaxd::test {

namespace {

std::shared_ptr<const record::Waveform> some_waveform(int first_code) {
    auto waveform = std::make_shared<record::Waveform>();
    waveform->rate_Hz = 200.0;
    waveform->first_time_s = 12.5;
    waveform->frequency_Hz = 2.0;
    for (const char* name : {"angle", "torque"}) {
        record::WaveformChannel channel;
        channel.name = name;
        channel.volt_per_code = 3e-4;
        channel.low_V = -10.0;
        channel.high_V = 10.0;
        for (int i = 0; i < 100; ++i) {
            channel.codes.push_back(first_code + 7 * i % 31);
        }
        waveform->channels.push_back(std::move(channel));
    }
    return waveform;
}

std::int64_t store_two(const std::string& path) {
    auto store = must(store::RunStore::open(path));
    const auto id = must(store.create_run(some_run(), some_specimen())).run_id;
    record::Point first = some_point(1);
    record::Point second = some_point(2);
    record::Point without = some_point(3);
    first.reading.waveform = some_waveform(100);
    second.reading.waveform = some_waveform(-100);
    std::array<record::Row, 3> rows{first, second, without};
    must(store.append(id, rows));
    return id;
}

void run_sql(const std::string& path, const std::string& sql) {
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
    CHECK(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(handle);
}

}  // namespace

TEST_CASE("raw periods are stored with their point and are read back to the last code") {
    Folder folder;
    const auto id = store_two(folder.file());
    auto reader = must(store::RunReader::open(folder.file()));
    const auto all = must(reader.waveforms(id, 0, 10));
    REQUIRE(all.size() == 2);
    CHECK(all[0].seq == 1);
    CHECK(all[1].seq == 2);
    const auto expected = some_waveform(-100);
    REQUIRE(all[1].waveform.channels.size() == 2);
    CHECK(all[1].waveform.channels[1].codes == expected->channels[1].codes);
    CHECK(all[1].waveform.channels[0].name == "angle");
    CHECK(all[1].waveform.first_time_s == 12.5);
    CHECK(must(reader.waveforms(id, 1, 10)).size() == 1);
    CHECK(must(reader.waveforms(id, 0, 1)).size() == 1);
    CHECK(must(reader.waveforms(id + 1, 0, 10)).empty());
    CHECK(must(store::verify(folder.file())).sound);
}

TEST_CASE("raw periods that were damaged are found, and none is read from them") {
    Folder folder;
    const auto id = store_two(folder.file());
    const std::string whole = must(store::digest(folder.file(), std::nullopt));
    run_sql(
        folder.file(),
        "UPDATE waveform SET bytes = substr(bytes, 1, length(bytes) - 1) WHERE seq = 2"
    );
    const auto found = must(store::verify(folder.file()));
    CHECK_FALSE(found.sound);
    REQUIRE_FALSE(found.faults.empty());
    CHECK(found.faults.front().find("the raw periods at seq 2 of run 1") == 0);
    CHECK(must(store::digest(folder.file(), std::nullopt)) != whole);
    auto reader = must(store::RunReader::open(folder.file()));
    const auto read = reader.waveforms(id, 0, 10);
    REQUIRE_FALSE(read);
    CHECK(read.error().where.find("waveform of run 1, seq 2") != std::string::npos);
    CHECK(must(reader.points(id, 0, 10)).size() == 3);
}

TEST_CASE("a segment keeps its flags") {
    Folder folder;
    const auto id = store_two(folder.file());
    {
        auto store = must(store::RunStore::open(folder.file()));
        record::Segment segment;
        segment.segment = 2;
        segment.text = "Frequency sweep";
        must(store.put_segment(id, segment));
        segment.flags = "not_stationary";
        must(store.put_segment(id, segment));
    }
    auto reader = must(store::RunReader::open(folder.file()));
    const auto segments = must(reader.segments(id));
    REQUIRE(segments.size() == 1);
    CHECK(segments[0].flags == "not_stationary");
}

}  // namespace relaxd::test
