// SPDX-License-Identifier: MIT
//
// An instrument that can only be read: its computer writes a file into a shared folder, which is
// looked at again and again. Nothing there is written, locked or renamed.
//
// All calls on the one io thread; the folder itself is read in the background (it may hang). Its
// state is shared with the coroutines in flight: destroying the instrument ends them with
// `cancelled`. Rows are numbered as in the file, from 1, so that what was missed can be had again.

#pragma once

#include "drivers/api/instrument.hpp"
#include "drivers/link/timing.hpp"
#include "drivers/link/uri.hpp"
#include "drivers/ta_files/live/background.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace relaxd::ta_files {

using drivers::Awaitable;

struct FollowedState;

class FollowedInstrument final : public drivers::Instrument {
  public:
    /// Nothing is opened. `timing` must outlive the instrument.
    FollowedInstrument(
        boost::asio::any_io_executor executor,
        drivers::link::FolderSettings folder,
        drivers::link::Timing& timing,
        std::unique_ptr<Background> background
    );
    ~FollowedInstrument() override;
    FollowedInstrument(const FollowedInstrument&) = delete;
    FollowedInstrument& operator=(const FollowedInstrument&) = delete;

    Awaitable<Result<drivers::Identity>> open() override;
    void close() override;
    bool is_open() const override;
    Awaitable<Result<drivers::Status>> status() override;
    /// Any method: it says how the rows are read, nothing of it is sent.
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
    Awaitable<Result<drivers::Delivery>> next() override;
    Awaitable<Result<void>> fetch_from(std::uint64_t first_number) override;
    void acknowledge(std::uint64_t number) override;
    void allow_until(std::uint64_t number) override;
    Awaitable<Result<void>> end_segment_after(std::uint64_t number) override;
    Awaitable<Result<std::vector<record::Truth>>> truth(
        std::uint64_t first_number, std::uint64_t last_number
    ) override;
    drivers::LinkCounters counters() const override;

    bool read_only() const override { return true; }
    void keep_to(std::string run_token) override;
    Result<std::string> own_method() const override;
    std::vector<record::Segment> executed_segments() const override;

  private:
    std::shared_ptr<FollowedState> state_;
};

}  // namespace relaxd::ta_files
