// SPDX-License-Identifier: MIT
//
// Equal experiments have equal digests; any changed number has another.
#include "tests/store/fixture.hpp"

#include <sqlite3.h>

#include <array>
#include <functional>

namespace relaxd::test {

namespace {

struct Story {
    std::string method = "mode = \"creep\"\n";
    std::int64_t host_offset_ns = 0;
    bool host_event = false;
    std::size_t estimates_after = 2;  ///< After how many points the fit was ready.
    double third_modulus_Pa = 1e9;
    record::Instrument instrument{
        "dma1", "q800_class", "tcp://127.0.0.1:4001", "connected", "idle"
    };
    std::size_t runs_before = 0;
};

std::string digest_of(const Story& story, bool one_run = true) {
    const Folder folder;
    std::string id;
    {
        auto store = must(store::RunStore::open(folder.file()));
        for (std::size_t i = 0; i < story.runs_before; ++i) {
            must(store.create_run(some_run(), some_specimen()));
        }
        record::Run run = some_run();
        run.method = story.method;
        run.started_utc.ns += story.host_offset_ns;
        const auto created = must(store.create_run(run, some_specimen()));
        id = std::to_string(created.run_id);
        must(store.put_instrument(story.instrument));
        for (std::uint64_t i = 1; i <= 4; ++i) {
            record::Point point = some_point(i);
            point.reading.received_utc.ns += story.host_offset_ns;
            point.reading.received_steady.ns += 3 * story.host_offset_ns;
            if (i == 3) {
                point.reading.values[record::Channel::storage_modulus_Pa] = story.third_modulus_Pa;
            }
            std::vector<record::Row> rows{point};
            if (i == story.estimates_after) {
                rows.emplace_back(some_estimate("B", 1.0));
                rows.emplace_back(some_event("NO_ESTIMATE", "too few points"));
            }
            if (story.host_event && i == 2) {
                rows.emplace_back(some_event("LINK_LOST"));
            }
            must(store.append(created.run_id, rows));
            must(store.put_truth(
                created.run_id, std::array{record::Truth{seq_of(rows[0]), "chi", 0.3}}
            ));
            if (i == 4) {
                must(store.put_segment(
                    created.run_id,
                    {1, "Recover for 1 s", UtcTime{1}, UtcTime{2}, 1, seq_of(rows[0])}
                ));
            }
        }
    }
    return must(
        store::digest(folder.file(), one_run ? std::optional(id) : std::optional<std::string>())
    );
}

const std::string every = "fits = \"every\"  # wait for each\n[fits]\nform = \"exact\"\n";

}  // namespace

TEST_CASE("the digest is a SHA-256 that forgets host clocks, uuids and run numbers") {
    const std::string plain = digest_of({});
    REQUIRE(plain.size() == 64);
    REQUIRE(digest_of({}) == plain);
    REQUIRE(digest_of({.host_offset_ns = 5'000'000'000}) == plain);
    REQUIRE(digest_of({.runs_before = 1}) == plain);
    REQUIRE(digest_of({}, false) == digest_of({.host_offset_ns = 7}, false));
    REQUIRE(digest_of({.runs_before = 1}, false) != digest_of({}, false));
}

TEST_CASE("a run keeps its digest when its instrument is off, moved or exchanged") {
    Story story;
    const std::string plain = digest_of(story);
    record::Instrument& now = story.instrument;
    now = {"dma1", "q800_class", "serial:///dev/ttyUSB0", "connected", "busy", "Q800", "0800-0123"};
    now.simulated = true;
    now.proven = true;
    REQUIRE(digest_of(story) == plain);
    now.driver = "torsion_pendulum";
    REQUIRE(digest_of(story) != plain);
}

TEST_CASE("the digest changes with the last bit of a value and with the method") {
    const std::string plain = digest_of({});
    REQUIRE(digest_of({.third_modulus_Pa = std::nextafter(1e9, 2e9)}) != plain);
    REQUIRE(digest_of({.third_modulus_Pa = record::unknown}) != plain);
    REQUIRE(digest_of({.method = "mode = \"aging\"\n"}) != plain);
}

TEST_CASE("the digest forgets when fits were ready, unless the method waits for every fit") {
    REQUIRE(digest_of({.estimates_after = 3}) == digest_of({}));
    REQUIRE(digest_of({.host_event = true}) == digest_of({}));
    REQUIRE(digest_of({.estimates_after = 99}) == digest_of({}));
    const std::string with_fits = digest_of({.method = every});
    REQUIRE(digest_of({.method = every}) == with_fits);
    REQUIRE(digest_of({.method = every, .estimates_after = 3}) != with_fits);
    for (const std::string method :
         {"x = 1\r\n  [ fits ] # of them\r\n\tform = 'exact'\r\nmode = 'every'\r\n",
          "fits.mode = \"every\"",
          "fits = {form = \"exact\", mode = \"every\"}\n"}) {
        INFO(method);
        REQUIRE(
            digest_of({.method = method, .estimates_after = 3}) != digest_of({.method = method})
        );
    }
    // Not a comment and not a key of another table.
    for (const std::string method :
         {"# fits = \"every\"\n",
          "[other]\nfits = \"every\"\n",
          "[fits]\nform = \"exact\"\n[fits.prior]\nmode = \"every\"\n"}) {
        INFO(method);
        REQUIRE(
            digest_of({.method = method, .estimates_after = 3}) == digest_of({.method = method})
        );
    }
}

}  // namespace relaxd::test
