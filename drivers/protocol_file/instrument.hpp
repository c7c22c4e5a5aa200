// SPDX-License-Identifier: MIT
//
// An instrument described in a TOML file (schema/protocol), behind drivers/api/instrument.hpp. The
// device knows set points and questions only: the method is executed here, in the host.
//
// The time of its readings is the host's steady clock since start(). The device has no watchdog:
// when the host ends, its set points stay until it is opened again, when it is first made safe. A
// link that is lost for longer than `heartbeat_s` ends the run.
//
// All calls on the one io thread; state shared with the coroutines in flight.

#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/link/link.hpp"
#include "drivers/link/timing.hpp"
#include "schema/protocol/description.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace relaxd::drivers::protocol_file {

struct Options {
    std::string path;  ///< Of the description: looked at again while no run is on. Empty = never.
    double heartbeat_s = 30.0;
    std::string serial_number;  ///< Of the device that is expected; empty = any.
    Options() = default;
};

struct Host;

class FileInstrument final : public Instrument {
  public:
    /// Nothing is opened. `timing` outlives it.
    FileInstrument(
        boost::asio::any_io_executor executor,
        std::unique_ptr<link::Opener> opener,
        link::Timing& timing,
        std::shared_ptr<const protocol::Description> description,
        Options options
    );
    ~FileInstrument() override;
    FileInstrument(const FileInstrument&) = delete;
    FileInstrument& operator=(const FileInstrument&) = delete;

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
    LinkCounters counters() const override;
    std::string note() const override;

  private:
    std::shared_ptr<Host> host_;
};

}  // namespace relaxd::drivers::protocol_file
