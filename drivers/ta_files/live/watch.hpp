// SPDX-License-Identifier: MIT
//
// The files of one folder, read and never written or locked: which is the newest, what of it is
// new. Every call may block as long as the folder does (a network share): look() runs on a thread
// of its own, the others may be called beside it and block only while rows are decoded.

#pragma once

#include "drivers/link/uri.hpp"
#include "drivers/ta_files/follow.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::ta_files {

/// What a look found: of the file that is followed, whole and in order.
struct Glimpse {
    std::string file;
    std::string token;  ///< Of this measurement in this file, the same after any restart.
    Header header;
    bool is_native = true;
    bool has_ended = false;    ///< The file says so.
    std::uint64_t count = 0;   ///< Whole rows.
    record::Reading last;      ///< The newest row that is no marker; number 0 = none.
    double unchanged_s = 0.0;  ///< Since the file was changed, by the folder's own clock; not < 0.
    std::string other;         ///< Why it is not the file that was followed; nothing is new then.
    std::string newer;         ///< Name of a file that was begun after this one; "" = none.
    std::vector<table::Step> steps;
    Glimpse() = default;
};

class Watch {
  public:
    explicit Watch(drivers::link::FolderSettings folder) : folder_(std::move(folder)) {}

    /// Reads what is new of the file that belongs to `token`; of the newest file where it is empty.
    /// Errors: `unreachable` (no such folder, no such file in it, it cannot be read), `corrupt` and
    /// `invalid` of Follower.
    [[nodiscard]] Result<Glimpse> look(const std::string& token);

    /// Rows of the file that belongs to `token`; none where another one is followed by now.
    [[nodiscard]] std::vector<record::Reading> rows(
        const std::string& token, std::uint64_t first, std::size_t most
    ) const;

  private:
    struct Found {
        std::string name;
        std::uint64_t size = 0;
        std::int64_t changed_ns = 0;  ///< Of the folder's clock.
        friend bool operator==(const Found&, const Found&) = default;
    };

    /// The files of the pattern, newest first.
    [[nodiscard]] Result<std::vector<Found>> list() const;
    [[nodiscard]] Result<std::string> read(const Found& file) const;
    /// The file to follow: the one of `token`, else the newest.
    [[nodiscard]] Result<Found> choose(const std::vector<Found>& files, const std::string& token);
    [[nodiscard]] Result<Glimpse> glimpse_of(const Found& file);
    [[nodiscard]] tl::unexpected<Error> lost(std::string message, std::string hint) const;

    const drivers::link::FolderSettings folder_;
    std::optional<Found> seen_;  ///< What was read last; another one is read again.
    Glimpse last_;

    mutable std::mutex decoding_;  ///< Guards follower_ and token_, never held while reading.
    std::unique_ptr<Follower> follower_;
    std::string token_;
};

/// "Data.001-0123456789abcdef": name and start of the identity.
[[nodiscard]] std::string token_of(const Follower& follower);

}  // namespace relaxd::ta_files
