// SPDX-License-Identifier: MIT
//
// A pseudo-terminal that stands for a serial line: raw on both ends before the first byte, one
// slave descriptor kept open so that the master never reads EIO, and a symlink as its stable name.

#pragma once

#include "schema/base/result.hpp"

#include <string>

namespace relaxd::simulator {

class Pty {
  public:
    /// `link_path` must not exist, or be a symlink (it is replaced).
    [[nodiscard]] static Result<Pty> open(const std::string& link_path);

    Pty(Pty&& other) noexcept;
    Pty& operator=(Pty&&) = delete;
    /// Removes the symlink if it is still ours.
    ~Pty();

    /// Non-blocking; owned by this object.
    [[nodiscard]] int master() const { return master_; }
    /// Non-blocking inotify descriptor that tells opens and closes of the slave; -1 if unavailable.
    [[nodiscard]] int watch() const { return watch_; }
    /// Reads what `watch` has: 1 = last opened, -1 = last closed, 0 = nothing.
    [[nodiscard]] int last_change() const;
    /// Discards what the host has not read.
    void discard_unread() const;

  private:
    Pty() = default;
    int master_ = -1;
    int slave_ = -1;
    int watch_ = -1;
    std::string slave_name_;
    std::string link_path_;
};

}  // namespace relaxd::simulator
