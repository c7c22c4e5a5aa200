// SPDX-License-Identifier: MIT
//
// The campaign file as a file: is it ours, who writes it, opening it for one writer or for reading.
// Private to schema/store.
//
// The writer holds an flock on PATH.lock, which names its pid and host. The lock goes with the
// process, however it dies; the lock file stays. Symbolic links are followed first, so that two
// names of one file share one lock.

#pragma once

#include "schema/base/result.hpp"
#include "schema/store/database.hpp"

#include <string>

namespace relaxd::store {

/// The right to write one campaign file; given back by the destructor or the end of the process.
class WriterLock {
  public:
    /// `busy` with pid and host of the holder, `io` if the lock file cannot be made.
    [[nodiscard]] static Result<WriterLock> take(const std::string& path);
    WriterLock(WriterLock&& other) noexcept;
    WriterLock& operator=(WriterLock&& other) noexcept;
    ~WriterLock();

  private:
    explicit WriterLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

/// A connection that writes, with the lock that allows it. Members close in reverse order: the
/// database first.
struct Writer {
    WriterLock lock;
    Database database;
};

/// Opens or creates, checks, migrates. Nothing is written before the checks have passed.
[[nodiscard]] Result<Writer> open_writer(const std::string& path);

/// Opens an existing campaign file read-only, beside a writer or without one.
[[nodiscard]] Result<Database> open_reader(const std::string& path);

}  // namespace relaxd::store
