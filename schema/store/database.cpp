// SPDX-License-Identifier: MIT
#include "schema/store/database.hpp"

#include <sqlite3.h>

#include <cmath>
#include <limits>
#include <utility>

namespace relaxd::store {

namespace {

// A reader may have to wait while another process recovers or checkpoints the WAL.
constexpr int busy_timeout_ms = 5000;

}  // namespace

Error sqlite_error(int code, std::string_view text, const std::string& path) {
    const std::string said = "SQLite says: " + std::string(text);
    switch (code & 0xFF) {
        case SQLITE_CORRUPT:
            return {
                Errc::corrupt,
                "the database is damaged; " + said,
                path,
                "it was not changed; restore a copy, or save what can be read with: "
                "sqlite3 FILE .recover"
            };
        case SQLITE_NOTADB:
            return {
                Errc::corrupt,
                "the file is not a relaxd database; " + said,
                path,
                "it was not changed; name another file"
            };
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {
                Errc::busy,
                "the database is held by another program; " + said,
                path,
                "close programs that write to this file and try again"
            };
        case SQLITE_CONSTRAINT:
            return {Errc::refused, "the row contradicts the record; " + said, path, ""};
        case SQLITE_FULL:
            return {Errc::io, "the disk is full; " + said, path, "free space on that disk"};
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_AUTH:
            return {
                Errc::io,
                "the database cannot be opened; " + said,
                path,
                "check that the folder exists and that you may read and write there"
            };
        case SQLITE_IOERR:
        case SQLITE_NOMEM:
            return {Errc::io, "reading or writing the database failed; " + said, path, ""};
        default: return {Errc::internal, "the database refused a statement; " + said, path, ""};
    }
}

Statement::Statement(sqlite3_stmt* handle, std::string where)
    : handle_(handle), where_(std::move(where)) {}

Statement::~Statement() {
    sqlite3_finalize(handle_);
}

void Statement::note(int code) {
    ++next_parameter_;
    if (code != SQLITE_OK && first_error_ == SQLITE_OK) {
        first_error_ = code;
    }
}

Statement& Statement::put(double value) {
    note(
        std::isfinite(value) ? sqlite3_bind_double(handle_, next_parameter_, value)
                             : sqlite3_bind_null(handle_, next_parameter_)
    );
    return *this;
}

Statement& Statement::put(std::int64_t value) {
    note(sqlite3_bind_int64(handle_, next_parameter_, value));
    return *this;
}

Statement& Statement::put(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        note(SQLITE_RANGE);
        return *this;
    }
    return put(static_cast<std::int64_t>(value));
}

Statement& Statement::put(std::string_view text) {
    // A null pointer would bind NULL where "" is meant.
    const char* data = text.data() == nullptr ? "" : text.data();
    note(
        sqlite3_bind_text64(handle_, next_parameter_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8)
    );
    return *this;
}

Statement& Statement::put_blob(std::string_view bytes) {
    const char* data = bytes.data() == nullptr ? "" : bytes.data();
    note(sqlite3_bind_blob64(handle_, next_parameter_, data, bytes.size(), SQLITE_STATIC));
    return *this;
}

Statement& Statement::put_null() {
    note(sqlite3_bind_null(handle_, next_parameter_));
    return *this;
}

Result<bool> Statement::step() {
    next_column_ = 0;
    if (first_error_ != SQLITE_OK) {
        return fail(sqlite_error(first_error_, "a value cannot be stored", where_));
    }
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        return false;
    }
    return fail(sqlite_error(code, sqlite3_errmsg(sqlite3_db_handle(handle_)), where_));
}

Result<void> Statement::run() {
    while (true) {
        const auto more = step();
        if (!more || !*more) {
            reset();
            return more ? Result<void>{} : Result<void>(fail(more.error()));
        }
    }
}

void Statement::reset() {
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
    next_parameter_ = 1;
    next_column_ = 0;
    first_error_ = SQLITE_OK;
}

double Statement::take_double() {
    const int column = next_column_++;
    const bool is_null = sqlite3_column_type(handle_, column) == SQLITE_NULL;
    const double value = is_null ? 0.0 : sqlite3_column_double(handle_, column);
    return is_null || !std::isfinite(value) ? std::numeric_limits<double>::quiet_NaN() : value;
}

std::int64_t Statement::take_int() {
    return sqlite3_column_int64(handle_, next_column_++);
}

std::uint64_t Statement::take_count() {
    const std::int64_t value = take_int();
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

std::string Statement::take_text() {
    const int column = next_column_++;
    // The blob accessor returns a text's bytes too, without a conversion.
    const void* data = sqlite3_column_blob(handle_, column);
    const int size = sqlite3_column_bytes(handle_, column);
    return data == nullptr
               ? std::string()
               : std::string(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

int Statement::columns() const {
    return sqlite3_column_count(handle_);
}

void Database::Closer::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}

Database::Database(sqlite3* handle, std::string path) : path_(std::move(path)), handle_(handle) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::string& path, Access access) {
    return open_with(
        path,
        path,
        access == Access::read_only ? SQLITE_OPEN_READONLY
                                    : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    );
}

Result<Database> Database::open_unchanging(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        switch (c) {
            case '%': uri += "%25"; break;
            case '?': uri += "%3f"; break;
            case '#': uri += "%23"; break;
            default: uri += c;
        }
    }
    uri += "?immutable=1";
    return open_with(uri, path, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

Result<Database> Database::open_with(const std::string& name, const std::string& path, int flags) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(
        name.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr
    );
    Database database(handle, path);
    if (code != SQLITE_OK) {
        return fail(sqlite_error(
            code, handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle), path
        ));
    }
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    // A damaged or hostile schema must not corrupt more than it already did.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, static_cast<int*>(nullptr));
    if (auto done = database.execute("PRAGMA foreign_keys = ON"); !done) {
        return fail(done.error());
    }
    return database;
}

Result<void> Database::execute(const char* sql) {
    const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return fail(sqlite_error(code, sqlite3_errmsg(handle_.get()), path_));
    }
    return {};
}

Result<Statement*> Database::use(std::string_view sql) {
    const auto found = statements_.find(sql);
    if (found != statements_.end()) {
        found->second->reset();
        return found->second.get();
    }
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(
        handle_.get(),
        sql.data(),
        static_cast<int>(sql.size()),
        SQLITE_PREPARE_PERSISTENT,
        &prepared,
        nullptr
    );
    if (code != SQLITE_OK) {
        return fail(sqlite_error(code, sqlite3_errmsg(handle_.get()), path_));
    }
    auto statement = std::make_unique<Statement>(prepared, path_);
    return statements_.emplace(std::string(sql), std::move(statement)).first->second.get();
}

Result<std::int64_t> Database::integer(const char* sql) {
    auto statement = use(sql);
    if (!statement) {
        return fail(statement.error());
    }
    const auto row = (*statement)->step();
    if (!row) {
        return fail(row.error());
    }
    const std::int64_t value = *row ? (*statement)->take_int() : 0;
    (*statement)->reset();
    return value;
}

Result<std::string> Database::first_bytes(std::size_t count) {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(
        handle_.get(), "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file)
    );
    std::string bytes(count, '\0');
    const int code = file == nullptr || file->pMethods == nullptr
                         ? SQLITE_CANTOPEN
                         : file->pMethods->xRead(file, bytes.data(), static_cast<int>(count), 0);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) {
        return fail(sqlite_error(code, sqlite3_errstr(code), path_));
    }
    return bytes;
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

std::int64_t Database::last_insert_id() const {
    return sqlite3_last_insert_rowid(handle_.get());
}

Result<Transaction> Transaction::begin(Database& database, Kind kind) {
    if (database.in_transaction()) {
        return Transaction(database, true);
    }
    auto done = database.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
    if (!done) {
        return fail(done.error());
    }
    return Transaction(database, false);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), is_part_(other.is_part_) {}

Transaction::~Transaction() {
    // SQLite rolls some failures back by itself: then there is nothing left to do.
    if (database_ != nullptr && !is_part_ && database_->in_transaction()) {
        static_cast<void>(database_->execute("ROLLBACK"));
    }
}

Result<void> Transaction::commit() {
    if (is_part_) {
        return {};
    }
    auto done = database_->execute("COMMIT");
    if (done) {
        database_ = nullptr;
    }
    return done;
}

}  // namespace relaxd::store
