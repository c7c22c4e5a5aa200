// SPDX-License-Identifier: MIT
//
// A Q800-class analyser behind drivers/api/instrument.hpp, over the line protocol of
// docs/protocols/q800_class.md. CONTRACT.md in drivers/api has the clauses it keeps.
//
// All calls on the one io thread. Its state is shared with the coroutines in flight: destroying the
// instrument ends them with `cancelled`. Readings are delivered after start() or fetch_from() has
// said where to begin; what the instrument streams before that is fetched again, not lost.

#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/link/link.hpp"
#include "drivers/link/timing.hpp"
#include "drivers/q800_class/method_lines.hpp"
#include "drivers/q800_class/session.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace relaxd::drivers::q800_class {

struct Options {
    double heartbeat_s = 30.0;  ///< 1 to 3600; renewed after a third of it.
    /// Of the instrument that is expected; another is told nothing but `identify`. Empty = any.
    std::string serial_number;
    Deadlines deadlines;
    Limits limits;
    std::size_t acknowledge_every = 100;  ///< Readings; or after acknowledge_after.
    milliseconds acknowledge_after{500};
    Options() = default;
};

struct Core;

class Q800Instrument final : public Instrument {
  public:
    /// Nothing is opened. `timing` must outlive the instrument.
    Q800Instrument(
        boost::asio::any_io_executor executor,
        std::unique_ptr<link::Opener> opener,
        link::Timing& timing,
        Options options = {}
    );
    ~Q800Instrument() override;
    Q800Instrument(const Q800Instrument&) = delete;
    Q800Instrument& operator=(const Q800Instrument&) = delete;

    Awaitable<Result<Identity>> open() override;
    void close() override;
    bool is_open() const override;
    Awaitable<Result<Status>> status() override;
    Result<void> check(const method::Method& method, const record::Specimen& specimen)
        const override;
    Awaitable<Result<void>> load(
        const method::Method& method, const record::Specimen& specimen, std::string run_token
    ) override;
    Geometry geometry_in_force() const override;
    Awaitable<Result<void>> start() override;
    Awaitable<Result<void>> hold() override;
    Awaitable<Result<void>> resume() override;
    Awaitable<Result<void>> stop() override;
    Awaitable<Result<void>> safe() override;
    Awaitable<Result<Delivery>> next() override;
    Awaitable<Result<void>> fetch_from(std::uint64_t first_number) override;
    void acknowledge(std::uint64_t number) override;
    void allow_until(std::uint64_t number) override;
    Awaitable<Result<void>> end_segment_after(std::uint64_t number) override;
    Awaitable<Result<std::vector<record::Truth>>> truth(
        std::uint64_t first_number, std::uint64_t last_number
    ) override;
    LinkCounters counters() const override;

    /// Last known state; `unknown` after a failed command and while no link is open (I-6).
    [[nodiscard]] State state() const;

  private:
    std::shared_ptr<Core> core_;
};

}  // namespace relaxd::drivers::q800_class
