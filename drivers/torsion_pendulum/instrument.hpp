// SPDX-License-Identifier: MIT
//
// A torsion pendulum made of parts (docs/pendulum.md), behind drivers/api/instrument.hpp. The parts
// know set points and questions only: the method is executed here, in the host.
//
// It is open when all parts are, each identified. Its clock is the digitiser's scans, without one
// the host's steady clock. When a part is lost the others are made safe, and the instrument is
// unreachable until open() has all of them again; a loss longer than `heartbeat_s` ends the run.
// What the host cannot reach when it ends itself is left to the parts' own watchdogs.
//
// All calls on the one io thread; state shared with the coroutines in flight.

#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/link/timing.hpp"
#include "drivers/parts/parts.hpp"
#include "drivers/torsion_pendulum/composition.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace relaxd::drivers::torsion_pendulum {

struct Options {
    double heartbeat_s = 30.0;
    Options() = default;
};

struct Host;

class TorsionPendulum final : public Instrument {
  public:
    /// Nothing is opened. `parts` are those of `composition`, in its order; `timing` outlives it.
    TorsionPendulum(
        boost::asio::any_io_executor executor,
        link::Timing& timing,
        Composition composition,
        std::vector<parts::MadePart> parts,
        Options options = {}
    );
    ~TorsionPendulum() override;
    TorsionPendulum(const TorsionPendulum&) = delete;
    TorsionPendulum& operator=(const TorsionPendulum&) = delete;

    Awaitable<Result<Identity>> open() override;
    void close() override;
    bool is_open() const override;
    Awaitable<Result<Status>> status() override;
    Result<void> check(const method::Method& method, const record::Specimen& specimen)
        const override;
    Awaitable<Result<void>> load(
        const method::Method& method, const record::Specimen& specimen, std::string run_token
    ) override;
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
    std::vector<record::RunFact> facts() const override;
    void judge_with(WindowJudge judge) override;
    std::vector<std::string> forecast(
        const method::Method& method, const record::Specimen& specimen
    ) const override;
    LinkCounters counters() const override;
    bool proven() const override;
    /// Which part is in trouble, and why.
    std::string note() const override;

  private:
    std::shared_ptr<Host> host_;
};

}  // namespace relaxd::drivers::torsion_pendulum
