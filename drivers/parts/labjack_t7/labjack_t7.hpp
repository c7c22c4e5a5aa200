// SPDX-License-Identifier: MIT
//
// The LabJack T7: a polled part (T7Dialect on PolledPart) that also streams. The stream is fetched
// by commands on the same connection (STREAM_DATA_CR), one reply at a time and only when the caller
// wants a block: between, the samples wait in the device. So nothing piles up here, and what the
// device loses it counts.
//
// All calls on the one io thread. Destroying it ends them with `cancelled`.

#pragma once

#include "drivers/api/digitiser.hpp"
#include "drivers/link/link.hpp"
#include "drivers/link/timing.hpp"
#include "drivers/parts/labjack_t7/dialect.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace relaxd::drivers::parts::labjack_t7 {

class LabJackT7 final : public Digitiser {
  public:
    /// Nothing is opened. `timing` outlives it. `serial_number`: that the device must have; empty =
    /// any.
    LabJackT7(
        boost::asio::any_io_executor executor,
        std::unique_ptr<link::Opener> opener,
        link::Timing& timing,
        const Settings& settings,
        std::string serial_number = {}
    );
    ~LabJackT7() override;
    LabJackT7(const LabJackT7&) = delete;
    LabJackT7& operator=(const LabJackT7&) = delete;

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

    Awaitable<Result<StreamInfo>> start_stream(StreamSettings settings) override;
    Awaitable<Result<SampleBlock>> next_block() override;
    Awaitable<Result<void>> stop_stream() override;

    struct State;  ///< Internal.

  private:
    std::shared_ptr<State> state_;
};

}  // namespace relaxd::drivers::parts::labjack_t7
