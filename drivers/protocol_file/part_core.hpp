// SPDX-License-Identifier: MIT
//
// What a FilePart and its coroutines share, and the coroutines. Internal to drivers/protocol_file.

#pragma once

#include "drivers/link/exchange.hpp"
#include "drivers/protocol_file/part.hpp"
#include "drivers/protocol_file/queries.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::drivers::protocol_file {

inline constexpr std::uint64_t tags = 9999;  ///< 1 to 9999, then again; 0 is the sentinel's.

/// What the part and its coroutines share.
struct FilePart::Core {
    Core(
        boost::asio::any_io_executor on,
        std::unique_ptr<link::Opener> way,
        link::Timing& host_timing,
        DescriptionPtr described,
        std::string serial
    )
        : executor(std::move(on)),
          opener(std::move(way)),
          timing(host_timing),
          description(std::move(described)),
          serial_number(std::move(serial)) {}

    boost::asio::any_io_executor executor;
    std::unique_ptr<link::Opener> opener;
    link::Timing& timing;
    DescriptionPtr description;
    std::shared_ptr<link::Exchange> exchange;
    std::string serial_number;
    std::uint64_t generation = 0;
    std::uint64_t openings = 0;
    std::uint64_t reconnects = 0;
    std::uint64_t resent = 0;
    LinkCounters before;  ///< Of exchanges that are gone.
    bool was_open = false;
    PartState state = PartState::absent;
    Error end = Error{Errc::unreachable, "the device is not open", {}, {}};
    std::string trouble;
    std::uint64_t last_tag = 0;
    Fields identity;
    std::map<std::string, double> wanted;  ///< SI.

    [[nodiscard]] bool is_usable() const {
        return (state == PartState::ready || state == PartState::degraded) && exchange->is_open();
    }
    std::function<void()> told_end;

    void make_exchange();
    void lose(Error why);
    void degrade(std::string why);
};

using CorePtr = std::shared_ptr<FilePart::Core>;

/// One question with its answer.
struct Heard {
    Fields fields;
    link::Answer answer;
    Heard() = default;
};

[[nodiscard]] Error not_open(const FilePart::Core& core);
[[nodiscard]] std::shared_ptr<const protocol::Ask> shared_ask(
    const protocol::Template& command, const protocol::Template& answer
);

/// Asks; a link that is gone or a device that does not prove itself makes the part lost.
[[nodiscard]] Awaitable<Result<Heard>> ask(
    CorePtr core,
    std::shared_ptr<const protocol::Ask> asked,
    double value,
    std::optional<link::ExchangeDeadlines> deadlines
);
/// All values of one query.
[[nodiscard]] Awaitable<Result<std::vector<PartValue>>> read_query(CorePtr core, std::size_t index);

[[nodiscard]] Awaitable<Result<Identity>> run_open(CorePtr core);
[[nodiscard]] Awaitable<Result<std::vector<PartValue>>> run_read(
    CorePtr core, std::vector<std::string> names
);
[[nodiscard]] Awaitable<Result<double>> run_set(CorePtr core, std::string name, double value);
/// A device that was switched on before it was first opened has not been restarted.
[[nodiscard]] Awaitable<void> forget_switching_on(CorePtr core);
[[nodiscard]] Awaitable<Result<PartCheck>> run_verify(CorePtr core);
[[nodiscard]] Awaitable<Result<void>> run_safe(CorePtr core);

}  // namespace relaxd::drivers::protocol_file
