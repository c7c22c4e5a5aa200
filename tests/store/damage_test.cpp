// SPDX-License-Identifier: MIT
//
// One writer; files that are foreign, damaged or newer are refused and stay as they are; what was
// acknowledged survives the death of the writer.
#include "tests/store/fixture.hpp"

#include <sqlite3.h>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

namespace relaxd::test {

namespace {

void run_sql(const std::string& path, const std::string& sql) {
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
    REQUIRE(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(handle);
}

void make_campaign(const std::string& path, std::uint64_t points = 200) {
    auto store = must(store::RunStore::open(path));
    const auto id = must(store.create_run(some_run(), some_specimen())).run_id;
    std::vector<record::Row> rows;
    for (std::uint64_t i = 1; i <= points; ++i) {
        rows.emplace_back(some_point(i));
    }
    must(store.append(id, rows));
}

void require_refused_untouched(const std::string& path, Errc code) {
    const std::string before = bytes_of(path);
    const auto writer = store::RunStore::open(path);
    REQUIRE_FALSE(writer);
    INFO(writer.error().sentence());
    REQUIRE(writer.error().code == code);
    REQUIRE(writer.error().sentence().find(path) != std::string::npos);
    REQUIRE(bytes_of(path) == before);
    if (code == Errc::corrupt) {
        REQUIRE_FALSE(store::RunReader::open(path));
        REQUIRE(bytes_of(path) == before);
    }
}

}  // namespace

TEST_CASE("a second writer is refused and told who holds the file") {
    const Folder folder;
    auto first = must(store::RunStore::open(folder.file()));
    std::filesystem::create_symlink(folder.file(), folder.file("other name"));
    for (const char* name : {"campaign.sqlite", "other name"}) {
        const auto second = store::RunStore::open(folder.file(name));
        REQUIRE_FALSE(second);
        REQUIRE(second.error().code == Errc::busy);
        std::array<char, 256> host{};
        gethostname(host.data(), host.size() - 1);
        REQUIRE_THAT(second.error().message, Catch::Contains("pid " + std::to_string(getpid())));
        REQUIRE_THAT(second.error().message, Catch::Contains(host.data()));
    }
    REQUIRE(store::RunReader::open(folder.file()));
    { const auto gone = std::move(first); }
    REQUIRE(store::RunStore::open(folder.file()));
}

namespace {

/// Whether another process that closes `path` would take itself for its last user: then SQLite
/// there deletes the write-ahead log. The lock bytes are those of SQLite's file format, 2.3.1.
bool is_unlocked_to_others(const std::string& path) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        struct flock wanted{};
        wanted.l_type = F_WRLCK;
        wanted.l_whence = SEEK_SET;
        wanted.l_start = 0x40000002;
        wanted.l_len = 510;
        const bool is_known = file >= 0 && fcntl(file, F_GETLK, &wanted) == 0;
        _exit(is_known && wanted.l_type != F_UNLCK ? 1 : 0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("readers that come and go leave the writer's hold on the file, so nobody deletes its log"
) {
    const Folder folder;
    make_campaign(folder.file());
    REQUIRE(is_unlocked_to_others(folder.file()));
    auto writer = must(store::RunStore::open(folder.file()));
    REQUIRE_FALSE(is_unlocked_to_others(folder.file()));
    for (int i = 0; i < 2; ++i) {
        auto reader = must(store::RunReader::open(folder.file()));
        REQUIRE(must(reader.runs()).size() == 1);
        REQUIRE_FALSE(is_unlocked_to_others(folder.file()));
    }
    REQUIRE_FALSE(store::RunStore::open(folder.file()));
    REQUIRE_FALSE(is_unlocked_to_others(folder.file()));
}

TEST_CASE("foreign, truncated, damaged and newer files are refused and never changed") {
    const Folder folder;
    const std::string path = folder.file();
    SECTION("a text file") {
        write_bytes(path, "time_s,temperature_K\n0,300\n");
        require_refused_untouched(path, Errc::corrupt);
    }
    SECTION("a database of another program") {
        run_sql(path, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
        require_refused_untouched(path, Errc::corrupt);
    }
    SECTION("truncated") {
        make_campaign(path);
        const std::string whole = bytes_of(path);
        for (const std::size_t keep :
             {std::size_t{7},
              std::size_t{100},
              std::size_t{4096},
              whole.size() / 2,
              whole.size() - 1}) {
            write_bytes(path, whole.substr(0, keep));
            INFO(keep);
            require_refused_untouched(path, Errc::corrupt);
        }
    }
    SECTION("a page overwritten") {
        make_campaign(path);
        std::string bytes = bytes_of(path);
        for (std::size_t i = bytes.size() - 2 * 4096; i < bytes.size() - 4096; ++i) {
            bytes[i] = '\x5a';
        }
        write_bytes(path, bytes);
        const auto opened = store::RunStore::open(path);
        REQUIRE_FALSE(opened);
        REQUIRE(opened.error().code == Errc::corrupt);
        REQUIRE(bytes_of(path) == bytes);
        const auto verdict = must(store::verify(path));
        REQUIRE_FALSE(verdict.sound);
        REQUIRE_FALSE(verdict.faults.empty());
    }
    SECTION("a newer schema") {
        make_campaign(path);
        run_sql(path, "PRAGMA user_version = 9999");
        require_refused_untouched(path, Errc::refused);
    }
    SECTION("a folder") {
        const auto opened = store::RunStore::open(folder.path().string());
        REQUIRE_FALSE(opened);
        REQUIRE(opened.error().code == Errc::io);
    }
    SECTION("nothing to read") {
        REQUIRE(store::RunReader::open(path).error().code == Errc::not_found);
        REQUIRE_FALSE(std::filesystem::exists(path));
    }
}

TEST_CASE("verify names what contradicts itself") {
    const Folder folder;
    const std::string path = folder.file();
    make_campaign(path);
    REQUIRE(must(store::verify(path)).sound);
    REQUIRE(must(store::verify(path)).points == 200);
    const auto first_fault = [&](const std::string& sql) {
        run_sql(path, sql);
        const auto verdict = must(store::verify(path));
        REQUIRE_FALSE(verdict.sound);
        return verdict.faults.at(0);
    };
    SECTION("a row taken out") {
        REQUIRE(first_fault("DELETE FROM point WHERE seq = 17") == "seq 17 of run 1 is missing");
    }
    SECTION("the last row taken out") {
        REQUIRE_THAT(
            first_fault("DELETE FROM point WHERE seq = 200"), Catch::Contains("last_seq is 200")
        );
    }
    SECTION("a reading that is missing without a gap") {
        REQUIRE_THAT(
            first_fault("UPDATE point SET reading_number = 999 WHERE seq = 200"),
            Catch::Contains("reading 200 of run 1 is neither stored nor recorded as a gap")
        );
    }
    SECTION("time that goes back") {
        REQUIRE_THAT(
            first_fault("UPDATE point SET time_s = 0 WHERE seq = 100"), Catch::Contains("seq 100")
        );
    }
    SECTION("a state without its event") {
        REQUIRE_THAT(
            first_fault("INSERT INTO event VALUES (1, 201, 0, 'info', 'STATE', '', 'stopped');"
                        "UPDATE run SET last_seq = 201"),
            Catch::Contains("last STATE event says stopped")
        );
    }
    SECTION("a reading that a gap counts as lost") {
        REQUIRE_THAT(
            first_fault("UPDATE point SET reading_number = -reading_number - 3 WHERE seq > 100;"
                        "UPDATE point SET reading_number = -reading_number WHERE seq > 100;"
                        "INSERT INTO gap VALUES (1, 201, NULL, NULL, 101, 4, '', 0);"
                        "UPDATE run SET last_seq = 201"),
            Catch::Contains("reading 104 of run 1 is stored, and a gap counts it as lost")
        );
    }
    SECTION("an infinity from elsewhere is an unknown number, and no fall") {
        const std::string before = must(store::digest(path, std::nullopt));
        REQUIRE_THAT(
            first_fault("UPDATE point SET time_s = 9e999 WHERE seq = 99;"
                        "UPDATE point SET time_s = 0 WHERE seq = 100"),
            Catch::Contains("seq 100")
        );
        REQUIRE(must(store::digest(path, std::nullopt)) != before);
        auto reader = must(store::RunReader::open(path));
        REQUIRE(std::isnan(must(reader.points(1, 98, 1)).at(0).reading.time_s));
    }
    SECTION("a gap explains missing readings") {
        auto store = must(store::RunStore::open(path));
        record::Gap gap;
        gap.first_number = 201;
        gap.missing = 5;
        std::array<record::Row, 2> rows{gap, some_point(206)};
        must(store.append(1, rows));
        REQUIRE(must(store::verify(path)).sound);
    }
}

namespace {

/// Child: appends batches and writes each acknowledged seq to the pipe, until it is killed.
[[noreturn]] void write_for_ever(const std::string& path, int pipe) {
    auto store = store::RunStore::open(path);
    if (!store) {
        _exit(1);
    }
    auto run = store->create_run(some_run(), some_specimen());
    for (std::uint64_t number = 1; run;) {
        std::vector<record::Row> rows;
        for (int i = 0; i < 7; ++i) {
            rows.emplace_back(some_point(number++));
        }
        rows.emplace_back(some_event("E"));
        if (!store->append(run->run_id, rows)) {
            break;
        }
        const std::array<std::uint64_t, 2> ack{
            static_cast<std::uint64_t>(run->run_id), seq_of(rows.back())
        };
        if (write(pipe, ack.data(), sizeof ack) != static_cast<ssize_t>(sizeof ack)) {
            break;
        }
    }
    _exit(2);
}

}  // namespace

TEST_CASE("kill -9 of the writer loses no acknowledged row") {
    const Folder folder;
    std::minstd_rand random(20260131);
    std::uniform_int_distribution<int> acks_before_kill(1, 40);
    std::uint64_t kills = 0;
    for (; kills < 20; ++kills) {
        std::array<int, 2> ends{};
        REQUIRE(pipe(ends.data()) == 0);
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            close(ends[0]);
            write_for_ever(folder.file(), ends[1]);
        }
        close(ends[1]);
        std::array<std::uint64_t, 2> ack{};
        for (int i = acks_before_kill(random); i > 0; --i) {
            REQUIRE(read(ends[0], ack.data(), sizeof ack) == static_cast<ssize_t>(sizeof ack));
        }
        kill(child, SIGKILL);
        // What was acknowledged before the kill is still in the pipe.
        for (std::array<std::uint64_t, 2> more{};
             read(ends[0], more.data(), sizeof more) == static_cast<ssize_t>(sizeof more);) {
            ack = more;
        }
        close(ends[0]);
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        auto reader = must(store::RunReader::open(folder.file()));
        const auto run = must(reader.run(std::to_string(ack[0])));
        REQUIRE(run.last_seq >= ack[1]);
        REQUIRE(run.last_seq % 8 == 0);  // Whole transactions only.
        REQUIRE(must(reader.rows(run.run_id, 0, 1'000'000)).size() == run.last_seq);
    }
    const auto verdict = must(store::verify(folder.file()));
    REQUIRE(verdict.sound);
    REQUIRE(verdict.runs == kills);
}

}  // namespace relaxd::test
