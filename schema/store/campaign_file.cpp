// SPDX-License-Identifier: MIT
#include "schema/store/campaign_file.hpp"

#include "schema/store/migrator.hpp"
#include "schema/store/run_store.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace relaxd::store {

namespace {

namespace fs = std::filesystem;

// A full check of a larger file would delay the restart of a daemon (`relaxctl verify` does it).
constexpr std::uintmax_t check_at_most_bytes = std::uintmax_t{64} * 1024 * 1024;
constexpr std::string_view sqlite_magic{"SQLite format 3\0", 16};
constexpr std::size_t header_bytes = 100;

enum class Content { absent, empty, sqlite };

std::string real_path(const std::string& path) {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(path, error);
    return error ? path : real.string();
}

/// Is the file as long as its header says (SQLite's file format, 1.3)?
bool has_whole_pages(std::string_view header, std::uintmax_t size) {
    const auto number = [&](std::size_t at, std::size_t bytes) {
        std::uintmax_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i) {
            value = value * 256 + static_cast<unsigned char>(header[at + i]);
        }
        return value;
    };
    const std::uintmax_t page = number(16, 2) == 1 ? 65536 : number(16, 2);
    const bool knows_pages = number(24, 4) == number(92, 4);
    return page > 0 && size % page == 0 && (!knows_pages || size >= number(28, 4) * page);
}

Result<Content> look_at(const std::string& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
        return Content::absent;
    }
    if (status.type() != fs::file_type::regular) {
        return fail(
            Errc::io,
            "this is not a regular file that can be read",
            path,
            "name a file, and check its permissions"
        );
    }
    if (fs::file_size(path, error) == 0 && !error) {
        return Content::empty;
    }
    // Through SQLite: closing a handle of one's own would drop every lock that this process holds
    // on the file, and the next program to close it would delete the log of a running daemon.
    auto database = Database::open(path, Access::read_only);
    const auto bytes = database ? database->first_bytes(header_bytes) : fail(database.error());
    if (!bytes) {
        return fail(bytes.error());
    }
    if (!bytes->starts_with(sqlite_magic)) {
        return fail(
            Errc::corrupt,
            "the file is not a relaxd database: its first bytes are not those of SQLite",
            path,
            "it was not changed; name another file, or restore a copy"
        );
    }
    // With a log beside it the file may be short: the rest is in the log.
    const std::uintmax_t log_size = fs::file_size(path + "-wal", error);
    if ((error || log_size == 0) && !has_whole_pages(*bytes, fs::file_size(path, error))) {
        return fail(
            Errc::corrupt,
            "the database is truncated: the file is shorter than its header says",
            path,
            "it was not changed; restore a copy, or save what can be read with: "
            "sqlite3 FILE .recover"
        );
    }
    return Content::sqlite;
}

Result<void> check_pages(Database& database) {
    std::error_code error;
    if (fs::file_size(database.path(), error) > check_at_most_bytes) {
        return {};
    }
    auto statement = database.use("PRAGMA quick_check(1)");
    if (!statement) {
        return fail(statement.error());
    }
    const auto row = (*statement)->step();
    if (!row) {
        return fail(row.error());
    }
    const std::string verdict = (*statement)->take_text();
    (*statement)->reset();
    if (verdict != "ok") {
        return fail(
            Errc::corrupt,
            "the database is damaged: " + verdict,
            database.path(),
            "it was not changed; restore a copy, or save what can be read with: "
            "sqlite3 FILE .recover"
        );
    }
    return {};
}

std::string holder_of(int descriptor) {
    std::array<char, 300> text{};
    const ssize_t size = pread(descriptor, text.data(), text.size() - 1, 0);
    std::string line(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    if (const auto end = line.find('\n'); end != std::string::npos) {
        line.resize(end);
    }
    return line.empty() ? "another process" : line;
}

}  // namespace

Result<WriterLock> WriterLock::take(const std::string& path) {
    const std::string lock_path = path + ".lock";
    const int descriptor = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return fail(
            Errc::io,
            "the lock file cannot be opened: " + std::string(std::strerror(errno)),
            lock_path,
            "check that the folder exists and that you may write there"
        );
    }
    WriterLock lock(descriptor);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        return fail(
            Errc::busy,
            "the database is in use by " + holder_of(descriptor),
            path,
            "stop that program, or give another database"
        );
    }
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    const std::string text = "pid " + std::to_string(getpid()) + " on host " + host.data() + "\n";
    if (ftruncate(descriptor, 0) != 0 ||
        pwrite(descriptor, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return fail(
            Errc::io,
            "the lock file cannot be written: " + std::string(std::strerror(errno)),
            lock_path,
            "check the free space of that disk"
        );
    }
    return lock;
}

WriterLock::WriterLock(WriterLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

WriterLock& WriterLock::operator=(WriterLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

WriterLock::~WriterLock() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

Result<Writer> open_writer(const std::string& given_path) {
    const std::string path = real_path(given_path);
    auto content = look_at(path);
    if (!content) {
        return fail(content.error());
    }
    auto lock = WriterLock::take(path);
    if (!lock) {
        return fail(lock.error());
    }
    if (*content == Content::sqlite) {
        // Checked by a connection that cannot write: opening for writing would already replay the
        // write-ahead log into a file that may not be ours.
        auto reader = Database::open(path, Access::read_only);
        const auto version = reader ? file_version(*reader) : fail(reader.error());
        if (!version) {
            return fail(version.error());
        }
        if (auto sound = check_pages(*reader); !sound) {
            return fail(sound.error());
        }
    }
    auto database = Database::open(path, Access::read_write_create);
    if (!database) {
        return fail(database.error());
    }
    for (const char* pragma :
         {"PRAGMA journal_mode = WAL",
          "PRAGMA synchronous = FULL",
          "PRAGMA journal_size_limit = 67108864"}) {
        if (auto done = database->execute(pragma); !done) {
            return fail(done.error());
        }
    }
    if (auto done = migrate(*database); !done) {
        return fail(done.error());
    }
    return Writer{std::move(*lock), std::move(*database)};
}

Result<Database> open_reader(const std::string& given_path) {
    const std::string path = real_path(given_path);
    const auto content = look_at(path);
    if (!content) {
        return fail(content.error());
    }
    if (*content == Content::absent) {
        return fail(Errc::not_found, "there is no such file", path, "check the name");
    }
    if (*content == Content::empty) {
        return fail(Errc::corrupt, "the file is empty", path, "name a relaxd database");
    }
    auto database = Database::open(path, Access::read_only);
    if (!database) {
        return fail(database.error());
    }
    auto version = file_version(*database);
    if (!version && version.error().code == Errc::io) {
        // A write-ahead file needs a helper file beside it, which a read-only folder cannot give.
        // Without a log to read, the file itself is the whole truth.
        std::error_code error;
        if (fs::file_size(path + "-wal", error) == 0 || error) {
            database = Database::open_unchanging(path);
            if (!database) {
                return fail(database.error());
            }
            version = file_version(*database);
        }
    }
    if (!version) {
        return fail(version.error());
    }
    if (*version != schema_version()) {
        return fail(
            Errc::refused,
            "the file has schema version " + std::to_string(*version) + ", this relaxd reads " +
                std::to_string(schema_version()),
            path,
            "open it once with relaxd, which brings it up to date"
        );
    }
    return database;
}

}  // namespace relaxd::store
