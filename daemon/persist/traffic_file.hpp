// SPDX-License-Identifier: MIT
//
// One traffic trace on disk: append-only, at most so many bytes, no fsync. open(), append() and
// close() by the writing thread alone; the counts and miss() by any thread.

#pragma once

#include "drivers/link/traffic.hpp"
#include "schema/base/result.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace relaxd::daemon {

class TrafficFile {
  public:
    /// Nothing is made yet.
    TrafficFile(std::string path, drivers::link::TrafficHeader header, std::uint64_t bytes_max);
    ~TrafficFile();
    TrafficFile(const TrafficFile&) = delete;
    TrafficFile& operator=(const TrafficFile&) = delete;

    /// Makes the folder and the file, which must not exist, and writes the header. Errors: `io`.
    [[nodiscard]] Result<void> open();
    /// Never fails: what cannot be written is counted, and half a line is taken back. The chunk
    /// that would pass the limit ends the file with a note `full`.
    void append(const drivers::link::Chunk& chunk);
    void close();
    /// A chunk that was not even handed over.
    void miss(const std::string& why);

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool is_full() const { return is_full_.load(); }
    [[nodiscard]] std::uint64_t chunks() const { return chunks_.load(); }
    [[nodiscard]] std::uint64_t lost_chunks() const { return lost_.load(); }

  private:
    [[nodiscard]] Result<void> write_whole(const std::string& text);

    std::string path_;
    drivers::link::TrafficHeader header_;
    std::uint64_t bytes_max_;
    int descriptor_ = -1;
    std::uint64_t bytes_ = 0;
    std::uint64_t told_lost_ = 0;  ///< Of lost_, those that a note in the file has named.
    std::atomic<bool> is_full_{false};
    std::atomic<bool> is_said_{false};
    std::atomic<std::uint64_t> chunks_{0};
    std::atomic<std::uint64_t> lost_{0};
};

}  // namespace relaxd::daemon
