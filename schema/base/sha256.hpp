// SPDX-License-Identifier: MIT
//
// SHA-256 (FIPS 180-4) by OpenSSL, as lower-case hex. For digests, option hashes, ETags.

#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace relaxd {

/// Hash of a stream of bytes; feed in any split.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void feed(std::string_view bytes);

    /// 64 lower-case hex digits. Ends the stream: feed nothing afterwards.
    [[nodiscard]] std::string hex();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace relaxd
