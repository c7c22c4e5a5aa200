// SPDX-License-Identifier: MIT
//
// Fewer points show the same picture.
#include "tests/store/fixture.hpp"

#include <algorithm>
#include <map>

namespace relaxd::test {

using record::Channel;

namespace {

std::int64_t store_wave(store::RunStore& store, std::uint64_t count) {
    const auto id = must(store.create_run(some_run(), some_specimen())).run_id;
    std::vector<record::Row> rows;
    for (std::uint64_t i = 1; i <= count; ++i) {
        record::Point point = some_point(i);
        point.reading.values[Channel::storage_modulus_Pa] =
            i == 571   ? 1e12
            : i == 702 ? -1e12
                       : 1e9 * static_cast<double>((i * 7919) % 1000);
        rows.emplace_back(point);
    }
    must(store.append(id, rows));
    return id;
}

}  // namespace

TEST_CASE("decimation keeps first, last, least and greatest of each frequency") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto id = store_wave(store, 1000);
    auto reader = must(store::RunReader::open(folder.file()));
    REQUIRE(must(reader.distinct_frequencies(id, 0)) == 2);
    for (const std::size_t most : {8U, 9U, 40U, 333U}) {
        const auto points = must(reader.points_decimated(id, 0, most));
        REQUIRE(points.size() <= most);
        REQUIRE(points.size() >= 8);
        REQUIRE(std::is_sorted(points.begin(), points.end(), [](const auto& a, const auto& b) {
            return a.seq < b.seq;
        }));
        std::vector<std::uint64_t> seqs;
        for (const auto& point : points) {
            seqs.push_back(point.seq);
        }
        // 571 is the greatest of odd numbers (8 Hz), 702 the least of even ones (1 Hz).
        for (const std::uint64_t needed : {1U, 2U, 571U, 702U, 999U, 1000U}) {
            INFO(needed);
            REQUIRE(std::count(seqs.begin(), seqs.end(), needed) == 1);
        }
    }
}

TEST_CASE("decimation gives all points where they fit, counts after_seq, refuses too few") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto id = store_wave(store, 1000);
    auto reader = must(store::RunReader::open(folder.file()));
    REQUIRE(must(reader.points_decimated(id, 0, 1000)).size() == 1000);
    const auto tail = must(reader.points_decimated(id, 990, 10));
    REQUIRE(tail.size() == 10);
    REQUIRE(tail.front().seq == 991);
    REQUIRE(must(reader.points_decimated(id, 1000, 8)).empty());
    const auto refused = reader.points_decimated(id, 0, 7);
    REQUIRE_FALSE(refused);
    REQUIRE(refused.error().code == Errc::invalid);
}

TEST_CASE("without E' decimation keeps the extremes of the first response") {
    const Folder folder;
    auto store = must(store::RunStore::open(folder.file()));
    const auto id = must(store.create_run(some_run(), some_specimen())).run_id;
    std::vector<record::Row> rows;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        record::Point point;
        point.reading.number = i;
        point.reading.values[Channel::temperature_K] = static_cast<double>(i);
        point.reading.values[Channel::strain] = i == 37 ? 1.0 : 0.5;
        rows.emplace_back(point);
    }
    must(store.append(id, rows));
    auto reader = must(store::RunReader::open(folder.file()));
    const auto points = must(reader.points_decimated(id, 0, 4));
    REQUIRE(std::any_of(points.begin(), points.end(), [](const auto& p) { return p.seq == 37; }));
}

}  // namespace relaxd::test
