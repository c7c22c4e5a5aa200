// SPDX-License-Identifier: MIT
//
// What a PolledPart and its coroutines share, and the coroutines. Internal to drivers/parts/polled.
//
// Calls have turns, so that the queries of one (a value and its status, a setting and its error
// message) stand together on the wire. safe() goes first: what was being set ends with `cancelled`.

#pragma once

#include "drivers/link/exchange.hpp"
#include "drivers/link/signal.hpp"
#include "drivers/parts/polled/polled_part.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::drivers::parts {

struct PolledPart::Core {
    Core(
        boost::asio::any_io_executor executor,
        std::unique_ptr<link::Opener> way,
        link::Timing& host_timing,
        std::unique_ptr<Dialect> spoken,
        std::string serial
    );

    std::unique_ptr<link::Opener> opener;
    link::Timing& timing;
    std::unique_ptr<Dialect> dialect;
    std::string serial_number;  ///< Expected; empty = any.
    std::shared_ptr<link::Exchange> exchange;

    std::uint64_t openings = 0;    ///< Calls of open() and close() so far.
    std::uint64_t generation = 0;  ///< Of the exchange.
    std::uint64_t safes = 0;       ///< Calls of safe() so far.
    std::uint64_t reconnects = 0;
    std::uint64_t resent = 0;

    PartState state = PartState::absent;
    std::string trouble;
    Error end = Error{Errc::unreachable, "the device is not open", {}, {}};
    std::optional<Identity> identity;      ///< Of the first opening on.
    bool owes_reboot = false;              ///< It was restarted, and is not yet as it was set.
    std::map<std::string, double> wanted;  ///< What was set and is to stay so.

    link::Signal turn;
    link::Signal settling;  ///< For the one whose turn it is.
    std::set<std::uint64_t> turns;
    std::uint64_t last_turn = std::uint64_t{1} << 32U;  ///< Urgent ones are lower.
    std::uint64_t last_urgent = 0;
    bool is_turn_taken = false;

    [[nodiscard]] bool is_usable() const {
        return (state == PartState::ready || state == PartState::degraded) && exchange->is_open();
    }
    /// Why nothing can be asked.
    [[nodiscard]] Error not_open() const;
    [[nodiscard]] const Quantity* find(const std::vector<Quantity>& all, const std::string& name)
        const;
    void wake();
    void lose(Error why);
};

using CorePtr = std::shared_ptr<PolledPart::Core>;

/// A call's place in the queue, held until the end of the scope, and the opening that it is of.
class Call {
  public:
    enum class Rank : std::uint8_t { ordinary, urgent };

    Call(CorePtr core, Rank rank);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    [[nodiscard]] const CorePtr& core() const { return core_; }
    [[nodiscard]] Dialect& dialect() const { return *core_->dialect; }
    [[nodiscard]] std::uint64_t generation() const { return generation_; }
    /// From now on it changes the device: a later safe() ends it.
    void sets() { sets_ = true; }
    /// Why it cannot go on.
    [[nodiscard]] std::optional<Error> over() const;
    /// No other opening and no safe() came since it began.
    [[nodiscard]] bool is_current() const;
    /// The state, if it is still this call's to say.
    void degrade(std::string why) const;

  private:
    friend Awaitable<std::optional<Error>> wait_turn(Call& call);

    CorePtr core_;
    std::uint64_t opening_;
    std::uint64_t generation_;
    std::uint64_t safes_;
    std::uint64_t number_;
    bool is_taken_ = false;
    bool sets_ = false;
};

/// Answers to several queries, whole frames; empty for those that have none.
struct Heard {
    std::vector<std::string> frames;
    link::Answer last;
    Heard() = default;
};

/// Waits until this call is the first and nobody is at work.
[[nodiscard]] Awaitable<std::optional<Error>> wait_turn(Call& call);
/// A link that is gone or a device that does not prove itself makes the part lost.
[[nodiscard]] Awaitable<Result<link::Answer>> ask(Call& call, link::Query query);
/// One after another, without anything between: `corrupt` where the line fell out of step.
[[nodiscard]] Awaitable<Result<Heard>> ask_all(Call& call, std::vector<link::Query> queries);
/// One after another; the line may prove itself between.
[[nodiscard]] Awaitable<Result<std::vector<std::string>>> write_all(
    Call& call, std::vector<link::Query> queries
);
/// What the device complains of, emptied; empty: of nothing.
[[nodiscard]] Awaitable<Result<std::string>> take_complaint(Call& call);

[[nodiscard]] Awaitable<Result<Identity>> ask_identity(Call& call);
/// What is not as it must be, for people.
[[nodiscard]] Awaitable<Result<std::vector<std::string>>> find_unprepared(Call& call);
/// `with_unasked`: also what cannot be asked.
[[nodiscard]] Awaitable<Result<void>> prepare(Call& call, bool with_unasked);

[[nodiscard]] Awaitable<Result<std::vector<PartValue>>> read_group(Call& call, Group group);
/// What the device says that it is set to.
[[nodiscard]] Awaitable<Result<double>> read_back(Call& call, std::string name);

[[nodiscard]] Awaitable<Result<Identity>> run_open(CorePtr core);
[[nodiscard]] Awaitable<Result<std::vector<PartValue>>> run_read(
    CorePtr core, std::vector<std::string> names
);
[[nodiscard]] Awaitable<Result<double>> run_set(CorePtr core, std::string name, double value);
[[nodiscard]] Awaitable<Result<bool>> ask_reboot(Call& call);
[[nodiscard]] Awaitable<Result<PartCheck>> run_verify(CorePtr core);
[[nodiscard]] Awaitable<Result<void>> run_safe(CorePtr core);

}  // namespace relaxd::drivers::parts
