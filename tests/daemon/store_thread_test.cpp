// SPDX-License-Identifier: MIT
#include "daemon/persist/store_thread.hpp"

#include "tests/daemon/fake_campaign.hpp"
#include "tests/daemon/manual_timing.hpp"
#include "tests/support/catch.hpp"

#include <memory>

using relaxd::Error;
using relaxd::Result;
using relaxd::daemon::StoreLimits;
using relaxd::daemon::StoreThread;
using relaxd::record::Event;
using relaxd::record::Row;
using relaxd::test::FakeCampaign;
using relaxd::test::FakeFile;
using relaxd::test::run_until;

namespace {

StoreLimits quick() {
    StoreLimits limits;
    limits.retry_every_s = 0.001;
    limits.retry_for_s = 0.02;
    return limits;
}

struct Bench {
    relaxd::test::ManualTiming timing;
    boost::asio::io_context io{1};
    std::shared_ptr<FakeFile> file = std::make_shared<FakeFile>();
    StoreThread store{
        io.get_executor(), std::make_unique<FakeCampaign>(file), timing.clock(), quick()
    };
    std::vector<std::uint64_t> seqs;
    int failures = 0;
    int troubles = 0;

    Bench() {
        file->runs[1].run_id = 1;
        store.on_trouble([this](const Error&) { ++troubles; });
    }
    void append(int count) {
        std::vector<Row> rows;
        for (int i = 0; i < count; ++i) {
            rows.emplace_back(Event{});
        }
        store.append(1, std::move(rows), [this](const Result<void>& result, std::vector<Row> done) {
            if (!result) {
                ++failures;
                return;
            }
            for (const Row& row : done) {
                seqs.push_back(std::visit([](const auto& value) { return value.seq; }, row));
            }
        });
    }
    bool wait_for(std::size_t count) {
        return run_until(io, [&] { return seqs.size() >= count; });
    }
};

std::vector<std::uint64_t> one_to(std::uint64_t last) {
    std::vector<std::uint64_t> out;
    for (std::uint64_t i = 1; i <= last; ++i) {
        out.push_back(i);
    }
    return out;
}

}  // namespace

TEST_CASE("rows come back numbered in the order they were given", "[persist]") {
    Bench bench;
    for (int i = 0; i < 50; ++i) {
        bench.append(1 + i % 3);
    }
    REQUIRE(bench.wait_for(99));
    CHECK(bench.seqs == one_to(99));
    CHECK(bench.store.rows_waiting() == 0);
    // What waited together was committed together.
    CHECK(bench.file->commits <= 50);
}

TEST_CASE("a failed commit is not acknowledged until it has succeeded", "[persist]") {
    Bench bench;
    bench.file->fail_from = 1;
    bench.file->fail_count = 3;
    bench.append(4);
    REQUIRE(bench.wait_for(4));
    CHECK(bench.seqs == one_to(4));
    CHECK(bench.file->rows[1].size() == 4);
    CHECK(bench.troubles == 1);
    CHECK(bench.file->reopened == 3);
    CHECK_FALSE(bench.store.is_in_trouble());
}

TEST_CASE("a commit that failed after it reached the file is not written twice", "[persist]") {
    Bench bench;
    bench.append(2);
    REQUIRE(bench.wait_for(2));
    bench.file->fails_after_write = true;
    bench.file->fail_from = 2;
    bench.file->fail_count = 1;
    bench.append(3);
    REQUIRE(bench.wait_for(5));
    CHECK(bench.seqs == one_to(5));
    CHECK(bench.file->rows[1].size() == 5);
}

TEST_CASE(
    "where the newest number could not be read nothing is written twice either", "[persist]"
) {
    Bench bench;
    bench.file->runs[1].last_seq = 10;
    bench.file->fail_runs = 1;
    bench.append(2);
    REQUIRE(bench.wait_for(2));
    bench.file->fails_after_write = true;
    bench.file->fail_from = 2;
    bench.file->fail_count = 1;
    bench.append(3);
    REQUIRE(bench.wait_for(5));
    CHECK(bench.seqs == std::vector<std::uint64_t>{11, 12, 13, 14, 15});
    CHECK(bench.file->rows[1].size() == 5);
}

TEST_CASE("a commit that fails while the daemon ends is tried once more", "[persist]") {
    Bench bench;
    bench.file->fail_from = 1;
    bench.file->fail_count = 1;
    bench.append(7);
    bench.store.close();
    CHECK(bench.file->rows[1].size() == 7);
}

TEST_CASE("a database that stays broken gives the rows up with an error", "[persist]") {
    Bench bench;
    bench.file->fail_from = 1;
    bench.file->fail_count = 1'000'000;
    bench.append(4);
    REQUIRE(run_until(bench.io, [&] { return bench.failures == 1; }));
    CHECK(bench.seqs.empty());
    CHECK(bench.store.is_in_trouble());
}

TEST_CASE("closing commits what waits", "[persist]") {
    Bench bench;
    bench.append(7);
    bench.store.close();
    CHECK(bench.file->rows[1].size() == 7);
}

TEST_CASE("a full queue says so after the patience that was given", "[persist]") {
    Bench bench;
    bench.file->mutex.lock();  // the store thread cannot go on
    bench.append(9000);
    REQUIRE_FALSE(bench.store.has_room());
    bool has_room = true;
    bool is_over = false;
    boost::asio::co_spawn(
        bench.io,
        bench.store.wait_for_room(&bench.timing, 2.0),
        [&](const std::exception_ptr&, bool answer) {
            has_room = answer;
            is_over = true;
        }
    );
    bench.io.restart();
    bench.io.poll();
    CHECK_FALSE(is_over);
    bench.timing.advance_s(2.1);
    REQUIRE(run_until(bench.io, [&] { return is_over; }));
    CHECK_FALSE(has_room);
    bench.file->mutex.unlock();
    REQUIRE(bench.wait_for(9000));
    CHECK(bench.store.has_room());
}

namespace {

/// The same store without a thread.
struct SameThread {
    relaxd::test::ManualTiming timing;
    boost::asio::io_context io{1};
    std::shared_ptr<FakeFile> file = std::make_shared<FakeFile>();
    StoreThread store{io.get_executor(), std::make_unique<FakeCampaign>(file), timing};
    int done = 0;
    int failures = 0;

    SameThread() { file->runs[1].run_id = 1; }
    void append() {
        std::vector<Row> rows;
        rows.emplace_back(Event{});
        store.append(1, std::move(rows), [this](const Result<void>& result, std::vector<Row>) {
            ++(result ? done : failures);
        });
    }
    void poll() {
        io.restart();
        io.poll();
    }
};

}  // namespace

TEST_CASE("without a thread rows are committed when the loop is polled", "[persist]") {
    SameThread bench;
    bench.append();
    bench.append();
    CHECK(bench.file->commits == 0);
    bench.poll();
    CHECK(bench.file->commits == 1);
    CHECK(bench.done == 2);
}

TEST_CASE(
    "without a thread a failed commit is tried again in the time that is given", "[persist]"
) {
    SameThread bench;
    bench.file->fail_from = 1;
    bench.file->fail_count = 2;
    bench.append();
    bench.poll();
    bench.append();  // waits behind what failed
    bench.poll();
    CHECK(bench.file->commits == 1);
    bench.timing.advance_s(0.5);
    bench.poll();
    CHECK(bench.file->commits == 2);
    CHECK(bench.done == 0);
    bench.timing.advance_s(0.5);
    bench.poll();
    CHECK(bench.done == 2);
    CHECK(bench.file->rows[1].size() == 2);
}

TEST_CASE("without a thread rows are given up after the time for it", "[persist]") {
    SameThread bench;
    bench.file->fail_from = 1;
    bench.file->fail_count = 1'000'000;
    bench.append();
    for (int i = 0; i < 130; ++i) {
        bench.poll();
        bench.timing.advance_s(0.5);
    }
    CHECK(bench.failures == 1);
    CHECK(bench.store.is_in_trouble());
}

TEST_CASE("an abandoned store commits nothing more", "[persist]") {
    SameThread bench;
    bench.append();
    bench.store.abandon();
    bench.append();
    bench.poll();
    CHECK(bench.file->commits == 0);
    CHECK(bench.done == 0);
}
