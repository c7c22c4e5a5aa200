// SPDX-License-Identifier: MIT
//
// A file that grows: whatever the steps, its rows are those of the whole file, each once; a file
// that is no longer the same is told and nothing of it is taken.
#include "drivers/ta_files/follow.hpp"

#include "drivers/ta_files/import.hpp"
#include "tests/support/catch.hpp"
#include "tests/ta_files/writers.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using relaxd::record::Reading;
using relaxd::ta_files::Follower;
using relaxd::ta_files::News;

/// Numbers that are not known are the same number here.
bool is_same(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

/// All but the segment, which nobody knows before the log has come.
void require_same(const Reading& a, const Reading& b) {
    REQUIRE(a.number == b.number);
    REQUIRE(is_same(a.time_s, b.time_s));
    for (std::size_t i = 0; i < relaxd::record::channel_count; ++i) {
        const auto channel = static_cast<relaxd::record::Channel>(i);
        REQUIRE(is_same(a.values[channel], b.values[channel]));
    }
    REQUIRE(a.extra == b.extra);
    REQUIRE(a.flags == b.flags);
    REQUIRE(a.raw == b.raw);
}

News look(Follower& follower, const std::string& bytes) {
    auto news = follower.look(bytes);
    if (!news) {
        FAIL(news.error().sentence());
    }
    return *news;
}

/// Follows a file that grows by `step` bytes and takes each row once, as it comes.
std::vector<Reading> grown(Follower& follower, const std::string& bytes, std::size_t step) {
    std::vector<Reading> rows;
    for (std::size_t size = 0; size < bytes.size() + step; size += step) {
        const News news = look(follower, bytes.substr(0, size));
        REQUIRE(news.other.empty());
        const auto fresh = follower.rows(rows.size() + 1, 1000);
        REQUIRE(fresh.size() == news.rows);
        rows.insert(rows.end(), fresh.begin(), fresh.end());
    }
    return rows;
}

void require_whole(const std::string& bytes, std::size_t step) {
    const auto whole = relaxd::ta_files::read_bytes(bytes, "Data.001");
    REQUIRE(whole);
    Follower follower("Data.001");
    const std::vector<Reading> rows = grown(follower, bytes, step);
    REQUIRE(rows.size() == whole->rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        require_same(rows[i], whole->rows[i]);
    }
}

std::string text_export() {
    auto file = relaxd::test::q800_run();
    std::vector<std::string> rows;
    for (int i = 0; i < 4; ++i) {
        std::string row = i == 2 ? "-2" : "." + std::to_string(5 * (i + 1));
        for (std::size_t s = 1; s < file.signals.size(); ++s) {
            row += "\t" + std::to_string(i + 1) + ".25E1";
        }
        rows.push_back(row);
    }
    return "\xFF\xFE" + relaxd::test::utf16(file.text(rows));
}

}  // namespace

TEST_CASE("a native file that grows byte by byte gives the rows of the whole file") {
    require_whole(relaxd::test::q800_run().native(), 1);
}

TEST_CASE("a text export that grows byte by byte gives the rows of the whole file") {
    require_whole(text_export(), 1);
}

TEST_CASE("the steps in which a file grows change nothing") {
    const std::string bytes = relaxd::test::q800_run().native();
    for (const std::size_t step : {std::size_t{3}, std::size_t{68}, std::size_t{1000}}) {
        require_whole(bytes, step);
    }
}

TEST_CASE("the end is told with the executed segments when the log is whole, not before") {
    auto file = relaxd::test::q800_run();
    const std::string bytes = file.native();
    Follower follower("Data.001");
    const News before = look(follower, bytes.substr(0, bytes.size() - 1));
    CHECK_FALSE(before.ended);
    CHECK(follower.has_end_record());
    CHECK(follower.steps().empty());
    const News after = look(follower, bytes);
    CHECK(after.ended);
    REQUIRE(follower.steps().size() == 5);
    CHECK(follower.steps()[3].text == "Ramp 3.00 °C/min to 43.00 °C");
    CHECK_FALSE(look(follower, bytes).ended);  // once
}

TEST_CASE("a run goes on while its file says OPEN; OPEN turned CLOSED is the same file") {
    auto file = relaxd::test::q800_run();
    file.status = "OPEN";
    auto begun = file;
    begun.records.resize(2);
    begun.log.clear();
    const std::string open = begun.native();
    Follower follower("Data.001");
    CHECK(look(follower, open.substr(0, open.size() - 68)).rows == 2);  // no end record yet
    CHECK_FALSE(follower.header().closed);
    CHECK_FALSE(look(follower, open).ended);  // an end record that later rows may overwrite
    CHECK_FALSE(look(follower, open).ended);
    file.status = "CLOSED";
    const std::string identity = follower.identity();
    const News news = look(follower, file.native());
    CHECK(news.other.empty());
    CHECK(news.closed);
    CHECK(news.ended);
    CHECK(news.rows == file.records.size() - 2);
    CHECK(follower.identity() == identity);
}

TEST_CASE("a closed file without the end of the run in its log has ended when it stays the same") {
    auto file = relaxd::test::q800_run();
    file.log.clear();
    Follower follower("Data.001");
    CHECK_FALSE(look(follower, file.native()).ended);
    CHECK(look(follower, file.native()).ended);
}

TEST_CASE("a file that was made longer before it is written waits for its rows") {
    const std::string bytes = relaxd::test::q800_run().native();
    const std::size_t body = bytes.size() - (6 * 20) - (6 * 68);
    Follower follower("Data.001");
    const std::string ahead = bytes.substr(0, body + 68) + std::string(std::size_t{3} * 68, '\0');
    CHECK(look(follower, ahead).rows == 1);
    CHECK(look(follower, ahead).rows == 0);
    CHECK(look(follower, bytes).rows == 4);
}

TEST_CASE("a file that was replaced is told and nothing of it is taken") {
    const auto file = relaxd::test::q800_run();
    const std::string bytes = file.native();
    Follower follower("Data.001");
    REQUIRE(look(follower, bytes).rows == 5);
    auto other = file;
    std::string reason;
    SECTION("by one of another day") {
        other.header_lines[0] = "Date=2024-03-02";
        reason = "another Date";
    }
    SECTION("by one with other signals") {
        other.signals[1] = "Temperature (K)";
        reason = "other signals";
    }
    SECTION("by one with other numbers") {
        other.records[1][2] = 1.0F;
        reason = "5 rows that were read are not in it";
    }
    const News news = look(follower, other.native() + std::string(500, 'x'));
    CHECK(news.other.find(reason) != std::string::npos);
    CHECK(news.rows == 0);
    CHECK(follower.count() == 5);
    CHECK(look(follower, bytes).other.empty());  // it was only being written anew
}

TEST_CASE("a file that was cut is told, in its rows and in its header") {
    const std::string bytes = relaxd::test::q800_run().native();
    Follower follower("Data.001");
    (void)look(follower, bytes);
    const std::size_t body = bytes.size() - (6 * 20) - (6 * 68);
    CHECK(look(follower, bytes.substr(0, body + 100)).other.find("was cut") != std::string::npos);
    CHECK(look(follower, bytes.substr(0, 50)).other.find("header") != std::string::npos);
    CHECK(look(follower, "").other.find("header") != std::string::npos);
}

TEST_CASE("what is no file of the instrument is refused with a sentence") {
    Follower follower("notes.txt");
    const auto news =
        follower.look("These are notes about the specimen, not a measurement at all.");
    REQUIRE_FALSE(news);
    CHECK(news.error().message.find("OPEN") != std::string::npos);
    CHECK(news.error().where == "notes.txt");
}

TEST_CASE("a text row that is no row is an error and what was read stays") {
    const std::string text = relaxd::test::q800_run().text({});
    Follower follower("export.txt");
    REQUIRE(look(follower, text).rows == 0);
    CHECK_FALSE(follower.look(text + "1\t2\t3\r\n"));
    CHECK(follower.count() == 0);
    CHECK_FALSE(follower.has_ended());
}

TEST_CASE("arbitrary bytes behind a header never crash and never take back a row") {
    const std::string bytes = relaxd::test::q800_run().native();
    CHECK(rc::check("any growth", [&bytes](const std::vector<std::string>& pieces) {
        Follower follower("Data.001");
        std::string now = bytes.substr(0, bytes.size() - 120 - 408);
        std::uint64_t rows = 0;
        for (const std::string& piece : pieces) {
            now += piece;
            const auto news = follower.look(now);
            RC_ASSERT(news.has_value());
            RC_ASSERT(follower.count() == rows + news->rows);
            rows = follower.count();
        }
    }));
}

TEST_CASE("a real file that grows gives the rows of the whole file") {
    const std::string path =
        std::string(RELAXD_SOURCE_DIR) + "/../shared/data/vincent-uden__dsc-q20/data/Data.079";
    if (!std::filesystem::exists(path)) {
        WARN("skipped: ../shared/data is not here");
        return;
    }
    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    require_whole(bytes, 4099);
    Follower follower("Data.079");
    CHECK(look(follower, bytes).ended);
    CHECK_FALSE(follower.steps().empty());
}
