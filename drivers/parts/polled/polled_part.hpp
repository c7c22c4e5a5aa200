// SPDX-License-Identifier: MIT
//
// A Dialect on a link: the clauses P-1 … P-12 of drivers/api/CONTRACT.md, once for all devices that
// are asked one thing at a time.
//
// All calls on the one io thread. Its state is shared with the coroutines in flight: destroying it
// ends them with `cancelled`.

#pragma once

#include "drivers/api/part.hpp"
#include "drivers/link/link.hpp"
#include "drivers/link/timing.hpp"
#include "drivers/parts/polled/dialect.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace relaxd::drivers::parts {

class PolledPart : public Part {
  public:
    /// Nothing is opened. `timing` outlives it. `serial_number`: that the device must have; empty =
    /// any.
    PolledPart(
        boost::asio::any_io_executor executor,
        std::unique_ptr<link::Opener> opener,
        link::Timing& timing,
        std::unique_ptr<Dialect> dialect,
        std::string serial_number = {}
    );
    ~PolledPart() override;
    PolledPart(const PolledPart&) = delete;
    PolledPart& operator=(const PolledPart&) = delete;

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

    /// Beside polling, for what the dialect knows nothing of (a stream): these queries in one turn.
    /// What they change is neither read back nor remembered. Errors as of read().
    [[nodiscard]] Awaitable<Result<std::vector<link::Answer>>> ask(std::vector<link::Query> queries
    );

    struct Core;  ///< Internal.

  private:
    std::shared_ptr<Core> core_;
};

}  // namespace relaxd::drivers::parts
