// SPDX-License-Identifier: MIT
//
// The device of a description as a part (drivers/api/part.hpp, clauses P-1 …). Numbers SI.
//
// All calls on the one io thread. Its state is shared with the coroutines in flight: destroying it
// ends them with `cancelled`.

#pragma once

#include "drivers/api/part.hpp"
#include "drivers/link/link.hpp"
#include "drivers/link/timing.hpp"
#include "schema/protocol/description.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::drivers::protocol_file {

using DescriptionPtr = std::shared_ptr<const protocol::Description>;

class FilePart final : public Part {
  public:
    /// Nothing is opened. `timing` outlives it. `serial_number`: the device must have it, beside
    /// what the description says; empty = any.
    FilePart(
        boost::asio::any_io_executor executor,
        std::unique_ptr<link::Opener> opener,
        link::Timing& timing,
        DescriptionPtr description,
        std::string serial_number = {}
    );
    ~FilePart() override;
    FilePart(const FilePart&) = delete;
    FilePart& operator=(const FilePart&) = delete;

    Awaitable<Result<Identity>> open() override;
    void close() override;
    PartState state() const override;
    std::string trouble() const override;
    std::vector<Quantity> quantities() const override;
    Awaitable<Result<std::vector<PartValue>>> read(std::vector<std::string> names) override;
    Awaitable<Result<double>> set(std::string name, double value) override;
    Awaitable<Result<PartCheck>> verify() override;
    Awaitable<Result<void>> safe() override;
    LinkCounters counters() const override;

    [[nodiscard]] const protocol::Description& description() const;
    /// Takes another description; the link must be closed.
    void describe(DescriptionPtr description);
    /// Told whenever the link has ended.
    void on_end(std::function<void()> told);
    /// Ends the link with `unreachable` and this sentence.
    void lose(std::string why);
    /// What was set and is to stay so; nothing of a quantity that was not set.
    [[nodiscard]] std::optional<double> wanted(const std::string& quantity) const;
    /// Why the newest opening ended.
    [[nodiscard]] Error end_error() const;

    struct Core;  ///< Internal.

  private:
    std::shared_ptr<Core> core_;
};

/// Is `value` a set point that the rule allows? `refused` with quantity, value and bound.
[[nodiscard]] Result<void> check_set_point(
    const protocol::Description& description, const std::string& quantity, double value
);

}  // namespace relaxd::drivers::protocol_file
