// SPDX-License-Identifier: MIT
//
// Looks at an open descriptor without reading from it: has the other side hung up, is the device
// node still the one that was opened? One poll() and one stat() a look, no byte is touched.

#pragma once

#include "schema/base/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>

namespace relaxd::drivers::link {

/// From one look of a link at its descriptor to the next. A node that is missing in two looks in a
/// row is gone, so an adapter that is pulled out is told within a second whatever the kernel says.
inline constexpr std::chrono::milliseconds look_every{400};

class Watch {
  public:
    /// `descriptor` stays the caller's. `node`: path of the device that was opened, without
    /// symbolic links; empty for a socket.
    Watch(int descriptor, std::string node);

    /// Why the descriptor is of no use any more (`unreachable`), or nothing. What the other side
    /// sent before it hung up may be read until the next look.
    [[nodiscard]] std::optional<Error> look();

  private:
    struct Node {
        dev_t device = 0;
        ino_t inode = 0;
        dev_t number = 0;
        bool operator==(const Node&) const = default;
    };
    [[nodiscard]] bool is_node_there() const;
    [[nodiscard]] std::optional<Error> hang_up();

    int descriptor_;
    std::string node_;
    Node opened_;
    int looks_without_node_ = 0;
    bool is_unread_left_ = false;
};

/// The sentences that tell the causes of a loss apart: an adapter that is gone, an instrument that
/// says nothing, one that ended the connection. `why` is the system's word, may be empty.
[[nodiscard]] Error unplugged(const std::string& what, const std::string& where);
[[nodiscard]] Error closed_by_instrument(const std::string& where);
[[nodiscard]] Error silent(const std::string& what, const std::string& where);

}  // namespace relaxd::drivers::link
