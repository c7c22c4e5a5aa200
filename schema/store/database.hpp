// SPDX-License-Identifier: MIT
//
// RAII over SQLite's C interface: Database, Statement, Transaction. Private to schema/store.
//
// Threads: a connection and its statements belong to one thread at a time. Errors of bind calls are
// kept in the statement and reported by the next step, so that a row is bound without a check a
// value. Values are always bound, never pasted into SQL.

#pragma once

#include "schema/base/clock.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace relaxd::store {

/// A prepared statement. Bind in order with `put`, then `step`; `Database::use` resets it before
/// its next use.
class Statement {
  public:
    explicit Statement(sqlite3_stmt* handle, std::string where);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Binds the next parameter. NaN and infinity become NULL.
    Statement& put(double value);
    Statement& put(std::int64_t value);
    Statement& put(std::uint64_t value);  ///< Above 2^63-1: step fails.
    Statement& put(int value) { return put(static_cast<std::int64_t>(value)); }
    Statement& put(bool value) { return put(static_cast<std::int64_t>(value ? 1 : 0)); }
    /// Texts and blobs are not copied: they must live until the statement is stepped and reset.
    Statement& put(std::string_view text);
    Statement& put(const std::string& text) { return put(std::string_view(text)); }
    Statement& put(const char*) = delete;
    Statement& put_blob(std::string_view bytes);
    Statement& put_null();

    /// True: a row is there. False: done.
    [[nodiscard]] Result<bool> step();
    /// Steps to the end, for statements without rows.
    [[nodiscard]] Result<void> run();
    /// Ready to bind again; ends the read or write that the statement held open.
    void reset();

    // The next column of the row, left to right.
    [[nodiscard]] double take_double();  ///< NaN for NULL, and for an infinity others put in.
    [[nodiscard]] std::int64_t take_int();
    [[nodiscard]] std::uint64_t take_count();
    [[nodiscard]] std::string take_text();  ///< Also blobs; "" for NULL.
    [[nodiscard]] bool take_bool() { return take_int() != 0; }

    [[nodiscard]] int columns() const;
    [[nodiscard]] sqlite3_stmt* handle() const { return handle_; }

  private:
    void note(int code);

    sqlite3_stmt* handle_;
    std::string where_;
    int next_parameter_ = 1;
    int next_column_ = 0;
    int first_error_ = 0;
};

enum class Access { read_write_create, read_only };

/// One connection with its prepared statements.
class Database {
  public:
    [[nodiscard]] static Result<Database> open(const std::string& path, Access access);
    /// Read-only and without any helper file: for a file that nobody can be writing.
    [[nodiscard]] static Result<Database> open_unchanging(const std::string& path);
    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    /// Runs SQL text without parameters.
    [[nodiscard]] Result<void> execute(const char* sql);
    /// The prepared statement of `sql`, reset and ready; prepared once a connection.
    [[nodiscard]] Result<Statement*> use(std::string_view sql);
    /// The first column of the first row as an integer.
    [[nodiscard]] Result<std::int64_t> integer(const char* sql);
    /// The file's first bytes as they are, zeros behind its end; takes no lock and runs no SQL.
    [[nodiscard]] Result<std::string> first_bytes(std::size_t count);
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool in_transaction() const;
    [[nodiscard]] std::int64_t last_insert_id() const;

  private:
    struct Closer {
        void operator()(sqlite3* handle) const;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    Database(sqlite3* handle, std::string path);
    [[nodiscard]] static Result<Database> open_with(
        const std::string& name, const std::string& path, int flags
    );

    std::string path_;
    std::unique_ptr<sqlite3, Closer> handle_;
    // Below handle_: statements are finalized before the connection closes.
    std::unordered_map<std::string, std::unique_ptr<Statement>, Hash, std::equal_to<>> statements_;
};

/// Rolls back unless committed. A commit that failed is rolled back once, by the destructor. Begun
/// inside another, it is a part of that one, whose end decides.
class Transaction {
  public:
    /// `write` takes the write lock at once, so that what is read stays true until the commit.
    enum class Kind { read, write };
    [[nodiscard]] static Result<Transaction> begin(Database& database, Kind kind);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    [[nodiscard]] Result<void> commit();

  private:
    Transaction(Database& database, bool is_part) : database_(&database), is_part_(is_part) {}
    Database* database_;
    bool is_part_;
};

/// The house's error of a SQLite result code: what, which file, what to do.
[[nodiscard]] Error sqlite_error(int code, std::string_view text, const std::string& path);

}  // namespace relaxd::store
